"""Mutants of programs and scripts (Python, Bash, Groovy): their literals, and whole lines.

Knows strings, numbers, booleans and lines that are one statement, and nothing of the languages'
grammars: a line is dropped only where the lines around it are not nested below it.
"""

import re
from collections.abc import Iterator

from rewardsvc.artifact import File
from rewardsvc.audit.mutation.mutant import Edit, Kind
from rewardsvc.audit.mutation.mutations import Mutations, texts_of
from rewardsvc.audit.mutation.values import changes, distinct

_TOKEN = re.compile(
    r"(?P<comment>(?:(?<=\s)|^)(?:\#|//)[^\n]*)"
    r"|(?P<quote>'''|\"\"\"|'|\")(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)"
    r"|(?<![\w.$])(?P<bool>true|false|True|False)(?![\w.])"
    r"|(?<![\w.$])(?P<number>\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<word>(?<![\w./-])[\w./:@-]*[\w/](?![\w./-]))",
    re.DOTALL | re.MULTILINE,
)
_STATEMENT = re.compile(r"[ \t]*[^\s#/].*[^\s\\{(\[:,;|&]$")
_STRUCTURE = re.compile(
    r"\s*(?:[})\]].*|(?:if|elif|else|fi|for|while|do|done|case|esac|then|def|class|try|except"
    r"|finally|with|return|import|from|function|pipeline|stages?|steps|agent|set)\b.*|#!.*)"
)
_NESTED = re.compile(r"[ \t]*")


def edits(file: File) -> Iterator[Edit]:
    """The typed edits of one file."""
    text = file.text
    yield from _lines(text)
    for token in _TOKEN.finditer(text):
        if token["comment"] is not None:
            continue
        value, (start, end) = token[0], token.span()
        if token["quote"] is not None:
            value, (start, end) = token["text"], token.span("text")
        elif token["word"] is not None and not _literal(value):
            continue
        for change in changes(value):
            yield Edit(
                kind=change.kind,
                line=text.count("\n", 0, start) + 1,
                path="",
                before=value,
                after=change.after,
                text=text[:start] + change.after + text[end:],
                lost=change.lost,
            )


def _literal(word: str) -> bool:
    """Whether a bare word is a file, an option's value or the like, and not an expression."""
    return distinct(word) and bool(re.search(r"[/:@-]", word)) and not word.endswith(":")


def _lines(text: str) -> Iterator[Edit]:
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if not _STATEMENT.fullmatch(line) or _STRUCTURE.fullmatch(line):
            continue
        if index and lines[index - 1].rstrip().endswith("\\"):
            continue
        if (
            index + 1 < len(lines)
            and lines[index + 1].strip()
            and _depth(lines[index + 1]) > (_depth(line))
        ):
            continue
        words = tuple(word.strip("'\"`;,()") for word in line.split())
        yield Edit(
            kind=Kind.DROP_ATTRIBUTE,
            line=index + 1,
            path="",
            before=line.strip(),
            after="",
            text="\n".join(lines[:index] + lines[index + 1 :]),
            lost=(line.strip(), *(word for word in words if distinct(word))),
        )


def _depth(line: str) -> int:
    match = _NESTED.match(line)
    return match.end() if match else 0


TEXT_MUTATIONS = Mutations(edits=edits, projection=texts_of)
"""Of a format whose text nobody parses here."""
