"""A format, a category and a topic that are added to a copy of the checkout as CONTRIBUTING.md and
its pages say: their files, the lines that the pages name, and the commands that they tell. Nothing
else is touched, and everything knows them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("sandbox", "rewardsvc", "datagen", "rl", "protos", "tests", "examples", "docs")

COPIES = ("cp ", "mkdir ")
"""What begins a command that brings the files; the lines of the registries come after it."""

_AFTER = 'FormatNeeds("dockerfile", needs=("hadolint", "bubblewrap")),'
DOTENV: Mapping[str, Mapping[str, str]] = {
    "rewardsvc/formats/__init__.py": {"    dockerfile,\n": "    dockerfile,\n    dotenv,\n"},
    "sandbox/toolchain/table.py": {
        f"    {_AFTER}\n": f'    {_AFTER}\n    FormatNeeds("dotenv", needs=()),\n'
    },
}
_BEFORE = "from datagen.topic import"
SITES: Mapping[str, Mapping[str, str]] = {
    "datagen/categories/__init__.py": {
        _BEFORE: f"from datagen.categories import sites\n{_BEFORE}",
        "for module in (": "for module in (sites, ",
    },
}
REDIS: Mapping[str, Mapping[str, str]] = {
    "datagen/categories/mlops/__init__.py": {
        _BEFORE: f"from datagen.categories.mlops import redis\n{_BEFORE}",
        "topics=(\n": "topics=(\n        redis.TOPIC,\n",
    },
}
"""Files, and what a contributor writes in them in place of what."""


def section(page: str, heading: str = "") -> str:
    """What a page says below a heading; all of it without one."""
    text = (ROOT / page).read_text()
    return text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0] if heading else text


def commands(text: str) -> list[str]:
    """Its blocks that have no language."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for label, block in blocks if not label]


def sample(text: str) -> str:
    """Its first block of Python."""
    return text.split("```python\n", 1)[1].split("```\n", 1)[0]


PAGES = (
    ("CONTRIBUTING.md", "## Adding a check"),
    ("CONTRIBUTING.md", "## Adding a category of data"),
    ("docs/adding-a-format.md", ""),
    ("docs/adding-a-category.md", ""),
)
"""Pages with commands, and the headings that these stand below."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with the format ``dotenv``, the category ``sites`` and the topic ``redis``."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / ".venv").symlink_to(sys.prefix)
    for page in PAGES:
        for command in commands(section(*page)):
            if command.startswith(COPIES):
                run(root, command)
    topic = sample(section("docs/adding-a-category.md"))
    (root / "datagen/categories/mlops/redis.py").write_text(topic)
    for lines in (DOTENV, SITES, REDIS):
        for path, replaced in lines.items():
            write(root / path, replaced)
    return root


def write(file: Path, replaced: Mapping[str, str]) -> None:
    """Put the new lines in."""
    text = file.read_text()
    for old, new in replaced.items():
        assert old in text, f"{file}: {old!r}"
        text = text.replace(old, new)
    file.write_text(text)


def run(root: Path, command: str) -> str:
    """What a command prints in that checkout."""
    own = {
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "protos")]),
        "PYTEST_ADDOPTS": "-q -p no:cacheprovider",
        "ASSAY_CACHE": "false",
        "ASSAY_TOOLS": str(ROOT / ".tools"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=root,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize(("page", "heading"), PAGES)
def test_what_a_page_tells_to_run_works(page: str, heading: str, checkout: Path) -> None:
    for command in commands(section(page, heading)):
        if not command.startswith(COPIES):
            printed = run(checkout, command)
            assert printed and printed.count(" passed") == command.count("bin/pytest ")


def test_no_list_of_formats_or_categories_is_out_of_date(checkout: Path) -> None:
    """Where tests look at all of the packages, or at what pages and help texts list."""
    run(checkout, ".venv/bin/pytest tests/test_names.py tests/rewardsvc/cli/test_help.py")
    run(checkout, ".venv/bin/pytest tests/test_examples.py -k docstrings")


def test_its_words_are_a_tasks_checks(checkout: Path) -> None:
    request = (
        '{"task": {"format": "dotenv", "checks": [{"kind": "named", "name": "variable_is",'
        ' "arguments": {"variable": "A", "value": "1"}}]},'
        ' "completion": "```env\\nA=1\\nb=2\\n```"}'
    )
    verdict = run(checkout, f"echo '{request}' | .venv/bin/rewardsvc score -")
    assert '"components": {"syntax": 1.0, "correctness": 1.0, "format": 0.8333}' in verdict
