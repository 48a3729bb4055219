"""Every name of the public API is at work in an example, and every example works."""

import ast
import doctest
import importlib
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import datagen
import rewardsvc
import rl
from examples import trl_reward
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.types import Check, Means, Target

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PUBLIC = [
    (package.__name__, name) for package in (rewardsvc, datagen, rl) for name in package.__all__
]
GOOD = "```dockerfile\nFROM nginx:1.27.3\nCOPY site/ /srv/\nEXPOSE 8080\nUSER nginx\n```\n"
ROWS = {
    f"site-{number}": TaskRow(
        id=f"site-{number}",
        format="dockerfile",
        instruction="A static site.",
        output=GOOD,
        checks=(Check(on=Target.AST, expr="final.user", expect="nginx", description="user"),),
    )
    for number in range(2)
}
TRL_ROWS = {
    **ROWS,
    "nowhere": replace(ROWS["site-0"], means=Means(libraries=("no_such_library",))),
}
"""The last one asks for what no server has: UNSCORED, whatever the completion."""


def _run(example: str, *arguments: object) -> list[str]:
    """The lines that a script prints."""
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / example, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tasks") / "tasks.jsonl"
    path.write_text("".join(f"{row_to_json(row)}\n" for row in ROWS.values()))
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A reward server's address."""
    said = tmp_path_factory.mktemp("server") / "stderr"
    command = (sys.executable, "-c", "from rewardsvc.cli import main; main()", "serve")
    with said.open("w") as stderr:
        running = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", "--terraform", "cold"], stderr=stderr
        )
    try:
        until = time.monotonic() + 120
        address = ""
        while not address:
            assert running.poll() is None and time.monotonic() < until, said.read_text()
            time.sleep(0.05)
            lines = said.read_text().splitlines()
            address = next((line[11:] for line in lines if line.startswith("serving on ")), "")
        yield address
    finally:
        running.terminate()
        running.wait(60)


def _imported() -> set[tuple[str, str]]:
    """The names that examples take from a package's front door."""
    nodes = [node for path in EXAMPLES for node in ast.walk(ast.parse(path.read_text()))]
    return {
        (node.module or "", alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _doctests(package: str, name: str) -> list[doctest.DocTest]:
    """Those of the name itself, and those of its package that show it."""
    module = importlib.import_module(package)
    own = doctest.DocTestFinder().find(getattr(module, name), name)
    (shared,) = doctest.DocTestFinder(recurse=False).find(module, package)
    shown = any(name in example.source for example in shared.examples)
    return [each for each in (*own, *([shared] if shown else [])) if each.examples]


@pytest.mark.parametrize(("package", "name"), PUBLIC)
def test_each_public_name_has_a_runnable_example(package: str, name: str) -> None:
    assert (package, name) in _imported() or _doctests(package, name)


@pytest.mark.parametrize("package", ["rewardsvc", "datagen", "rl"])
def test_what_docstrings_show_is_so(package: str) -> None:
    module = importlib.import_module(package)
    runner = doctest.DocTestRunner()
    for name in module.__all__:
        for test in _doctests(package, name):
            runner.run(test)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_read_in_a_minute_and_goes_through_the_front_door(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 55
    modules = [n.module or "" for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
    ours = {name for name in modules if name.partition(".")[0] in {"rewardsvc", "datagen", "rl"}}
    assert ours <= {"rewardsvc", "datagen", "rl"}


def test_a_data_set_is_made() -> None:
    done = _run("make_a_data_set.py", 6)
    assert len(done) == 6
    assert {line.split()[1] for line in done} == {"dockerfile", "compose"}


def test_a_completion_is_scored_in_process() -> None:
    reward, *wrong = _run("score_in_process.py")
    assert reward == "0.85: syntax 1.0, correctness 0.5, format 1.0"
    assert wrong == ['checks: exposes 8080: expected ["8080"], found ["80"]']


def test_a_server_is_asked(server: str) -> None:
    right, misspelt = _run("ask_a_server.py", server)
    assert right == "right 1.0"
    assert float(misspelt.removeprefix("misspelt ")) < 0.8


def test_rows_are_read(tasks: Path) -> None:
    first, check, *_, last = _run("read_rows.py", tasks)
    assert (first, check) == (
        "site-0 (dockerfile, ): A static site.",
        "  user: final.user is 'nginx'",
    )
    assert last == "{'dockerfile': 2}"


def test_the_reward_of_rl_is_had_without_training(tasks: Path, tmp_path: Path) -> None:
    log = tmp_path / "rewards.jsonl"
    assert _run("grpo_reward.py", tasks, log) == ["site-0 1.0", "site-1 1.0"]
    assert log.is_file()


def test_trl_asks_for_all_that_a_task_says() -> None:
    row = replace(ROWS["site-0"], input="FROM nginx", files=("a/Dockerfile", "b/Dockerfile"))
    (column,) = trl_reward.prompts({"1": row})
    content = "A static site.\nFROM nginx\na/Dockerfile\nb/Dockerfile"
    assert column == {"prompt": [{"role": "user", "content": content}], "task": "1"}


@pytest.fixture(scope="module")
def trainer(server: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """TRL's own, of a model with random weights, with the example as its reward."""
    from datasets import Dataset
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    from rl.configs.sections import NanoModel
    from rl.models.nano import build

    tiny = NanoModel(kind="nano", layers=1, hidden=32, heads=2)
    model, tokenizer = build(tiny, [("A static site.", GOOD)] * 8, seed=0)
    reward: Any = trl_reward.assay_reward(TRL_ROWS, server)  # TRL declares no async ones
    return GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=[reward],
        train_dataset=Dataset.from_list(trl_reward.prompts(ROWS)),
        args=GRPOConfig(
            output_dir=str(tmp_path_factory.mktemp("trl")),
            per_device_train_batch_size=2,
            num_generations=2,
            max_completion_length=8,
            max_steps=1,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            bf16=False,
        ),
    )


def test_trl_gets_a_reward_for_each_completion_and_none_for_a_fault(trainer: Any) -> None:
    """The method is what TRL's trainer asks its reward functions with."""
    asked = [*trl_reward.prompts(ROWS), trl_reward.prompts(TRL_ROWS)[-1]]
    answers = [[{"role": "assistant", "content": text}] for text in (GOOD, "I do not know.", GOOD)]
    prompts = [row["prompt"] for row in asked]
    rewards = trainer._calculate_rewards(asked, prompts, answers, [[1], [2], [3]])
    first, second, fault = rewards.flatten().tolist()
    assert (first, second) == (1.0, 0.0) and math.isnan(fault)


def test_trl_trains_a_step_on_a_servers_rewards(trainer: Any) -> None:
    assert trainer.train().global_step == 1
    logged = {name for entry in trainer.state.log_history for name in entry}
    assert "rewards/assay/mean" in logged


def test_a_category_of_ones_own_makes_tasks() -> None:
    printed = "\n".join(_run("a_category.py", 7))
    assert "FROM nginx:1.27.3" in printed and "isten on port 8796" in printed


def test_a_model_is_trained_in_three_lines(tmp_path: Path) -> None:
    rows = {f"{name}-{copy}": row for name, row in ROWS.items() for copy in range(8)}
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(
        "".join(f"{row_to_json(replace(row, id=name))}\n" for name, row in rows.items())
    )
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "train_a_model.py", tasks, tmp_path / "model"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model" / "config.json").is_file()
