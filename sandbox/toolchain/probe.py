"""Asks a program for its version and hashes it, once for each state of the file on disk."""

import hashlib
import json
import os
import re
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

PROBE_SECONDS = 60.0
"""A version probe takes some ten milliseconds; a program that hangs here is broken. On a machine
that is starved at start, it must not look like one: without its tools a server scores nothing."""

CACHE_FORMAT = 1

PROBE_ENV = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "CHECKPOINT_DISABLE": "1"}
"""Terraform's ``version`` asks its maker for news unless told not to."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What is known of a program. ``version`` is "" where it did not tell; ``fault`` says why."""

    version: str
    sha256: str
    fault: str = ""


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_native(path: Path) -> bool:
    """Whether this is a program that runs alone (ELF), not a script that needs its interpreter.

    A version manager's shim or a wheel's console script would not run inside the sandbox.
    """
    try:
        with path.open("rb") as file:
            return os.access(path, os.X_OK) and file.read(4) == b"\x7fELF"
    except OSError:
        return False


def cache_folder() -> Path:
    """Where the probes are remembered (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "assay"


class Prober:
    """Probes programs and remembers the answer by path, size and modification time."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache if cache is not None else cache_folder() / "probes.json"
        self._known = self._load()
        self._changed = False

    def __call__(self, path: Path, argv: tuple[str, ...], pattern: str) -> Probed:
        """The version and digest of one program; ``fault`` is set where it does not run."""
        real = path.resolve()
        try:
            stat = real.stat()
        except OSError as error:
            return Probed("", "", f"cannot be read: {error.strerror}")
        key = f"{real}|{stat.st_size}|{stat.st_mtime_ns}|{' '.join(argv)}|{pattern}"
        known = self._known.get(key)
        if known is not None:
            return known
        probed = _probe(real, argv, pattern)
        if not probed.fault:
            self._known[key] = probed
            self._changed = True
        return probed

    def save(self) -> None:
        """Write what was learnt; without a writable cache the next probe is only slower."""
        if not self._changed:
            return
        entries = {key: asdict(probed) for key, probed in self._known.items()}
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._cache.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"format": CACHE_FORMAT, "probes": entries}, file)
            Path(name).replace(self._cache)
        except OSError:
            return

    def _load(self) -> dict[str, Probed]:
        try:
            stored = json.loads(self._cache.read_text(encoding="utf-8"))
            if stored["format"] != CACHE_FORMAT:
                return {}
            return {key: Probed(**entry) for key, entry in stored["probes"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}


def _probe(path: Path, argv: tuple[str, ...], pattern: str) -> Probed:
    try:
        done = subprocess.run(
            [path, *argv],
            env=PROBE_ENV,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Probed("", "", f"did not tell its version in {PROBE_SECONDS:.0f} s")
    except OSError as error:
        return Probed("", "", f"does not run: {error.strerror}")
    text = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
    match = re.search(pattern, text, re.MULTILINE)
    if done.returncode != 0 or match is None:
        first = next((line for line in text.splitlines() if line.strip()), "no output")
        return Probed("", "", f"does not run (exit {done.returncode}: {first[:120]})")
    return Probed(match.group(1), file_digest(path))
