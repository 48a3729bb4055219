"""Reads the classes of a generated client library out of its wheel, as text.

The generator writes one class of a resource a file, with the documentation as the docstring of its
constructor, and the classes of nested blocks in ``_inputs.py`` of the service's package
(https://github.com/pulumi/pulumi, ``pkg/codegen/python``). Expressions over the text do, where to
parse 90 MB of Python would take a minute.
"""

import re
import textwrap
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import ToolchainError


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a class: what is said of it, and the class of its block, "" for none."""

    text: str
    block: str


@dataclass(frozen=True, slots=True)
class DocumentedClass:
    """A resource's class.

    ``name``: with its module, as examples write it (``sqs.Queue``).
    ``introduction``: the text before the first example.
    ``examples``: programs, in the order of the page.
    ``blocks``: the arguments of each nested class of the module, by the class's name.
    """

    name: str
    introduction: str
    arguments: Mapping[str, Argument]
    examples: tuple[str, ...]
    blocks: Mapping[str, Mapping[str, Argument]]


_RESOURCE = re.compile(
    r"^class (\w+)\(pulumi\.CustomResource\):\n(?:    @overload\n)?    def __init__\(__self__,"
    r".*?\n        \"\"\"\n(.*?)\n        \"\"\"\n",
    re.DOTALL | re.MULTILINE,
)
_INPUT = re.compile(
    r"^class (\w+)Args:\n    def __init__\(__self__(?:, \*,)?.*?\):\n        \"\"\"\n(.*?)"
    r"\n        \"\"\"\n",
    re.DOTALL | re.MULTILINE,
)
_PARAMETER = re.compile(r"^:param (.+?) (\w+):(?: |$)", re.MULTILINE)
_BLOCK = re.compile(r"'(\w+)Args'")
_EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_OWN = frozenset({"resource_name", "opts"})


def read_wheel(wheel: Path, root: str) -> list[DocumentedClass]:
    """The resources' classes, by module and name.

    Args:
        root: the package in the wheel.

    Raises:
        ToolchainError: the wheel cannot be read, or has no such classes.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            modules: dict[str, list[str]] = {}
            blocks: dict[str, Mapping[str, Mapping[str, Argument]]] = {}
            for name in sorted(archive.namelist()):
                parts = name.split("/")
                if len(parts) != 3 or parts[0] != root or not name.endswith(".py"):
                    continue
                text = archive.read(name).decode("utf-8")
                if parts[2] == "_inputs.py":
                    blocks[parts[1]] = {m[1]: _arguments(m[2]) for m in _INPUT.finditer(text)}
                elif "(pulumi.CustomResource)" in text:
                    modules.setdefault(parts[1], []).append(text)
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ToolchainError(f"{wheel.name} cannot be read: {error}") from error
    found = [
        _class(module, match, blocks.get(module, {}))
        for module, texts in modules.items()
        for text in texts
        for match in _RESOURCE.finditer(text)
    ]
    if not found:
        raise ToolchainError(f"{wheel.name} has no resource's class in {root}/")
    return found


def _class(
    module: str, match: re.Match[str], blocks: Mapping[str, Mapping[str, Argument]]
) -> DocumentedClass:
    doc = textwrap.dedent(match[2])
    prose, _, _ = doc.partition("\n:param ")
    introduction = re.split(r"^#+ ", prose, maxsplit=1, flags=re.MULTILINE)[0].strip()
    return DocumentedClass(
        f"{module}.{match[1]}",
        introduction,
        _arguments(match[2]),
        tuple(example[1] for example in _EXAMPLE.finditer(prose)),
        blocks,
    )


def _arguments(doc: str) -> dict[str, Argument]:
    doc = textwrap.dedent(doc)
    marks = list(_PARAMETER.finditer(doc))
    ends = [mark.start() for mark in marks[1:]] + [len(doc)]
    arguments = {}
    for mark, end in zip(marks, ends, strict=True):
        if mark[2] in _OWN:
            continue
        block = _BLOCK.search(mark[1])
        text = re.sub(r"\s+", " ", doc[mark.end() : end]).strip()
        arguments[mark[2]] = Argument(text, block[1] if block else "")
    return arguments
