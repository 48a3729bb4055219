"""What charts lean on: charts that would be fetched, and kinds of custom resources."""

from collections.abc import Iterator

from rewardsvc.artifact import Artifact
from rewardsvc.formats.helm.outline import Line, Outline
from rewardsvc.formats.helm.reading import read_answer
from rewardsvc.formats.kubernetes.leaning import custom_kinds
from rewardsvc.types import Means


def leans_on(artifact: Artifact) -> Means:
    """See :attr:`rewardsvc.format.Format.leans_on`.

    Kinds are those that templates write down, whether or not they are rendered.
    """
    _, answer = read_answer(artifact, {})
    if answer is None:
        return Means()
    templates = [text for path, text in answer.chart.files.items() if "templates/" in path]
    named = [pair for text in templates for pair in _named(text)]
    modules = sorted({each.source for each in answer.missing})
    return Means(crds=custom_kinds(named), modules=tuple(modules))


def _named(template: str) -> Iterator[tuple[str, str]]:
    """API version and kind of the documents of a template, where it says both in words."""
    said: dict[str, str] = {}
    document = 0
    for line in Outline(template).lines:
        if line.document != document:
            said, document = {}, line.document
        if line.path in {("apiVersion",), ("kind",)}:
            said[str(line.path[0])] = _plain(line)
        if len(said) == 2:
            yield said["apiVersion"], said["kind"]
            said = {}


def _plain(line: Line) -> str:
    return line.value.partition(" #")[0].strip().strip("'\"")
