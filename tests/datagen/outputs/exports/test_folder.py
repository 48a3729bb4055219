"""What is exported is what the libraries read that trainers and hubs use."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from datasets import Dataset, get_dataset_config_names, load_dataset
from trl.data_utils import is_conversational, unpair_preference_dataset

from datagen.cli import main
from datagen.curation import Splitting, rows_in, sides_of
from datagen.outputs.exports.folder import export
from datagen.outputs.exports.settings import Export, FileKind, RowShape
from rewardsvc.preferences import WorseAnswer, with_worse
from rewardsvc.tasks import TaskRow, row_to_json
from rewardsvc.wire.json import request_from_object
from tests.datagen.curation.rows import topic_rows

ROWS = tuple(shape for shape in RowShape if shape is not RowShape.HARBOR)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 rows of two formats; every third knows a worse answer."""
    rows = [
        *topic_rows("docker", "go-static", count=15),
        *topic_rows("kubernetes", "deployment-service", count=15),
    ]
    sides = sides_of(rows, Splitting())
    folder = tmp_path_factory.mktemp("data")
    with (folder / "tasks.jsonl").open("w") as file:
        for place, row in enumerate(rows):
            worse = [] if place % 3 else [WorseAnswer("```\nnothing\n```", 0.0, "no file")]
            provenance = with_worse({**row.provenance, "teacher": "builtin"}, worse)
            written = replace(row, split=sides[row.id].value, provenance=provenance)
            file.write(row_to_json(written) + "\n")
    return folder


@pytest.fixture(scope="module", params=FileKind)
def exported(
    data: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    out = tmp_path_factory.mktemp("export") / "iac"
    export(data, Export(shapes=ROWS, files=request.param), out)
    return out


def test_the_datasets_library_loads_every_shape_and_split(
    data: Path, exported: Path, tmp_path: Path
) -> None:
    rows = {row.id: row for row in rows_in(data)}
    assert get_dataset_config_names(str(exported)) == list(ROWS)

    def loaded(shape: RowShape) -> Dataset:
        return load_dataset(str(exported), shape.value, cache_dir=str(tmp_path))

    alpaca = loaded(RowShape.ALPACA)
    assert {split: len(each) for split, each in alpaca.items()} == {
        "train": 24, "validation": 3, "test": 3,
    }  # fmt: skip
    for split, each in alpaca.items():
        for row in each:
            own = rows[row["id"]]
            assert (row["instruction"], row["output"], split) == (
                own.instruction, own.output, own.split,
            )  # fmt: skip

    prompts = loaded(RowShape.RL)["train"]
    for row in prompts:
        asked = request_from_object({"task": json.loads(row["task"]), "completion": "x"})
        assert asked.task == rows[row["id"]].task  # with its checks and means
    sharegpt = loaded(RowShape.SHAREGPT)["train"][0]["conversations"]
    assert [turn["from"] for turn in sharegpt] == ["human", "gpt"]

    # As TRL tells conversational data sets of SFT, DPO, KTO and GRPO from others.
    columns = {
        RowShape.MESSAGES: {"messages"},
        RowShape.PROMPT_COMPLETION: {"prompt", "completion"},
        RowShape.PREFERENCE: {"prompt", "chosen", "rejected"},
        RowShape.UNPAIRED_PREFERENCE: {"prompt", "completion", "label"},
        RowShape.RL: {"prompt"},
    }
    for shape, needed in columns.items():
        train = loaded(shape)["train"]
        assert needed <= set(train.column_names)
        assert is_conversational(train[0])
    pairs = loaded(RowShape.PREFERENCE)["train"].select_columns(["prompt", "chosen", "rejected"])
    unpaired = unpair_preference_dataset(pairs)
    labels = loaded(RowShape.UNPAIRED_PREFERENCE)["train"]["label"]
    assert sum(not label for label in labels) == len(pairs) == len(unpaired) / 2
    assert sum(labels) == 24


def test_mlcroissant_accepts_the_metadata_and_reads_by_it(data: Path, exported: Path) -> None:
    import mlcroissant

    described = mlcroissant.Dataset(jsonld=exported / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    rows = {row.id: row for row in rows_in(data) if row.split == "test"}
    found = {
        record["alpaca-test/id"].decode(): record["alpaca-test/output"].decode()
        for record in described.records("alpaca-test")
    }
    assert found == {id: row.output for id, row in rows.items()}
    (first, *_) = described.records("preference-train")
    keys = ("preference-train/chosen/role", "preference-train/chosen/content")
    assert first["preference-train/chosen"][0][keys[0]] == b"assistant"
    card = (exported / "README.md").read_text()
    assert "no specification is on two sides" in card
    assert card.startswith("---\nlicense: apache-2.0\n")


def test_what_cannot_be_exported_is_said_and_what_is_there_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = TaskRow(id="a", format="bash", instruction="Say hello", provenance={"teacher": "m"})
    (tmp_path / "tasks.jsonl").write_text(row_to_json(row))
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["export", str(tmp_path), *arguments])
        assert ended.value.code == 2
        return " ".join(capsys.readouterr().err.split())

    assert "no export wrote" in run("--out", str(mine))
    assert "preference: no row knows a worse answer" in run(
        "--as", "preference", "--out", str(tmp_path / "new")
    )
    assert sorted(each.name for each in tmp_path.iterdir()) == ["mine", "tasks.jsonl"]

    export(tmp_path, Export(shapes=(RowShape.RL,)), tmp_path / "new")
    export(tmp_path, Export(shapes=(RowShape.RL,), files=FileKind.PARQUET), tmp_path / "new")
    assert {each.name for each in (tmp_path / "new" / "rl").iterdir()} == {"train.parquet"}
    assert "license: other" in (tmp_path / "new" / "README.md").read_text()


def test_each_task_of_harbor_has_its_folder(tmp_path: Path) -> None:
    ids = ("a/b", "a-b", "..", "x" * 300)
    rows = [TaskRow(id=id, format="bash", instruction="Say hello") for id in ids]
    (tmp_path / "tasks.jsonl").write_text("\n".join(map(row_to_json, rows)))
    export(tmp_path, Export(shapes=(RowShape.HARBOR,)), tmp_path / "out")
    folders = list((tmp_path / "out" / "harbor" / "train").iterdir())
    told = {json.loads((each / "tests" / "request.json").read_text())["id"] for each in folders}
    assert told == set(ids)
    assert "a-b" in {each.name for each in folders}


@pytest.fixture
def hub() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that answers an upload as the hub does, and what it was sent."""
    asked: list[tuple[str, bytes]] = []

    class Hub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.path, body))
            here = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            if self.headers.get("Authorization") != "Bearer hf_of_a_test":
                self._answer(401, {"error": "Invalid credentials"})
            elif self.path.endswith("/repos/create"):
                self._answer(200, {"url": f"{here}/datasets/me/iac", "name": "me/iac"})
            elif "/preupload/" in self.path:
                files = [
                    {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for each in json.loads(body)["files"]
                ]
                self._answer(200, {"files": files})
            elif "/commit/" in self.path:
                self._answer(
                    200, {"commitUrl": f"{here}/datasets/me/iac/commit/1", "commitOid": "1"}
                )
            else:
                self._answer(200, {"errors": [], "warnings": []})

        def _answer(self, status: int, value: object) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hub) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


@pytest.mark.parametrize(("token", "code"), [("hf_of_a_test", 0), ("hf_wrong", 1)])
def test_a_push_sends_the_whole_folder_and_a_refusal_is_said(
    data: Path, tmp_path: Path, hub: tuple[str, list[tuple[str, bytes]]], token: str, code: int
) -> None:
    url, asked = hub
    out = tmp_path / "out"
    env = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    env |= {"HF_ENDPOINT": url, "HF_TOKEN": token, "HF_HOME": str(tmp_path / "hf")}
    done = subprocess.run(
        [sys.executable, "-m", "datagen", "export", data, "--out", out, "--push", "me/iac"],
        env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    if code:
        assert "me/iac: cannot be uploaded" in done.stderr
        assert "Traceback" not in done.stderr
        return
    (commit,) = (body for path, body in asked if "/commit/" in path)
    lines = [json.loads(line) for line in commit.splitlines()]
    sent = {
        each["value"]["path"]: base64.b64decode(each["value"]["content"])
        for each in lines
        if each["key"] == "file"
    }
    assert sent == {
        str(each.relative_to(out)): each.read_bytes() for each in out.rglob("*") if each.is_file()
    }
    assert done.stdout.splitlines() == [str(out), f"{url}/datasets/me/iac/commit/1"]
