"""Files that a model hands to a tool, as the completion that they stand for."""

import re
from collections.abc import Mapping


def completion_of(files: Mapping[str, str], format: str) -> str:
    """A fence for each file (path to text), labelled with the format's name, which each format's
    answers may have.

    Whatever the paths are: the server judges them as it judges those of any completion.
    """
    fences = []
    for path, text in files.items():
        longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
        fence = "`" * (longest + 1)
        end = "" if text.endswith("\n") or not text else "\n"
        fences.append(f'{fence}{format} path="{path}"\n{text}{end}{fence}\n')
    return "\n".join(fences)
