"""Extraction: which files count, what a delivery costs, and that no text breaks it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.answer import without_marks
from rewardsvc.extract import MAX_ARTIFACT_BYTES, MAX_FILES, Extraction, extract, render_answer
from rewardsvc.types import Component, StageStatus, Target, Task
from rewardsvc.verification.verifier import Findings, Workbench


class _Format:
    """The part of a verifier that extraction looks at."""

    format = "kubernetes"
    languages = frozenset({"yaml", "yml"})
    tools: tuple[str, ...] = ()
    targets: frozenset[Target] = frozenset()

    def __init__(
        self, many: bool = True, default_path: str = "manifest.yaml", companions: bool = False
    ) -> None:
        self.many = many
        self.companions = companions
        self.default_path = default_path

    async def verify(self, artifact: object, workbench: Workbench) -> Findings:
        raise AssertionError("extraction never verifies")


MANY = _Format()
ONE = _Format(many=False, default_path="compose.yaml")
ACCOMPANIED = _Format(companions=True)


def _extract(text: str, verifier: _Format = MANY, files: tuple[str, ...] = ()) -> Extraction:
    return extract(text, Task(format="kubernetes", files=files), verifier)


def _files(extraction: Extraction) -> dict[str, str]:
    assert extraction.artifact is not None
    return {file.path: file.text for file in extraction.artifact.files}


def _codes(extraction: Extraction) -> list[str]:
    return [diagnostic.code for diagnostic in extraction.stage.diagnostics]


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        ("```yaml\na: 1\n```", {"manifest.yaml": "a: 1\n"}),
        ("Sure!\n\n~~~yml\na: 1\n~~~\nDone.", {"manifest.yaml": "a: 1\n"}),
        ("```YAML\na: 1\n```", {"manifest.yaml": "a: 1\n"}),
        ("```yaml\r\na: 1\r\nb: 2\r\n```\r\n", {"manifest.yaml": "a: 1\nb: 2\n"}),
        ("```yaml path=k8s/a.yaml\na: 1\n```", {"k8s/a.yaml": "a: 1\n"}),
        ('```yaml title="my file.yaml"\na: 1\n```', {"my file.yaml": "a: 1\n"}),
        ("```yaml {file='a.yaml'}\na: 1\n```", {"a.yaml": "a: 1\n"}),
        ("```yaml filename=./x//a.yaml\na: 1\n```", {"x/a.yaml": "a: 1\n"}),
        ("```yaml:k8s/a.yaml\na: 1\n```", {"k8s/a.yaml": "a: 1\n"}),
        ("```yaml\n# k8s/a.yaml\na: 1\n```", {"k8s/a.yaml": "# k8s/a.yaml\na: 1\n"}),
        ("```yaml\n# path: a.yaml\na: 1\n```", {"a.yaml": "# path: a.yaml\na: 1\n"}),
        ("```yaml\n# just words here\na: 1\n```", {"manifest.yaml": "# just words here\na: 1\n"}),
        ("````yaml\na: |\n  ```\n````", {"manifest.yaml": "a: |\n  ```\n"}),
        ("```yaml\na: |\n    ```\n```", {"manifest.yaml": "a: |\n    ```\n"}),
        ("````markdown\n```yaml\na: 1\n```\n````\n```yaml\nb: 2\n```", {"manifest.yaml": "b: 2\n"}),
        ("- do this:\n\n   ```yaml\n   a:\n     b: 1\n   ```\n", {"manifest.yaml": "a:\n  b: 1\n"}),
        ("```sh\nls\n```\n```yaml\na: 1\n```\n```\nout\n```", {"manifest.yaml": "a: 1\n"}),
        ("```yaml\n~~~\n```", {"manifest.yaml": "~~~\n"}),
        ("```yaml\n```", {"manifest.yaml": ""}),
        (
            "```yaml\na: 1\n```\n```yaml path=b.yaml\nb: 2\n```",
            {"manifest.yaml": "a: 1\n", "b.yaml": "b: 2\n"},
        ),
        (
            "```yaml path=b.yaml\nb: 2\n```\n```yaml\n# a.yaml\na: 1\n```",
            {"b.yaml": "b: 2\n", "a.yaml": "# a.yaml\na: 1\n"},
        ),
    ],
)
def test_a_clean_delivery_costs_nothing(completion: str, expected: dict[str, str]) -> None:
    extraction = _extract(completion)
    assert _files(extraction) == expected
    assert extraction.stage.name == "fences"
    assert extraction.stage.component is Component.FORMAT
    assert (extraction.stage.status, extraction.stage.score) == (StageStatus.PASSED, 1.0)


def test_a_fence_that_never_closes_reaches_to_the_end_and_costs() -> None:
    extraction = _extract("```yaml\na: 1\nb: 2")
    assert _files(extraction) == {"manifest.yaml": "a: 1\nb: 2\n"}
    assert _codes(extraction) == ["unclosed-fence"]
    assert (extraction.stage.status, extraction.stage.score) == (StageStatus.FAILED, 0.5)


def test_several_files_without_a_path_cost_once_however_many_they_are() -> None:
    extraction = _extract("```yaml\na: 1\n```\n" * 3 + "```yaml path=b.yaml\nb: 2\n```")
    assert list(_files(extraction)) == [
        *("manifest.yaml", "manifest-2.yaml", "manifest-3.yaml", "b.yaml")
    ]
    assert _codes(extraction) == ["no-path"]
    assert extraction.stage.score == 0.5


COMPANIONS = (
    "```bash path=boot.sh\necho\n```\n```sh\n# lib/more.sh\nexit\n```\n```yaml\na: 1\n```\n"
    "```json path=policy.json\n{}\n```\n"
)


@pytest.mark.parametrize("files", [(), ("manifest.yaml",)])
def test_files_of_other_languages_lie_beside_an_answer_that_may_have_them(
    files: tuple[str, ...],
) -> None:
    extraction = _extract(COMPANIONS, ACCOMPANIED, files)
    assert _files(extraction) == {
        "manifest.yaml": "a: 1\n",
        "boot.sh": "echo\n",
        "lib/more.sh": "# lib/more.sh\nexit\n",
        "policy.json": "{}\n",
    }
    assert extraction.stage.status is StageStatus.PASSED
    assert list(_files(_extract(COMPANIONS, MANY, files))) == ["manifest.yaml"]


def test_a_companion_needs_a_path_a_label_and_an_answer_and_displaces_no_file() -> None:
    commands = (
        "```bash\nkubectl apply -f .\n```\n```\n# boot.sh\n```\n```bash\n# manifest.yaml\n```\n"
    )
    extraction = _extract(f"{commands}```yaml\na: 1\n```", ACCOMPANIED)
    assert _files(extraction) == {"manifest.yaml": "a: 1\n"}
    assert extraction.stage.status is StageStatus.PASSED
    assert _extract("```bash path=boot.sh\necho\n```", ACCOMPANIED).artifact is None


@pytest.mark.parametrize("files", [(), ("compose.yaml",)])
def test_a_second_block_costs_where_one_file_is_asked_for(files: tuple[str, ...]) -> None:
    extraction = _extract("```yaml\na: 1\n```\n```yaml\nb: 2\n```", ONE, files)
    assert _files(extraction) == {"compose.yaml": "a: 1\n"}
    assert _codes(extraction) == ["unexpected-file"]


def test_the_one_file_asked_for_gets_its_name_whatever_the_fence_says() -> None:
    assert _files(_extract("```yaml\na: 1\n```", files=("app.yaml",))) == {"app.yaml": "a: 1\n"}
    misnamed = _extract("```yaml path=other.yaml\na: 1\n```", files=("app.yaml",))
    assert _files(misnamed) == {"app.yaml": "a: 1\n"}
    assert _codes(misnamed) == ["unexpected-file"]


def test_the_block_with_the_asked_path_wins_over_an_earlier_one() -> None:
    completion = "```yaml\nold: 1\n```\n```yaml path=compose.yaml\nnew: 1\n```"
    extraction = _extract(completion, ONE, ("compose.yaml",))
    assert _files(extraction)["compose.yaml"] == "new: 1\n"
    assert extraction.stage.status is StageStatus.FAILED


def test_several_files_are_matched_by_path_whatever_their_label() -> None:
    completion = "```yaml path=a.yaml\na: 1\n```\n```python path=train.py\nprint()\n```"
    extraction = _extract(completion, files=("a.yaml", "train.py"))
    assert _files(extraction) == {"a.yaml": "a: 1\n", "train.py": "print()\n"}
    assert extraction.stage.status is StageStatus.PASSED


def test_each_missing_and_each_additional_file_costs() -> None:
    completion = "```yaml path=a.yaml\n```\n```yaml path=c.yaml\n```"
    extraction = _extract(completion, files=("a.yaml", "b.yaml"))
    assert _codes(extraction) == ["unexpected-file", "missing-file"]
    assert extraction.stage.score == pytest.approx(1 / 3)


def test_a_path_given_twice_keeps_the_first() -> None:
    extraction = _extract("```yaml path=a.yaml\na: 1\n```\n```yaml path=a.yaml\na: 2\n```")
    assert _files(extraction) == {"a.yaml": "a: 1\n"}
    assert _codes(extraction) == ["path-twice"]


def test_a_file_cannot_be_the_folder_of_another() -> None:
    extraction = _extract("```yaml path=a\n```\n```yaml path=a/b\n```")
    assert list(_files(extraction)) == ["a"]
    assert _codes(extraction) == ["path-twice"]


@pytest.mark.parametrize(
    "path",
    [
        *("../a.yaml", "/etc/a.yaml", "a/../../b.yaml", "~/a.yaml", "a\\b.yaml", "x" * 300),
        # A file system counts bytes, and refuses a name of more than 255.
        *("\N{GRINNING FACE}" * 64 + ".yaml", "\u6f22" * 100 + "/a.yaml"),
    ],
)
def test_a_path_outside_the_work_tree_is_no_file(path: str) -> None:
    extraction = _extract(f"```yaml path={path}\na: 1\n```")
    assert extraction.artifact is None
    assert "bad-path" in _codes(extraction)
    assert extraction.stage.score == 0.0


@pytest.mark.parametrize(
    ("completion", "says"),
    [
        ("", "no fenced block"),
        ("a: 1", "no fenced block"),
        ("```\na: 1\n```", "no fence carries a label"),
        ("```python\nprint()\n```", "labels: python"),
        ("``yaml\na: 1\n``", "no fenced block"),
        ("```yaml `x`\na: 1\n", "no fenced block"),
    ],
)
def test_no_labelled_fence_is_no_artifact(completion: str, says: str) -> None:
    extraction = _extract(completion)
    assert extraction.artifact is None
    assert extraction.stage.score == 0.0
    assert says in extraction.stage.diagnostics[-1].message


def test_too_much_is_refused_with_the_reason() -> None:
    large = _extract("```yaml\n" + "#" * MAX_ARTIFACT_BYTES + "\n```")
    assert large.artifact is None
    assert _codes(large) == ["too-large"]
    many = _extract("```yaml\na: 1\n```\n" * (MAX_FILES + 1))
    assert many.artifact is None
    assert _codes(many) == ["too-many-files"]


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert "\ufffd" in _files(_extract("```yaml\na: \ud800\n```"))["manifest.yaml"]


@pytest.mark.parametrize(
    "completion",
    [
        "`" * 5_000_000,
        "```\n" * 1_250_000,
        "```yaml\n" * 600_000,
        "````yaml\n" + "```\n" * 1_250_000,
        " " * 5_000_000,
        "\n" * 5_000_000,
        "```yaml" + " path=" * 800_000,
        "~~~yaml\n" + "  " * 2_500_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_five_megabytes_of_anything_take_no_time(completion: str) -> None:
    started = time.process_time()
    _extract(completion)
    assert time.process_time() - started < 10  # what grows with the square takes hours


_TEXTS = st.text(alphabet=st.sampled_from("`~ \t\nayml:=#/.'\"{}\u2028\r\ud800é"), max_size=300)
_PATHS = st.from_regex(r"[a-z0-9_-]{1,8}(/[a-z0-9_ -]{0,6}[a-z0-9]){0,2}\.ya?ml", fullmatch=True)


@given(st.one_of(st.text(), _TEXTS), st.booleans(), st.sampled_from([(), ("a",), ("a", "b")]))
def test_no_text_raises(completion: str, many: bool, files: tuple[str, ...]) -> None:
    extraction = _extract(completion, _Format(many=many, companions=many), files)
    assert 0.0 <= extraction.stage.score <= 1.0
    assert (extraction.stage.status is StageStatus.PASSED) == (extraction.stage.score == 1.0)
    if extraction.artifact is not None:
        assert extraction.artifact.files


@given(
    st.dictionaries(
        _PATHS,
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=200)
        | _TEXTS.map(lambda text: text.replace("\r", "").replace("\ud800", "")),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_rendered_is_extracted_again(files: dict[str, str]) -> None:
    if any(other.startswith(path + "/") for path in files for other in files):
        return
    extraction = _extract(render_answer(files, "yaml"), files=tuple(files))
    expected = {
        path: without_marks(text if not text or text.endswith("\n") else text + "\n")
        for path, text in files.items()
    }
    assert _files(extraction) == expected
    assert extraction.stage.status is StageStatus.PASSED


@pytest.mark.parametrize("files", [{}, {"../a": "x"}, {"a": "", "/b": ""}])
def test_what_could_not_be_extracted_is_not_rendered(files: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        render_answer(files, "yaml")
