"""The libraries that Python answers are built with: a folder apart from our own packages.

``python -m sandbox.toolchain python-libraries`` makes it with pip, in the tools folder, for the
Python that runs us. What an answer imports is looked up in it, and inside a box it is all that an
answer has beside the standard library.
"""

import asyncio
import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from sandbox.errors import ToolchainError
from sandbox.toolchain.model import Source, Tool

NAME = "python-libraries"
INDEX = "index.json"

PINNED = (
    "boto3==1.44.5",
    "kfp==2.17.0",
    "mlflow-skinny==3.17.2",
    "ray[serve]==2.60.0",
    "sagemaker==2.257.7",  # the API that scripts are written for; 3 takes three times the room
)
"""What is asked for; what these need themselves is as pip resolves it, and counts in the digest."""

MISSING = "optional: run `make python-libraries` where the Python package index is reached"


def python_tag() -> str:
    """The Python that the folder is made for ("3.11")."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def find(folder: Path) -> tuple[Tool, str]:
    """The libraries as found, and a digest over the names and versions of all distributions."""
    try:
        stored = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        python, pinned = stored["python"], tuple(stored["pinned"])
    except (OSError, ValueError, KeyError, TypeError):
        return Tool(NAME, "", Source.MISSING, None, MISSING), ""
    if python != python_tag() or pinned != PINNED:
        note = f"made for Python {python} by another version; {MISSING}"
        return Tool(NAME, "", Source.MISSING, None, note), ""
    there = "\n".join([python, *installed(folder)])
    digest = hashlib.sha256(there.encode()).hexdigest()
    return Tool(NAME, python, Source.FETCHED, folder, " ".join(pinned)), digest


def installed(folder: Path) -> list[str]:
    """The distributions in the folder, as ``name-version``, sorted."""
    return sorted(path.name.removesuffix(".dist-info") for path in folder.glob("*.dist-info"))


async def install(folder: Path) -> None:
    """Make the folder, in place of what is there; nothing changes where that fails.

    Raises:
        ToolchainError: pip could not; its last words.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".python-", dir=folder.parent) as scratch:
        made = Path(scratch) / "made"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--no-warn-conflicts", "--target", str(made), *PINNED),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            errors = re.findall(r"^ERROR: (.*)$", output.decode("utf-8", "replace"), re.MULTILINE)
            raise ToolchainError(f"pip: {errors[-1] if errors else output[-300:]!r}")
        index = {"python": python_tag(), "pinned": PINNED}
        (made / INDEX).write_text(json.dumps(index), encoding="utf-8")
        made.chmod(0o755)  # the sandbox's user looks in
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
