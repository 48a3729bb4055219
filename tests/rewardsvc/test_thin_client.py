"""What asking a server loads: the contract and the client, and nothing that judges."""

import subprocess
import sys

import pytest

import rewardsvc

MOST = 80
"""Modules beyond those of the two libraries that a client is written with."""

CLIENT = ["import rewardsvc.client", "from rewardsvc import Check, Scorer, Task"]


def loaded(code: str) -> set[str]:
    """The modules of a fresh interpreter once it has run the code."""
    told = f"{code}\nimport sys\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def baseline() -> set[str]:
    return loaded("import grpc.aio, pydantic")


@pytest.mark.parametrize("code", CLIENT)
def test_a_client_loads_little(code: str, baseline: set[str]) -> None:
    beyond = loaded(code) - baseline
    assert "rewardsvc.types" in beyond
    assert len(beyond) <= MOST, sorted(beyond)


@pytest.mark.parametrize("code", CLIENT)
def test_a_client_loads_no_library_but_those_of_a_base_install(
    code: str, baseline: set[str]
) -> None:
    roots = {name.partition(".")[0] for name in loaded(code) - baseline}
    protobuf = {"google"}
    assert roots - sys.stdlib_module_names <= {"rewardsvc", "assay", "grpc", "pydantic", *protobuf}


def test_every_public_name_is_there_and_listed() -> None:
    assert set(rewardsvc.__all__) <= set(dir(rewardsvc))
    for name in rewardsvc.__all__:
        assert getattr(rewardsvc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Scorers'"):
        rewardsvc.Scorers  # type: ignore[attr-defined] # noqa: B018
