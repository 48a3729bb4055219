"""Comments of Groovy."""

import re
from functools import partial

from rewardsvc.verification.comments import Lexis, matched, scanned

_GROOVY = Lexis(
    kept=partial(
        matched,
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

without_comments = scanned(_GROOVY)
"""See :attr:`rewardsvc.format.Format.comments`."""
