"""Comments of Python, docstrings among them."""

import ast
import io
import tokenize
from collections.abc import Iterator, Sequence
from itertools import accumulate


def without_comments(text: str) -> str:
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
