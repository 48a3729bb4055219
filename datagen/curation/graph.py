"""The resource graph of an answer, where its format has graphs. Pure."""

from collections.abc import Iterator

from rewardsvc.artifact import Artifact, File
from rewardsvc.comparison import ResourceGraph
from rewardsvc.formats import FORMATS


def graph_of(format: str, artifact: Artifact | None) -> ResourceGraph | None:
    """The graph of an answer's files; None where the format has none, or a file does not parse."""
    comparison = FORMATS[format].comparison if format in FORMATS else None
    if artifact is None or comparison is None:
        return None
    try:
        return comparison.load().graph(artifact)
    except (ValueError, RecursionError):
        return None


def graphs_of(text: str) -> Iterator[tuple[str, ResourceGraph]]:
    """The graphs of a text that nobody says the format of: by each format that it may be in."""
    for name, format in FORMATS.items():
        if format.comparison is not None and format.comparison.load().sign in text:
            graph = graph_of(name, Artifact((File("main", "", text),)))
            if graph is not None:
                yield name, graph
