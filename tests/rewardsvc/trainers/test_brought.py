"""Faces load their trainers, which no environment of ours has: the message says what to install."""

import importlib

import pytest

from rewardsvc.trainers.brought import TrainerMissing, brought_by


@pytest.mark.parametrize(
    ("face", "install"),
    [
        ("inspect_ai", "inspect-ai>=0.3.285"),
        ("openenv", "openenv>=0.10,<0.11"),
        ("openreward", "openreward>=0.1.167"),
        ("skyrl_gym", "skyrl-gym>=0.4,<0.5"),
    ],
)
def test_a_face_without_its_trainer_says_what_to_install(face: str, install: str) -> None:
    with pytest.raises(TrainerMissing, match=f"{face} is not installed: pip install '{install}'"):
        importlib.import_module(f"rewardsvc.trainers.{face}")


def test_another_module_that_is_missing_is_its_own_error() -> None:
    with pytest.raises(ModuleNotFoundError) as raised, brought_by("openenv", "openenv"):
        importlib.import_module("no_such_module")
    assert not isinstance(raised.value, TrainerMissing)
