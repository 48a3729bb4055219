"""No plan is too odd for the rules about it: a rule that raises would let an answer choose to be
UNSCORED."""

import random
import re
from inspect import getsource
from typing import Any

import pytest

from rewardsvc.formats.terraform import aws, networks, refusals, services
from rewardsvc.formats.terraform.planned import Planned, PlannedResource
from rewardsvc.formats.terraform.refusals import REFUSALS

TYPES = sorted(
    {
        type
        for module in (aws, networks, refusals, services)
        for type in re.findall(r"\baws_[a-z0-9_]+", getsource(module))
    }
)
TEXTS = (
    *("", "x", "-1", "1", "all", "tcp", "FARGATE", "gp3", "io1", "postgres", "10.0.0.0/16"),
    *("rate(1 minutes)", "cron(0 3 * * *)", "arn:aws:iam::1:role/x", "{}", "[]"),
    *('{"Statement": [{"Effect": "Allow"}]}', '{"Statement": {"Action": 5}}'),
)


class OddValues(dict[str, Any]):
    """Has something for every argument that is asked for, or knows nothing of it."""

    def __init__(self, rng: random.Random, depth: int = 0) -> None:
        self._rng = rng
        self._depth = depth

    def get(self, key: str, default: Any = None) -> Any:
        value = self.setdefault(key, self._some())
        return default if value is None else value

    def _some(self) -> Any:
        match self._rng.randrange(9 if self._depth < 2 else 6):
            case 0:
                return None
            case 1:
                return self._rng.choice([0, 1, 5, -3, 1.5, 65535, 10**9])
            case 2 | 3:
                return self._rng.choice(TEXTS)
            case 4:
                return self._rng.choice([True, False])
            case 5:
                return []
            case 6:
                return [self._some()]
            case 7:
                return [OddValues(self._rng, self._depth + 1)]
            case _:
                return OddValues(self._rng, self._depth + 1)


@pytest.mark.parametrize("seed", range(100))
def test_a_rule_says_something_of_any_values_or_nothing(seed: int) -> None:
    assert len(TYPES) > 30
    rng = random.Random(seed)
    resources = tuple(PlannedResource(f"{type}.a", type, "a", OddValues(rng), {}) for type in TYPES)
    for rule in REFUSALS:
        assert all(found.message for found in rule.find(Planned(resources, {})))


@pytest.mark.parametrize("port", ["from_port", "to_port"])
def test_of_two_ports_one_may_be_known_after_the_apply_alone(port: str) -> None:
    group = PlannedResource(
        *("aws_security_group.a", "aws_security_group", "a"),
        {"ingress": [{"protocol": "-1", port: 5}]},
        {},
    )
    (found,) = services.all_protocols(group)
    assert found[0] == "ingress" and "not 5" in found[1]
