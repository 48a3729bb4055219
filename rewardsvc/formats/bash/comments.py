"""Comments of shell scripts, found by scanning for what hides them.

Why not tree-sitter, with which ``vacuity`` reads scripts: where its grammar gives up on a script
that bash takes (32 of 451 scripts in the folders of a Debian machine) it loses comments behind that
place (in 7), so a judge would read them; and on a text that is no bash its recovery takes time in
the square of the length. Of the other 419 both find the same.
"""

import re
from collections.abc import Iterator, Sequence

from rewardsvc.verification.comments import without

_KEPT = re.compile(
    r"\\."
    r"|\$'(?>\\.|[^'\\])*+'|'[^']*+'"
    r'|"(?>\\.|[^"\\])*+"'
    r"|\$\{(?>\\.|'[^']*+'|\"(?>\\.|[^\"\\])*+\"|[^{}\\]|\{[^{}]*+\})*+\}"
    r"|\$#|\$?\(\((?>[^()]|\([^()]*+\))*+\)\)"
    r"|[^\s;&|()<>\"'\\$#][^\s;&|()<>\"'\\$]*+",
    re.DOTALL,
)
"""What hides a ``#``: strings, expansions, arithmetic, words."""

_COMMENT = re.compile(r"(?<![^\s;&|()<>])(?:#(?!!)|(?<=.)#)[^\n]*", re.DOTALL)
"""POSIX shell, 2.3 "Token recognition": a ``#`` begins a comment at the beginning of a word.
The first line may name the interpreter: that one stays."""

_HEREDOC = re.compile(
    r"(?<!<)<<(?P<dash>-?)(?!<)[ \t]*"
    r"(?:(?P<quote>['\"])|\\)?(?P<end>[A-Za-z_]\w*)(?(quote)(?P=quote))"
)


def without_comments(text: str) -> str:
    """See :attr:`rewardsvc.format.Format.comments`."""
    return without(text, _comments(text))


def _comments(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    heredocs: list[re.Match[str]] = []
    while position < len(text):
        if heredocs and text[position] == "\n":
            position, heredocs = _after_heredocs(text, position + 1, heredocs), []
        elif match := _HEREDOC.match(text, position):
            heredocs.append(match)
            position = match.end()
        elif match := _COMMENT.match(text, position):
            yield match.span()
            position = match.end()
        elif match := _KEPT.match(text, position):
            position = match.end()
        else:
            position += 1


def _after_heredocs(text: str, position: int, heredocs: Sequence[re.Match[str]]) -> int:
    """Where the last body's closing line ends; the text's end where one never closes."""
    for heredoc in heredocs:
        while position < len(text):
            line_end = text.find("\n", position)
            line_end = len(text) if line_end < 0 else line_end
            line = text[position:line_end]
            position = min(line_end + 1, len(text))
            if (line.strip() if heredoc["dash"] else line.rstrip()) == heredoc["end"]:
                break
        else:
            return len(text)
    return max(position - 1, 0) if position < len(text) else len(text)
