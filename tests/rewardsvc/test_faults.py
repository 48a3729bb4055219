"""Every error of the machinery has its kind; an unforeseen one is INTERNAL and in the log."""

import pytest

from rewardsvc.faults import classify
from rewardsvc.types import FailureKind
from sandbox import errors


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.SandboxError("x"), FailureKind.SANDBOX_FAILED),
        (errors.IsolationMissing("x"), FailureKind.SANDBOX_FAILED),
        (errors.ToolchainError("x"), FailureKind.TOOL_MISSING),
        (errors.ToolMissing("x"), FailureKind.TOOL_MISSING),
        (errors.ToolCrashed("x"), FailureKind.TOOL_CRASHED),
        (errors.ProviderFailed("x"), FailureKind.TOOL_CRASHED),
        (errors.EmulatorFailed("x"), FailureKind.EMULATOR_FAILED),
        (errors.TimedOutByUs("x"), FailureKind.TIMED_OUT_BY_US),
        (ZeroDivisionError("x"), FailureKind.INTERNAL),
    ],
)
def test_each_error_has_its_kind(error: Exception, kind: FailureKind) -> None:
    fault = classify(error)
    assert fault.kind is kind
    assert "x" in fault.reason


def test_an_unforeseen_error_names_its_type_and_is_logged_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known: dict[str, str] = {}
    try:
        known["missing"]
    except KeyError as error:
        fault = classify(error)
    assert "KeyError" in fault.reason
    assert caplog.records[0].exc_info
