"""Takes comments out of files before a judge reads them: a comment can flatter, code cannot.

What is a comment is decided as the language decides it: a ``#`` in a string, a URL's ``//`` and
everything in a heredoc or a block scalar stay. Lines keep their numbers. A file that cannot be
taken apart is left as it is: it is quoted as data in any case (``rewardsvc.judge.quoting``).
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import PurePosixPath
from types import MappingProxyType

import yaml

from rewardsvc.verifiers.dockerfile.syntax import DockerfileError, parse
from sandbox.hcl.outline import string_end

_Stripper = Callable[[str], str]


def without_comments(text: str, path: str, format: str) -> str:
    """The text without comments; the language is that of the path, else that of the format."""
    name = PurePosixPath(path)
    stripper = _BY_NAME.get(name.name) or _BY_SUFFIX.get(name.suffix) or _BY_FORMAT.get(format)
    if stripper is None:
        return text
    stripped = stripper(text)
    return "\n".join(line.rstrip() for line in stripped.split("\n")) if stripped != text else text


# --- languages that a scanner of ours reads -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lexis:
    """What a language's comments are and what hides them; each pattern is tried in this order.

    ``kept`` gives the end of what begins at a place and must not be looked into (strings, and one
    that is never closed as far as it was read, so that nothing is read twice), the place itself
    where nothing does; ``comment`` matches what goes; ``heredoc`` matches an operator whose group
    ``end`` is the line that ends the body.
    """

    kept: Callable[[str, int], int]
    comment: re.Pattern[str]
    heredoc: re.Pattern[str] | None = None


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _hcl_string(text: str, at: int) -> int:
    """A template may hold strings and objects of its own: "${join(", ", [{}])}"."""
    if text[at] != '"':
        return at
    return string_end(text, at) or len(text)


_HCL = _Lexis(
    kept=_hcl_string,
    comment=re.compile(r"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL),
    heredoc=re.compile(r"<<(?P<dash>-?)(?P<end>[^\W\d][\w-]*)[ \t]*(?=\n)"),
)
"""HCL native syntax, "Comments" and "Template expressions"."""

_BASH = _Lexis(
    kept=partial(
        _end,
        re.compile(
            r"\\."
            r"|\$'(?>\\.|[^'\\])*+'|'[^']*+'"
            r'|"(?>\\.|[^"\\])*+"'
            r"|\$\{(?>\\.|'[^']*+'|\"(?>\\.|[^\"\\])*+\"|[^{}\\]|\{[^{}]*+\})*+\}"
            r"|\$#|\$\(\((?>[^()]|\([^()]*+\))*+\)\)"
            r"|[^\s;&|()<>\"'\\$#][^\s;&|()<>\"'\\$]*+",
            re.DOTALL,
        ),
    ),
    comment=re.compile(r"(?<![^\s;&|()<>])(?:#(?!!)|(?<=.)#)[^\n]*", re.DOTALL),
    heredoc=re.compile(r"(?<!<)<<(?P<dash>-?)(?!<)[ \t]*(?P<quote>['\"\\]?)(?P<end>[A-Za-z_]\w*)"),
)
"""POSIX shell, 2.3 "Token recognition": a ``#`` begins a comment at the beginning of a word.
The first line may name the interpreter: that one stays."""

_GROOVY = _Lexis(
    kept=partial(
        _end,
        re.compile(
            r"'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)"
            r"|'(?>\\.|[^'\\\n])*+'?|\"(?>\\.|[^\"\\\n])*+\"?"
            r"|(?<=[=(,\[!&|?:{};~])[ \t]*+/(?![/*])(?>\\.|[^/\\\n])++/",
            re.DOTALL,
        ),
    ),
    comment=re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL),
)
"""Apache Groovy, "Comments" and "Strings"; of slashy strings those on one line."""


def _scanned(lexis: _Lexis) -> _Stripper:
    def strip(text: str) -> str:
        return "".join(_pieces(text, lexis))

    return strip


def _pieces(text: str, lexis: _Lexis) -> Iterator[str]:
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


# --- languages that a parser reads --------------------------------------------------------------


def _yaml(text: str) -> str:
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


def _dockerfile(text: str) -> str:
    """Comment lines go, heredocs stay; so does a ``#`` behind an instruction, which is none."""
    try:
        instructions = parse(text)
    except DockerfileError:
        return text
    lines = text.split("\n")
    kept = [""] * len(lines)
    for each in instructions:
        begin = each.line - 1
        heredocs = min(each.heredocs, each.end)
        for number in range(begin, heredocs):
            inside = number > begin and lines[number].lstrip().startswith("#")
            kept[number] = "" if inside else lines[number]
        kept[heredocs : each.end] = lines[heredocs : each.end]
    return "\n".join(kept)


def _python(text: str) -> str:
    """Comments go, and strings that are statements (docstrings) are emptied: both are prose."""
    try:
        tree = ast.parse(text)  # first: what is no Python can keep a tokenizer for long
        code = text.encode()
        lines = code.split(b"\n")
        begins = [0, *accumulate(len(line) + 1 for line in lines)]
        spans = [(*_of_comment(token, lines, begins), b"") for token in _comments(text)]
        spans += [
            (
                begins[node.lineno - 1] + node.col_offset,
                begins[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0),
                b'""',
            )
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ]
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return text  # a MemoryError is the parser's word for too many operators in a row
    kept = []
    position = 0
    for start, end, instead in sorted(spans):
        kept += [code[position:start], instead, b"\n" * code.count(b"\n", start, end)]
        position = end
    return b"".join((*kept, code[position:])).decode()


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return (token for token in tokens if token.type == tokenize.COMMENT)


def _of_comment(
    token: tokenize.TokenInfo, lines: Sequence[bytes], begins: Sequence[int]
) -> tuple[int, int]:
    """Where a comment, which ends its line, lies in bytes: they are what ``ast`` counts."""
    line, column = token.start
    start = begins[line - 1] + len(lines[line - 1].decode()[:column].encode())
    return start, start + len(token.string.encode())


def _hash_lines(text: str) -> str:
    return re.sub(r"^[ \t]*#[^\n]*", "", text, flags=re.MULTILINE)


_BY_FORMAT: Mapping[str, _Stripper] = MappingProxyType(
    {
        "terraform": _scanned(_HCL),
        "dockerfile": _dockerfile,
        "jenkinsfile": _scanned(_GROOVY),
        "python": _python,
        "bash": _scanned(_BASH),
        **dict.fromkeys(
            (
                "kubernetes",
                "compose",
                "github-actions",
                "gitlab-ci",
                "azure-pipelines",
                "circleci",
                "bitbucket-pipelines",
            ),
            _yaml,
        ),
    }
)

_BY_SUFFIX: Mapping[str, _Stripper] = MappingProxyType(
    {
        **dict.fromkeys((".tf", ".tfvars", ".hcl"), _scanned(_HCL)),
        **dict.fromkeys((".yaml", ".yml"), _yaml),
        **dict.fromkeys((".sh", ".bash"), _scanned(_BASH)),
        **dict.fromkeys((".toml", ".ini", ".cfg", ".conf", ".txt"), _hash_lines),
        **dict.fromkeys((".json", ".md"), str),
        ".py": _python,
        ".groovy": _scanned(_GROOVY),
        ".dockerfile": _dockerfile,
    }
)

_BY_NAME: Mapping[str, _Stripper] = MappingProxyType(
    {
        "Dockerfile": _dockerfile,
        "Containerfile": _dockerfile,
        "Jenkinsfile": _scanned(_GROOVY),
    }
)
