"""Comments of shell scripts."""

import re
from functools import partial

from rewardsvc.verification.comments import Lexis, matched, scanned

_BASH = Lexis(
    kept=partial(
        matched,
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

without_comments = scanned(_BASH)
"""See :attr:`rewardsvc.format.Format.comments`."""
