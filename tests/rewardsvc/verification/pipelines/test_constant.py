"""Which conditions never hold."""

import pytest

from rewardsvc.verification.pipelines.constant import never


@pytest.mark.parametrize(
    "condition",
    [
        False, 0, "false", "${{ false }}", "${{ 0 }}", "${{ !true }}", "${{ '' }}", "null",
        "github.ref == 'refs/heads/main' && false", "(false || !always()) && success()",
        "'a' == 'b'", '"1" == "2"', "1 == 2", "1 != 1", "eq(1, 2)", "and(false, succeeded())",
        "not(always())", "or(false, eq('a', 'b'))", "and(succeeded(), ne('a', 'A'))",
    ],
)  # fmt: skip
def test_it_never_holds(condition: object) -> None:
    assert never(condition)


@pytest.mark.parametrize(
    "condition",
    [
        True, None, 1, "", "true", "always()", "success()", "!cancelled()", "${{ !false }}",
        "github.event_name == 'push' || false", "$CI_COMMIT_BRANCH == \"main\"", "$VARIABLE",
        "$A =~ /^false$/", "contains(github.ref, 'x')", "${{ false }} and more text", "'false'",
        "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))", "false false",
        "needs.build.outputs.changed != 'false'", "(" * 100 + "false" + ")" * 100, "1 == '1'",
        ["false"], "github.ref != 'x' && !false", "${{ false }}${{ false }}", "&& false", "(false",
    ],
)  # fmt: skip
def test_it_may_hold(condition: object) -> None:
    assert not never(condition)
