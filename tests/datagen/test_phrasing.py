"""Instructions say everything, in many ways, and tell what somebody else's wording leaves out."""

from random import Random

import pytest

from datagen.brief import Brief, lit, lits, need, num, size
from datagen.phrasing import unsaid, word

BRIEF = Brief(
    need(f"Deployment {lit('web')}", f"a Deployment named {lit('web')}"),
    (
        need(f"{num(3)} replicas", f"Run {num(3)} replicas"),
        need(f"{size('16Gi')} memory", f"Give it {size('16Gi')} of memory"),
        need(f"ports {lits(['80', '443'])}"),
    ),
)


def test_the_same_seed_gives_the_same_words() -> None:
    assert word(BRIEF, Random(3)) == word(BRIEF, Random(3))


def test_wording_varies_in_order_quoting_numbers_and_sizes() -> None:
    texts = {word(BRIEF, Random(seed)) for seed in range(200)}
    assert len(texts) > 150
    for variant in ("`web`", '"web"', "three replicas", "3 replicas", "16Gi", "16 GiB", "\n- "):
        assert any(variant in text for text in texts), variant


def test_every_wording_says_every_value() -> None:
    for seed in range(200):
        assert unsaid(BRIEF, word(BRIEF, Random(seed))) == []


@pytest.mark.parametrize(
    ("instruction", "missing"),
    [
        ("web with three replicas, 16 GiB, ports 80 and 443", []),
        ("WEB with 3 replicas, 16gib, ports 443 and 80", []),
        ("website with 3 replicas, 16Gi, ports 80 and 443", ["web"]),
        ("web with 30 replicas, 16Gi, ports 80 and 443", ["3"]),
        ("web with 3 replicas, 160Gi, ports 8080 and 443", ["16Gi", "80"]),
        ("", ["16Gi", "3", "443", "80", "web"]),
    ],
)
def test_values_left_out_are_named(instruction: str, missing: list[str]) -> None:
    assert unsaid(BRIEF, instruction) == missing
