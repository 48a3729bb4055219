"""What is too long to be read is told by its length, and costs nobody anything."""

from dataclasses import replace

import pytest
from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.errors import InvalidRequest
from rewardsvc.pipeline import unread
from rewardsvc.sizes import COMPLETION_CHARACTERS, TASK_CHARACTERS, characters
from rewardsvc.types import Check, Fixture, ScoreRequest, Target, Task
from rewardsvc.wire.long import LONG_BYTES, MOST_BYTES, without_excess

LONG = "x" * TASK_CHARACTERS
ASKED = ScoreRequest(task=Task(format="bash"), completion="```bash\ntrue\n```\n")


@pytest.mark.parametrize("character", ["x", "é", "語", "🎉"])
def test_a_completion_that_is_too_long_has_no_artifact(character: str) -> None:
    assert unread(replace(ASKED, completion=character * COMPLETION_CHARACTERS)) is None
    found = unread(replace(ASKED, completion=character * (COMPLETION_CHARACTERS + 1)))
    assert found is not None and found.empty
    assert found.stages[0].diagnostics[0].code == "too-large"


@pytest.mark.parametrize(
    ("field", "task"),
    [
        ("task.instruction", Task(format="bash", instruction=LONG)),
        ("task.input", Task(format="bash", input=LONG)),
        ("task.reference", Task(format="bash", reference=LONG)),
        ("task.files", Task(format="bash", files=(LONG,))),
        ("task.before", Task(format="bash", before={"a": LONG})),
        (
            r"task.checks\[1\]",
            Task(
                format="bash",
                checks=(
                    Check(on=Target.DOCUMENTS, expr="@"),
                    Check(on=Target.DOCUMENTS, policy=LONG),
                ),
            ),
        ),
        (
            r"task.fixtures\[0\].files",
            Task(format="bash", fixtures=(Fixture(files={"a": LONG}),)),
        ),
        ("task.reference", Task(format="bash", input=LONG[:-10], reference="0123456789")),
    ],
)
def test_a_task_that_is_too_long_is_refused_by_the_field_that_makes_it_so(
    field: str, task: Task
) -> None:
    with pytest.raises(InvalidRequest, match=rf"^{field}: .* at most {TASK_CHARACTERS}"):
        unread(replace(ASKED, task=task))


def test_the_texts_of_the_task_count_beside_the_completion() -> None:
    task = Task(format="bash", input="12345", fixtures=(Fixture(files={"a": "123"}),))
    assert characters(ScoreRequest(task=task, completion="1234567")) == 4 + 5 + 4 + 7


def message(completion: str) -> pb.ScoreRequest:
    return pb.ScoreRequest(id="one", task=pb.Task(format="bash"), completion=completion)


@pytest.mark.parametrize("character", ["x", "é", "語", "🎉"])
def test_a_long_message_keeps_what_shows_that_it_is_too_long(character: str) -> None:
    whole = message(character * (2 * MOST_BYTES // len(character.encode())))
    cut = without_excess(whole.SerializeToString())
    assert len(cut) <= MOST_BYTES + 100
    read = pb.ScoreRequest.FromString(cut)
    assert (read.id, read.task) == (whole.id, whole.task)
    assert whole.completion.startswith(read.completion)
    assert len(read.completion) > COMPLETION_CHARACTERS


def test_a_message_of_usual_length_is_left_as_it_is() -> None:
    for data in (b"", b"\xff" * 100, message("x" * (LONG_BYTES // 2)).SerializeToString()):
        assert without_excess(data) is data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff" * (LONG_BYTES + 1), "request: not a ScoreRequest message"),
        (b"\x1a\xff\xff\xff\xff\x07" + b"x" * LONG_BYTES, "request: not a ScoreRequest message"),
        (pb.ScoreRequest(task=pb.Task(input="x" * LONG_BYTES)).SerializeToString(), "task: "),
    ],
)
def test_a_long_message_that_nobody_can_score_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^{why}"):
        without_excess(data)


def test_a_long_message_of_very_many_fields_is_not_walked_through() -> None:
    """Each look at a field takes as long as decoding a thousand of them."""
    data = b"\x08\x01" * LONG_BYTES
    assert len(without_excess(data)) < 1000
