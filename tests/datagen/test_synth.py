"""The command itself, with the real tools: what it writes, says and returns."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from datagen.categories import CATEGORIES
from datagen.cli import main
from datagen.journal import Journal
from rewardsvc.tasks import read_tasks
from rewardsvc.verification.given import given_files

NO_TERRAFORM = {
    category: ",".join(
        topic.name for topic in CATEGORIES[category].taught if topic.format != "terraform"
    )
    for category in ("mlops", "kubernetes", "docker", "cicd", "cloudformation")
}
"""Terraform has a test of its own, for machines without its provider; charts and overlays, whose
mutants are rendered one by one, have one for a topic of each, and playbooks, which take Ansible a
second each, one pair of each."""


def synth(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["synth", *arguments])


@pytest.mark.parametrize("category", NO_TERRAFORM)
def test_the_tools_accept_every_reference(category: str, tmp_path: Path) -> None:
    topics = NO_TERRAFORM[category]
    count = 3 * len(topics.split(","))
    result = synth(
        "--category", category, "--topics", topics, "--count", str(count), "--out", str(tmp_path)
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{tmp_path / 'tasks.jsonl'}\n"
    assert not (tmp_path / "rejected.jsonl").read_text()
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    assert set(Counter(row.provenance["topic"] for row in rows).values()) == {3}
    assert {row.category for row in rows} == {category}
    assert Counter(row.split for row in rows)["test"] == len(topics.split(","))
    for (verdict,) in sqlite3.connect(tmp_path / ".state" / "journal.sqlite3").execute(
        "SELECT result FROM results WHERE stage = 'verify'"
    ):
        assert json.loads(verdict)["reward"] == 1.0  # the habits that format rewards, too


def test_the_tools_accept_a_playbook_of_every_topic(tmp_path: Path) -> None:
    topics = CATEGORIES["ansible"].topics
    options = ["--count", str(len(topics)), "--seed", "5", "--out", str(tmp_path)]
    result = synth("--category", "ansible", *options)
    assert result.exit_code == 0, result.stderr
    assert not (tmp_path / "rejected.jsonl").read_text()
    rows = list(read_tasks(tmp_path / "tasks.jsonl"))
    assert {row.provenance["topic"] for row in rows} == {topic.name for topic in topics}


@pytest.mark.parametrize(
    ("category", "topic"), [("helm", "helm-migration-hook"), ("kustomize", "kustomize-component")]
)
def test_what_is_given_and_several_files_are_in_the_rows(
    category: str, topic: str, tmp_path: Path
) -> None:
    options = ["--topics", topic, "--count", "1", "--seed", "7", "--out", str(tmp_path)]
    assert synth("--category", category, *options).exit_code == 0
    assert not (tmp_path / "rejected.jsonl").read_text()
    for row in read_tasks(tmp_path / "tasks.jsonl"):
        given = given_files(row.input)
        assert given.keys() & {"Chart.yaml", "base/kustomization.yaml"}
        assert given.keys().isdisjoint(row.files)
        assert all(f"path={path}\n" in row.output for path in row.files)


def test_the_card_says_what_is_in_the_data_set(tmp_path: Path) -> None:
    synth("--category", "docker", "--count", "12", "--out", str(tmp_path))
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("# docker: 12 verified instruction pairs\n")
    assert "| topic | format | train |\n" in card and "| go-static | dockerfile | 2 |\n" in card
    assert "12 of 12 (100%)" in card
    assert "Apache License 2.0" in card
    assert json.loads(card.partition("```json\n")[2].rpartition("```")[0])["category"] == "docker"


def test_rows_hold_no_times_dates_or_paths(tmp_path: Path) -> None:
    synth("--category", "docker", "--count", "6", "--out", str(tmp_path))
    text = (tmp_path / "tasks.jsonl").read_text()
    assert str(tmp_path) not in text
    assert time.strftime("%Y-%m-%d") not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--category", "cooking"],
            "'ansible', 'bash', 'cicd', 'cloudformation', 'docker', 'helm', 'kubernetes'",
        ),
        ([], "Missing option '--category'"),
        (["--category", "docker", "--count", "0"], "--count"),
        (["--category", "docker", "--topics", "go-static,rust"], "rust; docker has"),
        (["--category", "docker", "--topics", ","], "none named"),
        (["--category", "docker", "--teacher", "gemini:x"], "use openai:MODEL"),
        (["--category", "docker", "--teacher", "openai:"], "names no model"),
    ],
)
def test_wrong_usage_is_named_and_ends_with_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    result = synth(*arguments, "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("named", ["flag", "variable"])
def test_a_wrong_setting_is_named_with_its_file_and_line(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = tmp_path / "assay.toml"
    toml.write_text("workers = 2\nteacher_tokens_per_minutes = 5\n")
    if named == "variable":
        monkeypatch.setenv("ASSAY_CONFIG", str(toml))
    before = ["--config", str(toml)] if named == "flag" else []
    command = [*before, "synth", "--category", "docker", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert f"{toml}: setting teacher_tokens_per_minutes: there is none" in result.stderr
    assert "did you mean 'teacher_tokens_per_minute'? (at line 2)" in result.stderr


def test_another_seed_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    common = ["--category", "kubernetes", "--count", "4", "--out", str(tmp_path)]
    assert synth(*common).exit_code == 0
    before = (tmp_path / "tasks.jsonl").read_bytes()
    result = synth(*common, "--seed", "1")
    assert result.exit_code == 2
    assert "seed was 0, now 1" in result.stderr
    assert (tmp_path / "tasks.jsonl").read_bytes() == before


def test_a_folder_from_before_there_was_a_taxonomy_goes_on_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    out = tmp_path / "out"
    with Journal(out, {"category": "docker", "teacher": "openai:m", "seed": 0}):
        pass
    command = ["--category", "docker", "--teacher", "openai:m", "--out", str(out)]
    refused, taken = synth(*command), synth(*command, "--no-taxonomy")
    assert "taxonomy was not set" in refused.stderr
    assert "another configuration" not in taken.stderr and "OPENAI_API_KEY" in taken.stderr


def test_a_server_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_CONNECT_TIMEOUT_SECONDS", "0.5")
    result = synth(
        "--category", "docker", "--count", "1", "--out", str(tmp_path), "--server", "127.0.0.1:9"
    )
    assert result.exit_code == 1
    assert "127.0.0.1:9" in result.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = synth("--category", "docker", "--out", str(tmp_path / "file" / "x"))
    assert result.exit_code == 1
    assert "cannot be opened" in result.stderr


def test_topics_are_listed() -> None:
    result = CliRunner().invoke(main, ["topics", "--category", "mlops"])
    assert result.exit_code == 0
    assert "mlops\tray-cluster\tkubernetes\n" in result.stdout
    assert "terraform\ts3" not in result.stdout


def _decided(journal: Path) -> int:
    """How many candidates a run has decided so far."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as opened:
            query = "SELECT count(*) FROM results WHERE stage = 'strength'"
            return int(opened.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # not there yet, or being written
        return 0


def test_an_interrupted_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    command = [
        sys.executable, "-c", "from datagen.cli import main; main()", "synth",
        "--category", "kubernetes", "--count", "80", "--seed", "7", "--out",
    ]  # fmt: skip
    journal = tmp_path / "a" / ".state" / "journal.sqlite3"
    process = subprocess.Popen(
        [*command, str(tmp_path / "a")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if _decided(journal) >= 8:
            process.send_signal(signal.SIGINT)
            break
        time.sleep(0.01)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "run the same command again to go on" in stderr
    assert not (tmp_path / "a" / "tasks.jsonl").exists()
    for folder in ("a", "b"):
        subprocess.run(
            [*command, str(tmp_path / folder)], check=True, capture_output=True, timeout=120
        )
    first, second = ((tmp_path / name / "tasks.jsonl").read_bytes() for name in ("a", "b"))
    assert first == second
    assert first.count(b"\n") == 80
