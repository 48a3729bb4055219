"""What checks see of a GitLab pipeline: each job with what it extends."""

from typing import Any

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.gitlab_ci.merged import MAX_INHERITED
from rewardsvc.formats.gitlab_ci.verifier import GitlabCiVerifier
from rewardsvc.verification.yaml_files import parse_files


def _seen(text: str) -> Any:
    verifier = GitlabCiVerifier()
    artifact = Artifact((File(".gitlab-ci.yml", "yaml", text),))
    (source,) = parse_files(artifact, verifier.languages, tags=verifier.tags).sources
    return verifier.live(source.value)


def test_a_job_has_what_it_extends() -> None:
    seen = _seen(
        ".top: {stage: ship, variables: {A: 1, B: 1}, tags: [x]}\n"
        ".base: {extends: .top, variables: {B: 2, C: 2}, artifacts: {paths: [a]}}\n"
        "ship:\n  extends: .base\n  variables: {C: 3}\n  tags: [y, z]\n"
        "  artifacts: {expire_in: 1 day}\n  script: make\n"
    )
    assert seen["ship"] == {
        "extends": ".base",
        "stage": "ship",
        "variables": {"A": 1, "B": 2, "C": 3},
        "tags": ["y", "z"],
        "artifacts": {"paths": ["a"], "expire_in": "1 day"},
        "script": "make",
    }
    assert seen[".base"]["variables"] == {"B": 2, "C": 2}, "templates stay as they are written"


def test_of_several_jobs_the_last_one_counts_most() -> None:
    seen = _seen(
        ".a: {stage: one, image: a}\n.b: {stage: two}\nship: {extends: [.a, .b], script: make}\n"
    )
    assert (seen["ship"]["stage"], seen["ship"]["image"]) == ("two", "a")


def test_a_circle_and_a_job_that_is_not_there_change_nothing() -> None:
    text = "a: {extends: b, script: x}\nb: {extends: a, stage: y}\nc: {extends: d, script: z}\n"
    seen = _seen(text)
    assert seen["a"]["stage"] == "y"
    assert seen["c"] == {"extends": "d", "script": "z"}


def test_what_jobs_inherit_is_bounded() -> None:
    base = ".base: {variables: {" + ", ".join(f"V{n}: x" for n in range(1000)) + "}}\n"
    jobs = "".join(f"j{n}: {{extends: .base, script: x}}\n" for n in range(100))
    seen = _seen(base + jobs)
    whole = [name for name, job in seen.items() if "variables" in job and name != ".base"]
    assert 0 < len(whole) <= MAX_INHERITED // 1000
