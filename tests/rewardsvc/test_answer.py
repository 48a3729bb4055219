"""What of a completion is the answer: thoughts, special tokens and unseen characters are not."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardsvc.answer import USUAL_MARKERS, Markers, answer_in
from rewardsvc.extract import extract
from rewardsvc.fences import fenced_blocks
from rewardsvc.formats import FORMATS
from rewardsvc.local import LocalScorer
from rewardsvc.pipeline import compile_task
from rewardsvc.settings import Settings
from rewardsvc.types import ScoreRequest, Status, Task
from rewardsvc.wire.json import request_from_object

DRAFT = "```dockerfile\nFROM draft\n```"
FINAL = "```dockerfile\nFROM final\n```"
SCRIPT = "```bash\nsed 's/<think>//' | grep -v '</think>'\necho '<|im_end|></s>'\n```"

PAIRS = [
    ("<think>", "</think>"),
    ("<think>\n", "\n</think>\n\n"),
    ("<THINK>", "</THINK>"),
    ('<think time="3">', "</think >"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<analysis>", "</analysis>"),
    ("<seed:think>", "</seed:think>"),
    ("<think><reasoning>a</reasoning> b ", "</think>"),
    ("<think>a</thinking> b ", "</think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>\n<|begin_of_solution|>\n"),
    ("<|channel>thought\n", "<channel|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    (
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    ),
    (
        "<|channel|>commentary<|message|>",
        "<|end|><|start|>assistant<|channel|>final <|constrain|>text<|message|>",
    ),
    ("<think>", "</think>\n<answer>\n"),
    ("<|im_start|>assistant\n<think>", "</think>"),
    ("analysisWe need a file. ", "assistantfinal"),
    ("", "</think>"),  # the chat template opened it
    ("<think>a <think> b </think> ", "</think>"),
    ("<think>a</think> but <think> ", "</think>"),
    ("<think>I end it with `</think>`. ", "</think>"),
    ("<think>The </think> comes last. ", "</think>"),
]


def read(completion: str, format: str = "dockerfile") -> list[str]:
    """The texts of the files of a completion."""
    artifact = extract(completion, Task(format=format), FORMATS[format].verifier).artifact
    return [file.text for file in artifact.files] if artifact else []


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_a_thought_is_not_the_answer(opening: str, closing: str) -> None:
    assert read(f"{opening}Say:\n{DRAFT}\nhm{closing}{FINAL}") == ["FROM final\n"]
    assert read(f"{opening}Say:\n{DRAFT}\nhm{closing}I give up.") == []
    left_open = DRAFT.removesuffix("\n```")
    assert read(f"{opening}Say:\n{left_open}\n{closing}{FINAL}") == ["FROM final\n"]
    assert read(f"{opening}Say:\n{left_open}{closing}\nI give up.") == []


@pytest.mark.parametrize(
    "opening", sorted({opening for opening, _ in PAIRS if opening and "</think> " not in opening})
)
def test_a_thought_that_never_ends_is_no_answer(opening: str) -> None:
    completion = f"{opening}Say:\n{DRAFT}\nhm, no"
    extraction = extract(completion, Task(format="dockerfile"), FORMATS["dockerfile"].verifier)
    assert extraction.artifact is None
    assert "ends in a thought" in extraction.stage.diagnostics[-1].message
    assert read(f"{FINAL}\n{opening}Was that right? {DRAFT}") == ["FROM final\n"]


def test_what_stands_before_a_thought_that_ends_is_no_answer() -> None:
    assert read(f"{DRAFT}\n<think>Was that right?</think>") == []


@pytest.mark.parametrize(
    "completion",
    [
        SCRIPT,
        f"<think>\n{DRAFT}\n</think>\n{SCRIPT}",
        f"A script:\n\n{SCRIPT}\n\nIt leaves out what `<think>` and `</think>` hold.<|im_end|>",
        f"```text\n<think>\n```\n{SCRIPT}",
    ],
)
def test_a_marker_inside_a_file_is_the_files(completion: str) -> None:
    assert read(completion, "bash") == ["\n".join(SCRIPT.split("\n")[1:-1]) + "\n"]


def test_a_marker_in_the_first_of_two_files_is_the_files() -> None:
    first = "```yaml path=a.yaml\ntext: </think>\n```\n"
    second = "```yaml path=b.yaml\ntext: b\n```\n"
    assert read(first + second, "kubernetes") == ["text: </think>\n", "text: b\n"]


@pytest.mark.parametrize(
    "left",
    [
        "<|im_end|>",
        "<|im_end|>\n",
        "\n<|im_end|><|endoftext|><|endoftext|>\n",
        "</s>",
        " </s> <pad><pad>",
        "<|eot_id|>",
        "<|end_of_text|>",
        "<eos>",
        "<end_of_turn>\n<pad>",
        "[PAD][PAD]",
        "<\uff5cend▁of▁sentence\uff5c>",
        "<|return|>",
        "</answer>",
        "</answer>\nI hope it helps.<|im_end|>",
        "\u200b",
        "\ufeff\n",
        "\0\0",
        f"<|im_end|>\n<|im_start|>user\nAnother.<|im_end|>\n<|im_start|>assistant\n{DRAFT}",
    ],
)
def test_what_a_trainer_leaves_behind_the_answer_costs_nothing(left: str) -> None:
    extraction = extract(FINAL + left, Task(format="dockerfile"), FORMATS["dockerfile"].verifier)
    assert extraction.artifact is not None
    assert [file.text for file in extraction.artifact.files] == ["FROM final\n"]
    assert extraction.stage.score == 1.0


@pytest.mark.parametrize(
    "left", ["<|im_end|>", "\n<|im_end|>\n<|endoftext|>", "</s></s>", "<pad>\n", "<|im_end|>\n" * 9]
)
def test_tokens_behind_a_fence_that_never_closes_are_not_the_files(left: str) -> None:
    assert read("```dockerfile\nFROM final" + left) == ["FROM final\n"]


@pytest.mark.parametrize(
    "before",
    [
        "\ufeff",
        "\u200b",
        "\u2060\ufeff\n",
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<start_of_turn>model\n",
        "<|start|>assistant<|channel|>final<|message|>",
        "<s>",
        "<answer>",
        "\ufeff<|im_start|>assistant\n<think>\n\n</think>\n\n",
        "Here it is:\n\u200b",
        "Here it is:\n<answer>",
    ],
)
def test_what_stands_before_the_answer_costs_nothing(before: str) -> None:
    extraction = extract(before + FINAL, Task(format="dockerfile"), FORMATS["dockerfile"].verifier)
    assert extraction.artifact is not None
    assert extraction.stage.score == 1.0


@pytest.mark.parametrize(
    "header",
    [
        "<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>user\n",
        "</s><|user|>\n",
        "<start_of_turn>user\n",
        "<|start_header_id|>system<|end_header_id|>\n\n",
    ],
)
def test_a_turn_of_somebody_else_is_not_the_answer_where_a_completion_begins(header: str) -> None:
    assert read(header + FINAL) == []


def test_a_mark_at_the_start_of_a_file_is_not_the_files() -> None:
    assert read("```dockerfile\n\ufeff\u200bFROM final\n\u200b```") == ["FROM final\n"]
    assert read("```dockerfile\u200b\nFROM \u200bfinal\n```") == ["FROM \u200bfinal\n"]


@pytest.mark.parametrize(
    "words",
    [
        "An HTML <s>old</s> word, a list [a, THINK], a <placeholder>, 1 < 2 > 0, x <| y |> z.",
        "The stop token is `<|im_end|>` and thoughts are in `<think>`.",
        "I was thinking: analysis of the reasoning </ think about it>.",
    ],
)
def test_honest_words_are_left_alone(words: str) -> None:
    assert answer_in(f"{words}\n\n{FINAL}\n\n{words}\n").text == f"{words}\n\n{FINAL}\n\n{words}\n"


def test_lines_keep_their_numbers() -> None:
    completion = f"<think>\n{DRAFT}\n</think>\n\n```dockerfile path=/etc/x\n```"
    stage = extract(completion, Task(format="dockerfile"), FORMATS["dockerfile"].verifier).stage
    assert "(line 7 of the answer)" in stage.diagnostics[0].message


def test_further_markers_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    completion = f"Here is my thought process: {DRAFT} Here is my response:\n{FINAL}"
    granite = Markers.of(["granite"])
    assert [block.text for block in fenced_blocks(answer_in(completion, granite).text)] == [
        "FROM final\n"
    ]
    monkeypatch.setenv("ASSAY_THOUGHTS", "granite,<plan>...</plan>")
    assert Settings.load().thoughts == ("granite", "<plan>...</plan>")


@pytest.mark.parametrize(
    "name", ["", "granit", "<a>", "<a>...", "...<a>", "<a>...<a>", "a...b", "open"]
)
def test_a_setting_that_names_no_markers_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="names no markers"):
        Markers.of([name])


@pytest.mark.parametrize(
    ("completion", "files"),
    [
        (f"Say:\n{DRAFT}\nhm", []),
        (f"Say:\n{DRAFT}\n```text\n</think>\n```\n", []),
        (f"Say:\n{DRAFT}\nhm</think>\n{FINAL}", ["FROM final\n"]),
        (f"<think>\n{DRAFT}\nhm</think>\n{FINAL}", ["FROM final\n"]),
        (f"analysisWe need {DRAFT} assistantfinal{FINAL}", ["FROM final\n"]),
    ],
)
def test_where_the_template_opens_the_thought_only_what_closes_it_begins_an_answer(
    completion: str, files: list[str]
) -> None:
    opened, task = Markers.of(["opened"]), Task(format="dockerfile", reference=FINAL)
    artifact = extract(completion, task, FORMATS["dockerfile"].verifier, opened).artifact
    assert [file.text for file in artifact.files] == files if artifact else not files
    assert compile_task(task, opened).reference is not None


_PIECES = st.sampled_from(
    [
        *("<think>", "</think>", "[THINK]", "</s>", "<|im_end|>", "<|im_start|>assistant", "<pad>"),
        *(
            "```",
            "```yaml",
            "````",
            "~~~",
            "~~~yaml",
            "\n",
            "\n",
            "\n",
            "  ",
            "a: 1",
            "\u200b",
            "`",
        ),
    ]
)


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_the_answer_holds_no_thought_and_lines_keep_their_numbers(completion: str) -> None:
    answer = answer_in(completion)
    assert len(answer.text.replace("\n", "")) <= len(completion.replace("\n", ""))
    assert answer.text.count("\n") <= completion.count("\n")
    again = answer_in(answer.text).text
    for block in fenced_blocks(answer.text):
        if block.closed:
            assert block in fenced_blocks(again)
    closed = [block for block in fenced_blocks(answer.text) if block.closed]
    for marker in USUAL_MARKERS.pattern.finditer(answer.text):
        if marker.lastgroup in ("opening", "closing") and f"`{marker[0]}`" not in answer.text:
            line = answer.text.count("\n", 0, marker.start()) + 1
            assert any(each.line <= line <= each.line + each.text.count("\n") for each in closed)


@given(st.text(alphabet=st.sampled_from("<>/|think [THINK]`~\nsa\ufeff"), max_size=200))
def test_no_text_raises(completion: str) -> None:
    answer_in(completion)


def _staircase(size: int) -> str:
    """Fences each shorter than the one before, all left open, each with a marker."""
    return "".join(f"{'`' * run} a\n</think>\n" for run in range(int((2 * size) ** 0.5), 2, -1))


_UNITS = [
    *(
        "</think>",
        "<think>",
        "<",
        "```a\n</think>\n",
        "```a\n</think>\n```\n",
        "</s> ",
        "</s>\n```",
    ),
    *(
        "``` a\n</think>\n~~~ a\n</think>\n",
        "<|channel|>analysis",
        "\u200b\n",
        "`</think>`",
        "``` `\n",
    ),
    *("<think " + "x" * 150, "</think></s>\n", "```a </s></s>", "<|im_start|>assistant "),
]


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit))


_HOSTILE = {unit[:24]: _repeated(unit) for unit in _UNITS}
_HOSTILE["staircase"] = lambda size: _staircase(size // 2) + "``` `x`\n" * (size // 16)


@pytest.mark.parametrize("name", _HOSTILE)
def test_the_work_is_linear_in_the_length(name: str) -> None:
    def seconds(size: int) -> float:
        text, least = _HOSTILE[name](size), float("inf")
        for _ in range(5):
            started = time.process_time()
            answer_in(text)
            least = min(least, time.process_time() - started)
        return least

    assert seconds(160_000) / seconds(40_000) < 2.6**2


async def test_the_cases_are_as_they_must_be() -> None:
    lines = (Path(__file__).parent / "cases/thoughts.jsonl").read_text().splitlines()
    cases = [json.loads(line) for line in lines]
    asked = [request_from_object(case["request"]) for case in cases]
    granite = f"Here is my thought process:\n{DRAFT}\nHere is my response: none"
    asked.append(ScoreRequest(task=Task(format="dockerfile"), completion=granite))
    async with LocalScorer(Settings.load(cache=False, thoughts=("granite",))) as scorer:
        *verdicts, without_answer = await scorer.score(asked)
    assert without_answer.reward == 0.0
    for case, verdict in zip(cases, verdicts, strict=True):
        assert verdict.status is Status.SCORED
        assert verdict.reward is not None
        at_least, at_most = {
            "reward_full": (0.999, 1.0),
            "reward_below": (0.0, 0.998),
            "reward_at_most_0.35": (0.0, 0.35),
        }[case["must"]]
        assert at_least <= verdict.reward <= at_most, case["id"]
