"""What cert-manager refuses of certificates and of issuers."""

import re
from collections.abc import Iterator
from typing import Any

from rewardsvc.formats.kubernetes.manifests import mapping
from rewardsvc.formats.kubernetes.refusals.rules import Problem
from rewardsvc.formats.kubernetes.refusals.values import plain

_GO = re.compile(r"[-+]?(?:0|(?:(?:\d++(?:\.\d*+)?|\.\d++)(?:ns|us|µs|μs|ms|s|m|h))++)")
_LONGEST_NAME = 64


def go_duration(value: Any) -> Iterator[Problem]:
    """What Go cannot read as a duration."""
    text = plain(value)
    if text is not None and not _GO.fullmatch(text):
        yield (), f"{text!r} is no duration: units are h, m and s, as in 2160h"


def common_name(value: Any) -> Iterator[Problem]:
    """A name that no certificate holds."""
    text = plain(value)
    if text is not None and len(text.encode()) > _LONGEST_NAME:
        yield (), f"it has {len(text)} characters: a commonName has at most {_LONGEST_NAME}"


def renewal(spec: Any) -> Iterator[Problem]:
    """Two times of renewal."""
    body = mapping(spec)
    if body.get("renewBefore") is not None and body.get("renewBeforePercentage") is not None:
        yield ("renewBeforePercentage",), "it excludes renewBefore"
