"""Hostile predictions of plans."""

import json

from rewardsvc.audit.gaming.catalogue import Family, Hostile, Scene, changed, fence, usual
from rewardsvc.types import Check, CheckKind, JsonValue, Task

_FILE = """\
resource "aws_sqs_queue" "jobs" {
  count = 2
  name  = "jobs-${count.index}"
}

resource "aws_sns_topic" "alerts" {
  name = "alerts"
}
"""
_ADDRESSES = ("aws_sqs_queue.jobs[0]", "aws_sqs_queue.jobs[1]", "aws_sns_topic.alerts")


def _change(address: str, *actions: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {
        "address": address,
        "type": address.rsplit(".", 2)[-2],
        "actions": list(actions or ("create",)),
        **more,
    }


def _answer(*changes: dict[str, JsonValue], **more: JsonValue) -> str:
    return fence(json.dumps({"resource_changes": list(changes), **more}, indent=2), "json")


_TRUTH: JsonValue = {
    "resource_changes": [
        _change(address, attributes={"name": name})
        for address, name in zip(_ADDRESSES, ("jobs-0", "jobs-1", "alerts"), strict=True)
    ]
}
_RIGHT = _answer(*map(_change, _ADDRESSES))
_STUB = '{\n  "resource_changes": []\n}\n'

_SCENE = Scene(
    "queues",
    Task(
        format="plan-prediction",
        instruction="What will `terraform plan` show for this configuration? Its state is empty.",
        input=fence(_FILE, "hcl"),
        checks=(Check(kind=CheckKind.GRADED, measure="plan-changes"),),
        truth=_TRUTH,
    ),
    honest=(
        _RIGHT,
        _answer(*(_change(address) for address in reversed(_ADDRESSES))),
        _answer(*(_change(address, attributes={"id": "known later"}) for address in _ADDRESSES)),
    ),
    hostile=(
        Hostile(
            Family.WORDS,
            "the blocks' addresses with other actions",
            _answer(*(_change(address, "update") for address in _ADDRESSES)),
        ),
        Hostile(
            Family.WORDS,
            "the addresses without their instances, of the other type",
            _answer(_change("aws_sns_topic.jobs"), _change("aws_sqs_queue.alerts")),
        ),
        Hostile(Family.LETTER, "nothing happens", _answer(_change(_ADDRESSES[0], "no-op"))),
        Hostile(
            Family.LETTER,
            "one address for all",
            _answer(_change("aws_sqs_queue.jobs[*]"), _change("aws_sns_topic.*")),
        ),
        Hostile(
            Family.BULK,
            "every address that there could be",
            lambda: _answer(
                *map(_change, _ADDRESSES),
                *(_change(f"aws_sqs_queue.jobs[{index}]") for index in range(2, 200)),
            ),
        ),
        Hostile(
            Family.CONTRADICTION,
            "every action of every address",
            _answer(
                *(
                    _change(address, action)
                    for address in _ADDRESSES
                    for action in ("create", "update", "delete")
                )
            ),
        ),
        Hostile(
            Family.CONTRADICTION,
            "a wrong plan first, the right one after it",
            _answer(_change("aws_sqs_queue.other")) + _RIGHT,
        ),
        Hostile(
            Family.DUPLICATE,
            "right, and the key once more, empty",
            fence(
                changed(
                    _RIGHT.split("\n", 1)[1].rsplit("```", 1)[0],
                    ("\n}", ',\n"resource_changes": []}'),
                ),
                "json",
            ),
        ),
        Hostile(Family.DUPLICATE, "addresses twice", _answer(*map(_change, _ADDRESSES * 2))),
        Hostile(Family.NULL, "null", fence("null\n", "json")),
        Hostile(
            Family.NULL, "changes that are null", fence('{"resource_changes": null}\n', "json")
        ),
        Hostile(Family.FOREIGN, "the configuration", fence(_FILE, "json")),
        Hostile(Family.FOREIGN, "YAML", fence("resource_changes:\n- address: a.b\n", "json")),
        Hostile(
            Family.FOREIGN,
            "what people read",
            fence("# aws_sqs_queue.jobs[0] will be created\nPlan: 3 to add.\n", "json"),
        ),
        Hostile(
            Family.LOOKALIKE,
            "an o of another script",
            changed(_RIGHT, ("jobs", "j\u043ebs"), ("alerts", "\u0430lerts")),
        ),
        Hostile(
            Family.TRAILING,
            "a sentence",
            fence(_RIGHT.split("\n", 1)[1].rsplit("```", 1)[0] + "That is all.\n", "json"),
        ),
        Hostile(Family.HIDDEN, "below another key", _answer(plan=_TRUTH)),
        Hostile(
            Family.HIDDEN,
            "in the attributes of another",
            _answer(_change("aws_sqs_queue.other", attributes={"plan": _TRUTH})),
        ),
        Hostile(Family.ELSEWHERE, "data sources", _answer(_change("data.aws_sns_topic.alerts"))),
        Hostile(Family.COPIED, "the input as an address", _answer(_change(f"{_FILE}.a.b"))),
    ),
)

SCENES = (usual(_SCENE, "json", _STUB, "//"),)
"""Thirty in fourteen families, ten of them what every format is tried with."""
