"""Takes comments out of files, as their languages decide what one is.

A ``#`` in a string, a URL's ``//`` and everything in a heredoc or a block scalar stay. Lines keep
their numbers. A text that cannot be taken apart is left as it is.
"""

import re
from collections.abc import Callable, Iterable

import yaml

CommentReader = Callable[[str], str]
"""A text without its comments. Never raises."""


def without(text: str, comments: Iterable[tuple[int, int]]) -> str:
    """The text without what stands at these places, which are in order: line ends stay, and a
    space where there is none."""
    kept: list[str] = []
    position = 0
    for start, end in comments:
        kept += [text[position:start], "\n" * text.count("\n", start, end) or " "]
        position = end
    return "".join((*kept, text[position:]))


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
