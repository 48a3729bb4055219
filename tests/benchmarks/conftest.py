"""The workbench of the reward server's tests."""

from tests.rewardsvc.conftest import workbench

__all__ = ["workbench"]
