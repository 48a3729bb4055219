"""Text as both borders may hold it: what UTF-8 cannot hold becomes U+FFFD.

JSON can say ``"\\ud800"``, a lone surrogate; inside the service everything is valid UTF-8.
"""

import re
from collections.abc import Mapping

from rewardsvc.types import JsonValue

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_text(text: str) -> str:
    """The text with what UTF-8 cannot hold replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def clean(data: JsonValue) -> JsonValue:
    """Parsed JSON with every text in it, keys too, cleaned."""
    if isinstance(data, str):
        return clean_text(data)
    if isinstance(data, list):
        return [clean(item) for item in data]
    if isinstance(data, Mapping):
        return {clean_text(str(key)): clean(value) for key, value in data.items()}
    return data
