"""What a test needs of the machine: it skips where that is missing, and fails where it was due.

`.ci/run` names in ASSAY_TEST_REQUIRED what it has set up itself. A test that skipped there for want
of it would let a run pass in which nothing of the kind was tested.
"""

import os
from typing import Literal, NoReturn, get_args

import pytest

Need = Literal["ansible", "bubblewrap", "crds", "docker", "docker-image", "redis", "terraform"]
"""``crds``: the schemas of custom resources; ``docker``: an engine that answers; ``docker-image``:
an image that the sandbox opens with; ``redis``: its server; ``terraform``: with its AWS
provider."""
VARIABLE = "ASSAY_TEST_REQUIRED"


def required() -> frozenset[str]:
    """The needs that this run must find met.

    Raises:
        pytest.UsageError: the variable names what no test asks for.
    """
    named = frozenset(os.environ.get(VARIABLE, "").split())
    if unknown := named - set(get_args(Need)):
        raise pytest.UsageError(
            f"{VARIABLE} names {', '.join(sorted(unknown))}; known are {', '.join(get_args(Need))}"
        )
    return named


def lacks(need: Need, reason: str) -> NoReturn:
    """End the test that cannot run here: skipped, or failed where the need is a required one."""
    if need in required():
        pytest.fail(
            f"{need} is required here ({VARIABLE}), and is missing: {reason}", pytrace=False
        )
    pytest.skip(reason)
