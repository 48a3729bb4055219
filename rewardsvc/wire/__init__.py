"""Conversion between the types and the wire: JSON lines and protobuf messages. Nowhere else.

Both borders say the same words (``protos/assay/reward/v1/reward.proto``).
"""

from rewardsvc.wire.json import (
    check_to_json,
    conditions_to_json,
    first_problem,
    means_to_json,
    parsed,
    request_from_json,
    request_from_object,
    request_to_json,
    task_to_json,
    verdict_from_json,
    verdict_to_json,
)
from rewardsvc.wire.protobuf import (
    request_from_proto,
    request_to_proto,
    rule_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)
from rewardsvc.wire.text import clean_text

__all__ = [
    "check_to_json",
    "clean_text",
    "conditions_to_json",
    "first_problem",
    "means_to_json",
    "parsed",
    "request_from_json",
    "request_from_object",
    "request_from_proto",
    "request_to_json",
    "request_to_proto",
    "rule_to_proto",
    "task_to_json",
    "verdict_from_json",
    "verdict_from_proto",
    "verdict_to_json",
    "verdict_to_proto",
]
