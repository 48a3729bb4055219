"""A task as a folder of Harbor's: an agent writes files, a reward server judges them.

``instruction.md``, ``task.toml``, ``environment/Dockerfile``, ``tests/test.sh`` and
``solution/solve.sh``, as harbor-framework/harbor documents them. ``tests/score.py`` takes nothing
but Python: it asks the HTTP face of the server at ``ASSAY_URL`` and writes
``/logs/verifier/reward.json`` with the one key ``reward``. An UNSCORED verdict writes no file and
ends with exit code 3: to Harbor that is a verifier that failed, never a reward of 0.
"""

import hashlib
import json
import re
import shlex
from pathlib import Path

from datagen.curation.contents import artifact_of
from rewardsvc.formats import FORMATS
from rewardsvc.tasks import TaskRow
from rewardsvc.wire.json import task_to_json

_IMAGE = "python:3.12-slim"
_WORK = "/app"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

_LONGEST_NAME = 200

_DOCKERFILE = f"""FROM {_IMAGE}
WORKDIR {_WORK}
COPY . {_WORK}/
"""

_TOML = """version = "1.0"

[metadata]
id = {id}
category = {category}
format = {format}

[verifier]
# The address of a reward server's HTTP face, as the verifier reaches it.
env = {{ ASSAY_URL = "${{ASSAY_URL}}" }}
timeout_sec = 300.0
# Where the harness can: an agent that shares the verifier's place could write a reward itself.
environment_mode = "separate"

[agent]
timeout_sec = 900.0
"""

_TEST = """#!/bin/sh
exec python3 "$(dirname "$0")/score.py"
"""

_SCORE = '''"""Scores the files that were written; see task.toml for the server's address."""

import json
import os
import pathlib
import re
import sys
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
WORK = pathlib.Path(os.environ.get("ASSAY_WORK", "/app"))
LOGS = pathlib.Path(os.environ.get("ASSAY_LOGS", "/logs/verifier"))
asked = json.loads((HERE / "request.json").read_text())


def fenced(path, text):
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{asked['fence']} path={path}\\n{text.rstrip()}\\n{fence}\\n"


texts = {}
for path in asked["files"]:
    file = WORK / path
    if file.is_file():
        texts[path] = file.read_text(errors="replace")
completion = "\\n".join(map(fenced, texts, texts.values()))
body = {"id": asked["id"], "task": asked["task"], "completion": completion}
request = urllib.request.Request(
    os.environ["ASSAY_URL"].rstrip("/") + "/v1/score",
    data=json.dumps(body).encode(),
    headers={"Content-Type": "application/json"},
)
if token := os.environ.get("ASSAY_TOKEN"):
    request.add_header("Authorization", f"Bearer {token}")
try:
    with urllib.request.urlopen(request, timeout=280) as answer:
        verdict = json.load(answer)
except (urllib.error.URLError, ValueError, TimeoutError) as error:
    sys.exit(f"the reward server did not answer: {error}")
LOGS.mkdir(parents=True, exist_ok=True)
(LOGS / "verdict.json").write_text(json.dumps(verdict, indent=1))
if verdict["status"] != "SCORED":
    print(f"{verdict['failure_kind']}: {verdict['failure_reason']}", file=sys.stderr)
    sys.exit(3)
(LOGS / "reward.json").write_text(json.dumps({"reward": verdict["reward"]}))
'''


def write_harbor_task(folder: Path, row: TaskRow) -> Path:
    """Write a task below a folder; where. Without a reference it has no ``solution/``."""
    place = folder / _folder_name(row.id)
    format = FORMATS[row.format]
    default = format.verifier.default_path
    files = list(row.files) or [default]
    request = {
        "id": row.id,
        "task": task_to_json(row.task),
        "files": files,
        "fence": format.fence,
    }
    named = ", ".join(f"`{path}`" for path in files)
    given = f"\n\n{row.input}" if row.input else ""
    texts = {
        "instruction.md": f"{row.instruction}{given}\n\nWrite {named} in `{_WORK}`.\n",
        "task.toml": _TOML.format(
            id=json.dumps(row.id),
            category=json.dumps(row.category),
            format=json.dumps(row.format),
        ),
        "environment/Dockerfile": _DOCKERFILE,
        "tests/test.sh": _TEST,
        "tests/score.py": _SCORE,
        "tests/request.json": json.dumps(request, ensure_ascii=False, indent=1),
    }
    if solution := _solution(row, default):
        texts["solution/solve.sh"] = solution
    for path, text in texts.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if path.endswith(".sh"):
            file.chmod(0o755)
    return place


def _folder_name(id: str) -> str:
    """An id as a folder's name; no two ids have one."""
    name = _UNSAFE.sub("-", id).strip(".-")[:_LONGEST_NAME]
    if name == id:
        return name
    return f"{name}-{hashlib.sha256(id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def _solution(row: TaskRow, default: str) -> str:
    """A script that writes the reference's files; "" where there is none."""
    artifact = artifact_of(row)
    if artifact is None:
        return ""
    lines = ["#!/bin/sh", "set -eu", f'cd "${{ASSAY_WORK:-{_WORK}}}"']
    for file in artifact.files:
        path = file.path if row.files else default
        if "/" in path:
            lines.append(f"mkdir -p {shlex.quote(path.rpartition('/')[0])}")
        lines.append(f"printf %s {shlex.quote(file.text)} > {shlex.quote(path)}")
    return "\n".join(lines) + "\n"
