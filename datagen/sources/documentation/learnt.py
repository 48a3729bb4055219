"""What arguments refer to, learnt from all examples together. Pure.

Where one says ``subnet_id=aws_subnet.main.id``, another that says ``subnet_id=example["id"]`` means
the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from datagen.sources.documentation.draft import drafted
from datagen.sources.documentation.essentials import REFERENCES
from datagen.sources.documentation.pages import Pages, TypePage
from datagen.sources.documentation.program import read_example
from datagen.sources.documentation.values import Hole, Ref, Way, leaves

Target = tuple[str, str]
"""A type and an attribute of it."""

VAGUE = frozenset({"aws_instance"})
"""Types whose names other services have for things of their own."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What examples refer to: by type and path, and by the argument's name over all types."""

    by_path: Mapping[tuple[str, tuple[str, ...]], Target]
    by_name: Mapping[str, Target]

    @classmethod
    def of(cls, pages: Pages) -> "Learnt":
        """From every example of the documentation."""
        paths: defaultdict[tuple[str, tuple[str, ...]], Counter[Target]] = defaultdict(Counter)
        names: defaultdict[str, Counter[Target]] = defaultdict(Counter)
        for page in pages.pages.values():
            for example in page.examples:
                for resource in drafted(read_example(example, pages.types), pages.pages):
                    for way, leaf in leaves(resource.body):
                        match leaf:
                            case Ref(type, _, attribute) | Hole(type, attribute) if type:
                                way_names = names_of(way)
                                paths[resource.type, way_names][type, attribute] += 1
                                names[way_names[-1]][type, attribute] += 1
        return cls(
            {key: found.most_common(1)[0][0] for key, found in paths.items()},
            {
                key: target
                for key, found in names.items()
                for target, times in found.most_common(1)
                if times >= 3 and times >= 0.6 * found.total()
            },
        )

    def target(self, page: TypePage, names: tuple[str, ...]) -> Target | None:
        """What an argument refers to, where that is known."""
        if (page.type, names) in REFERENCES:
            return REFERENCES[page.type, names]
        known = self.by_path.get((page.type, names))
        if known is not None and known[1] == "account_id" and names[-1].endswith("account_id"):
            return None  # another account's
        if known is not None:
            return None if SETTING.search(names[-1]) else known
        if not re.search(r"(?:_arns?|_ids?|_name|^role|bucket|_url)$", names[-1]):
            return None
        known = self.by_name.get(names[-1])
        text = page.arguments.get(".".join(names), "")
        return known if known and meant(page.type, names[-1], text, known[0]) else None


SETTING = re.compile(
    r"^(?:engine(?:_version|_mode)?|.*_type|type|port|protocol|version|status|(?:.*_)?prefix)$"
)
"""What one chooses and does not hand on, although some example does."""
_UNAMBIGUOUS: Mapping[str, str] = {
    "role": "aws_iam_role", "bucket": "aws_s3_bucket", "topic": "aws_sns_topic",
    "queue": "aws_sqs_queue", "log_group": "aws_cloudwatch_log_group", "secret":
    "aws_secretsmanager_secret", "function": "aws_lambda_function", "target_group":
    "aws_lb_target_group", "user_pool": "aws_cognito_user_pool", "zone": "aws_route53_zone",
    "kms": "aws_kms_key", "load_balancer": "aws_lb", "instance_profile": "aws_iam_instance_profile",
}  # fmt: skip
"""Words that mean one thing in every service."""


def meant(type: str, argument: str, text: str, target: str) -> bool:
    """Whether an argument means a type that another type's argument of its name means: one of its
    own service, one that its name spells out, or one that its text speaks of."""
    parts, others = type.split("_"), target.split("_")
    if parts[1] == others[1]:
        return True
    stem = re.sub(r"_(?:arn|id|name|url)s?$|s$", "", argument)
    whole = "_".join(others[1:])
    if target not in VAGUE and stem.endswith(whole):
        return True
    if any(
        re.search(rf"(?:^|_){word}(?:_|$)", stem) for word, t in _UNAMBIGUOUS.items() if t == target
    ):
        return True
    return bool(
        re.search(rf"\b{re.escape(others[1])}\b|{re.escape(whole.replace('_', ' '))}", text, re.I)
    )


def names_of(way: Way) -> tuple[str, ...]:
    """The names on a way, without positions."""
    return tuple(step for step in way if isinstance(step, str))
