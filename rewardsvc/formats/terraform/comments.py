"""Comments of HCL. What strings hold, templates within templates included, stays."""

import re

from rewardsvc.verification.comments import Lexis, scanned
from sandbox.hcl.outline import string_end


def _hcl_string(text: str, at: int) -> int:
    """A template may hold strings and objects of its own: "${join(", ", [{}])}"."""
    if text[at] != '"':
        return at
    return string_end(text, at) or len(text)


_HCL = Lexis(
    kept=_hcl_string,
    comment=re.compile(r"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL),
    heredoc=re.compile(r"<<(?P<dash>-?)(?P<end>[^\W\d][\w-]*)[ \t]*(?=\n)"),
)
"""HCL native syntax, "Comments" and "Template expressions"."""

without_comments = scanned(_HCL)
"""See :attr:`rewardsvc.format.Format.comments`."""
