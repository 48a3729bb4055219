"""Right at k without bias, examples, names of models, and what a page shows."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.report.page import page_to_html
from rewardsvc.types import Means
from rl.configs.matrix import load_matrix
from rl.configs.sections import Prompt
from rl.data import load_to_evaluate
from rl.errors import InvalidConfig, InvalidTasks, ModelMissing, QuantizationMissing
from rl.evaluation.answers import AnswerCost, Evaluated, answer_to_json, keep_scored, read
from rl.evaluation.asked import Breakdown, asked_of, asked_to_json, read_asked
from rl.evaluation.breakdown import breakdown_table, right_at, right_at_k
from rl.evaluation.evaluation import SubjectFacts
from rl.evaluation.page import evaluation_page
from rl.evaluation.retrieval import ExampleRetriever
from rl.evaluation.subject import Quantization, Subject, told_apart
from rl.evaluation.suite import Decoding
from rl.models import quantized
from tests.rl.samples import faulty, row, scored

RIGHT, WRONG = scored(1.0), scored(0.25)


@given(st.integers(1, 7), st.data())
def test_right_at_k_is_the_share_of_choices_with_a_right_one(n: int, data: st.DataObject) -> None:
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    choices = list(combinations([number < c for number in range(n)], k))
    assert right_at(k, n, c) == pytest.approx(sum(map(any, choices)) / len(choices))


def test_tasks_with_too_few_scored_answers_tell_nothing_of_k() -> None:
    def answers(task: str, *verdicts: object) -> list[Evaluated]:
        return [
            Evaluated(task, "dockerfile", "", n, verdict)  # type: ignore[arg-type]
            for n, verdict in enumerate(verdicts)
        ]

    given_ = answers("a", RIGHT, WRONG, WRONG) + answers("b", RIGHT, RIGHT, faulty())
    assert right_at_k(given_, 1).value == pytest.approx((1 / 3 + 1) / 2)
    assert right_at_k(given_, 3).value == pytest.approx(1.0)
    assert right_at_k(given_, 3).n == 1
    assert right_at_k(answers("c", faulty()), 1).value is None


def test_examples_are_the_nearest_questions_but_never_the_question_itself() -> None:
    known = [row(number) for number in range(12)]
    retriever = ExampleRetriever([*known, replace(row(20), output="")], Prompt())
    asked = replace(known[3], id="other-id")
    nearest = retriever.nearest(asked, 3)
    assert known[3] not in nearest
    assert nearest[-1].instruction.split()[4] == asked.instruction.split()[4], "the same image"
    assert len(retriever.nearest(asked, 50)) == 11
    conversation = retriever.conversation(asked, 2)
    assert [each["role"] for each in conversation] == ["user", "assistant"] * 2 + ["user"]
    assert conversation[-1]["content"].strip() == asked.instruction


@pytest.mark.parametrize(
    ("subject", "label"),
    [
        (Subject("openai:org/Tiny v2@http://h:1/v1"), "org-Tiny-v2"),
        (Subject("anthropic:claude"), "claude"),
        (Subject("runs/first/grpo/model", Quantization.INT8, 3), "grpo-int8+3-shot"),
        (Subject("/models/qwen"), "qwen"),
        (Subject("sft"), "sft"),
    ],
)
def test_a_model_is_called_by_its_name(subject: Subject, label: str) -> None:
    assert subject.label == label


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidConfig, match="a/x and b/x would both be called 'x'"):
        told_apart([Subject("a/x"), Subject("b/x")])
    assert told_apart([Subject("a/x"), Subject("a/x")]) == (Subject("a/x"),)


def test_a_matrix_is_every_quantization_with_every_number_of_examples(tmp_path: Path) -> None:
    file = tmp_path / "matrix.yaml"
    file.write_text("models: [{model: a, quantizations: [null, int8], examples: [0, 2]}]")
    (entry,) = load_matrix(file).models
    assert (entry.quantizations, entry.examples) == ((None, "int8"), (0, 2))
    file.write_text("models:\n  - model: a\n    quantizations: [int3]\n")
    with pytest.raises(InvalidConfig, match=r"matrix\.yaml.*line 3"):
        load_matrix(file)


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantized, "find_spec", lambda _: None)
    with pytest.raises(QuantizationMissing, match="pip install bitsandbytes"):
        quantized.load("somewhere", "int8")


def test_a_model_that_is_not_quantized_so_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized, "need_library", lambda _: None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="is not quantized with awq"):
        quantized.load(str(tmp_path), "awq")


def test_tasks_are_told_apart_by_what_their_rows_say(tmp_path: Path) -> None:
    hard = {"topic": "web", "difficulty": {"student": "tiny", "passed": 1, "of": 8}}
    rows = [
        replace(row(1), means=Means(providers={"aws": ("5.100.0",)}), provenance=hard),
        row(2),
    ]
    tasks = [asked_of(each, {"docker": ["web"]}) for each in rows]
    assert (tasks[0].provider, tasks[0].difficulty) == ("aws", "seldom passed")
    posed = {"topic": "web", "cell": {"difficulty": "hard", "persona": "operator"}}
    assert asked_of(replace(row(3), provenance=posed)).difficulty == "hard"
    assert tasks[0].by(Breakdown.NOVELTY) == "topic never trained on"
    file = tmp_path / "asked.jsonl"
    file.write_text("".join(f"{asked_to_json(each)}\n" for each in tasks))
    assert list(read_asked(file).values()) == tasks
    table = breakdown_table(
        Breakdown.PROVIDER,
        {each.id: each for each in tasks},
        {"m": [Evaluated("task-1", "dockerfile", "", 0, RIGHT)]},
    )
    assert table is not None
    assert [list(cells) for cells in table.rows] == [
        ["not said", "1", "-"],
        ["aws", "1", "100%, 1.000"],
    ]
    one_value = breakdown_table(Breakdown.FORMAT, {each.id: each for each in tasks}, {})
    assert one_value is None


def test_what_an_answer_took_is_kept_with_it(tmp_path: Path) -> None:
    answer = Evaluated("a", "dockerfile", "", 0, RIGHT, "text", AnswerCost(0.5, 3, 4, True))
    file = tmp_path / "answers.jsonl"
    file.write_text(f"{answer_to_json(answer)}\n{answer_to_json(replace(answer, cost=None))}\n")
    assert [each.cost for each in read(file)] == [answer.cost, None]


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_what_ends_a_line_for_unicode_ends_none_of_a_file(end: str, tmp_path: Path) -> None:
    answer = Evaluated("a", "dockerfile", "", 0, WRONG, f"FROM{end}a")
    file = tmp_path / "answers.jsonl"
    file.write_text(f"{answer_to_json(answer)}\n", encoding="utf-8")
    assert read(file) == keep_scored(file) == read(file) == [answer]
    task = asked_of(replace(row(1), instruction=f"Write{end}it."))
    asked = tmp_path / "asked.jsonl"
    asked.write_text(f"{asked_to_json(task)}\n", encoding="utf-8")
    assert read_asked(asked) == {task.id: task}


def test_only_test_rows_are_asked_and_all_where_no_row_names_a_split(tmp_path: Path) -> None:
    from rewardsvc.tasks import row_to_json

    def file(*splits: str) -> Path:
        path = tmp_path / "tasks.jsonl"
        rows = [row(number, split=split) for number, split in enumerate(splits)]
        path.write_text("".join(f"{row_to_json(each)}\n" for each in rows))
        return path

    asked, learnt = load_to_evaluate(file("test", "train", "validation"))
    assert ([each.id for each in asked], [each.id for each in learnt]) == (["task-0"], ["task-1"])
    assert len(load_to_evaluate(file("", ""))[0]) == 2
    with pytest.raises(InvalidTasks, match='no row is of the split "test"'):
        load_to_evaluate(file("train", ""))


def test_a_page_shows_models_side_by_side_errors_first_and_fetches_nothing() -> None:
    tasks = {each.id: asked_of(each) for each in (row(1), row(2))}
    good = [Evaluated(each, "dockerfile", "web", 0, RIGHT, "FROM a") for each in tasks]
    bad = [
        Evaluated("task-1", "dockerfile", "web", 0, WRONG, "<script>", AnswerCost(1.0, 5, 6)),
        Evaluated("task-2", "dockerfile", "web", 0, faulty()),
    ]
    facts = {
        "tiny": SubjectFacts("openai:tiny", weight_bytes=2**20, missing={"late": 3}),
        "good": SubjectFacts("good"),
        "gone": SubjectFacts("gone", left_out="int8 needs bitsandbytes"),
    }
    answers = {"tiny": {Decoding.GREEDY: bad}, "good": {Decoding.GREEDY: good}}
    html = page_to_html(evaluation_page(tasks, facts, answers, version="abc"))
    assert "<script>" not in html.split("<body>")[1].split("<script>\nfor")[0]
    assert html.index("&lt;script&gt;") < html.index("FROM a")
    for words in ("version abc", "int8 needs bitsandbytes", "1 (TOOL_CRASHED x1)"):
        assert words in html
