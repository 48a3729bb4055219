"""Quotes texts of others as data, so that nothing in them can pass for our words.

A block begins and ends with a line that carries a mark, each line of a text in it begins with
``| ``, and the head of each text (a path, a stage) with ``> ``::

    <<<artifact 3b1f…>>>
    > main.tf
    | resource "aws_s3_bucket" "logs" {
    <<<end of artifact 3b1f…>>>

Three things hold, each by construction: no line of a text can end its block or pass for a head,
for every one of them is prefixed; no text can contain the mark, for the mark is a digest of all
that is quoted; and nothing invisible passes, for what a reader does not see (zero-width
characters, bidirectional controls, tags, variation selectors; Unicode's
Default_Ignorable_Code_Point and the categories Cc, Cf, Co, Cn, Zl, Zp) is written out as its code
point. The mark is no secret and no random number:
equal questions are equal texts, which is what makes their answers worth keeping.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARK_CHARACTERS = 32

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, beside variation selectors."""

_BLOCK = re.compile(
    r"^<<<(?P<name>[a-z ]+) (?P<mark>[0-9a-f]+)>>>\n"
    r"(?:[|>] .*\n)*"
    r"<<<end of (?P=name) (?P=mark)>>>$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class QuotedBlock:
    """Texts that are quoted together, each with its head; made by :meth:`of`.

    ``name``: lower-case words of ours.
    """

    name: str
    texts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, name: str, texts: Iterable[tuple[str, str]]) -> "QuotedBlock":
        """The block of heads and texts that anybody may have written."""
        return cls(
            name,
            tuple((" ".join(visible(head).split()), visible(text)) for head, text in texts),
        )


def visible(text: str) -> str:
    r"""The text with everything that a reader would not see as ``\u{…}``; line ends and tabs stay.

    Spaces that are not the usual one become it.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if plain.isascii() and plain.replace("\n", "").replace("\t", "").isprintable():
        return plain
    return "".join(map(_shown, plain))


def mark_of(blocks: Sequence[QuotedBlock]) -> str:
    """The mark under which these blocks are quoted together."""
    digest = hashlib.sha256(repr(blocks).encode())
    return digest.hexdigest()[:_MARK_CHARACTERS]


def quoted(blocks: Sequence[QuotedBlock]) -> str:
    """The blocks, one below the other."""
    mark = mark_of(blocks)
    return "\n".join(_quoted(block, mark) for block in blocks)


def _quoted(block: QuotedBlock, mark: str) -> str:
    lines = [f"<<<{block.name} {mark}>>>"]
    for head, text in block.texts:
        lines.append(f"> {head}")
        lines.extend(f"| {line}" for line in text.rstrip("\n").split("\n"))
    lines.append(f"<<<end of {block.name} {mark}>>>")
    return "\n".join(lines)


def outside(prompt: str) -> str:
    """What a prompt says outside of all blocks; the inverse that tests ask."""
    return _BLOCK.sub("", prompt)


def cut(text: str, characters: int) -> str:
    """At most so many characters, and a last line that says what was cut."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]}\n[cut here: {len(text) - characters} more characters]"


def _shown(character: str) -> str:
    if character in "\n\t":
        return character
    code = ord(character)
    if (
        unicodedata.category(character) in _HIDDEN_CATEGORIES
        or character in _BLANK
        or 0xFE00 <= code <= 0xFE0F
        or 0x180B <= code <= 0x180F
        or 0xE0000 <= code <= 0xE0FFF
    ):
        return f"\\u{{{code:x}}}"
    return " " if unicodedata.category(character) == "Zs" else character
