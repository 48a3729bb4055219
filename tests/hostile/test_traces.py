"""What the traces tell apart: a probe that came meanwhile, and a box that was left behind."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base import Service
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.folder import held_folder
from sandbox.probe import Probe
from tests.hostile.traces import Traces, settled, traces


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """In /tmp itself: pytest's own folders are private."""
    with tempfile.TemporaryDirectory(prefix="traces-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


async def test_a_probe_is_counted_apart_and_a_box_left_behind_is_not(temporary: Path) -> None:
    def now() -> Traces:
        return traces(os.getpid(), temporary)

    async with BubblewrapSandbox() as sandbox, Probe(sandbox) as probe:
        before = now()
        await probe.pace()
        with_probe = await settled(now)
        assert (with_probe.probes, with_probe.beyond(before)) == (1, {})
        with held_folder("left") as folder:
            place = folder / "box"
            place.mkdir()
            box = await sandbox.start(Service("left", ("/bin/sleep", "600"), place))
            try:
                left = (await settled(now)).beyond(before)
            finally:
                await box.stop()
    assert {name.rpartition("/")[2] for name in left["children"]} == {"sleep"}
    assert (left["children"].total(), left["files"].total()) == (3, 3)
