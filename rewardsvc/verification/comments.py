"""Takes comments out of files, as their languages decide what one is.

A ``#`` in a string, a URL's ``//`` and everything in a heredoc or a block scalar stay. Lines keep
their numbers. A text that cannot be taken apart is left as it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

CommentReader = Callable[[str], str]
"""A text without its comments. Never raises."""


@dataclass(frozen=True, slots=True)
class Lexis:
    """What a language's comments are and what hides them; each pattern is tried in this order.

    ``kept`` gives the end of what begins at a place and must not be looked into (strings, and one
    that is never closed as far as it was read, so that nothing is read twice), the place itself
    where nothing does; ``comment`` matches what goes; ``heredoc`` matches an operator whose group
    ``end`` is the line that ends the body.
    """

    kept: Callable[[str, int], int]
    comment: re.Pattern[str]
    heredoc: re.Pattern[str] | None = None


def matched(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a match of the pattern at a place ends; the place itself where there is none."""
    match = pattern.match(text, at)
    return match.end() if match else at


def scanned(lexis: Lexis) -> CommentReader:
    """The reader of a language with such comments."""

    def strip(text: str) -> str:
        return "".join(_pieces(text, lexis))

    return strip


def _pieces(text: str, lexis: Lexis) -> Iterator[str]:
    """What stays, piece by piece; a comment becomes its line ends."""
    position = 0
    ends: list[tuple[str, bool]] = []
    while position < len(text):
        if ends and text[position] == "\n":
            bodies = _after_heredocs(text, position + 1, ends)
            yield text[position:bodies]
            position, ends = bodies, []
        elif lexis.heredoc and (match := lexis.heredoc.match(text, position)):
            ends.append((match["end"], bool(match["dash"])))
            yield match[0]
            position = match.end()
        elif match := lexis.comment.match(text, position):
            yield "\n" * match[0].count("\n") or " "
            position = match.end()
        elif (end := lexis.kept(text, position)) > position:
            yield text[position:end]
            position = end
        else:
            yield text[position]
            position += 1


def _after_heredocs(text: str, position: int, ends: list[tuple[str, bool]]) -> int:
    """Where the last body's closing line ends; the text's end where one never closes."""
    for end, dash in ends:
        while position < len(text):
            line_end = text.find("\n", position)
            line_end = len(text) if line_end < 0 else line_end
            line = text[position:line_end]
            position = min(line_end + 1, len(text))
            if (line.strip() if dash else line.rstrip()) == end:
                break
        else:
            return len(text)
    return max(position - 1, 0) if position < len(text) else len(text)


def without_yaml_comments(text: str) -> str:
    """Comments lie between tokens, and behind the head of a block scalar (YAML 1.2.2, 6.6)."""
    kept: list[str] = []
    position = 0
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            start, end = token.start_mark.index, token.end_mark.index
            if end <= position:
                continue
            kept.append(_gap(text[position:start]) if start > position else "")
            piece = text[max(start, position) : end]
            if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
                head, line_end, body = piece.partition("\n")
                # The scanner takes the empty and comment lines behind a scalar along with it.
                piece = re.sub(r"[ \t]#.*", "", head) + line_end + body
            kept.append(piece)
            position = end
    except yaml.YAMLError:
        return text
    return "".join((*kept, _gap(text[position:])))


def _gap(text: str) -> str:
    return re.sub(r"#[^\n]*", "", text)


def without_hash_lines(text: str) -> str:
    """Of TOML, INI and requirement files: lines that are a comment go."""
    return re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.MULTILINE)
