"""A held folder goes with its process, however that ends."""

import subprocess
import sys
from pathlib import Path

from sandbox.folder import held_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from sandbox.folder import held_folder
with held_folder("terraform", Path(sys.argv[1])) as folder:
    (folder / "aws.sock").touch()
    print(folder, flush=True)
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
"""


def test_a_folder_is_there_while_it_is_used(tmp_path: Path) -> None:
    with held_folder("terraform", tmp_path) as folder:
        assert folder.parent == tmp_path
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    with held_folder("terraform", tmp_path) as first, held_folder("terraform", tmp_path) as second:
        assert first != second
        assert first.is_dir()


def test_what_a_killed_process_left_goes_with_the_next_one(tmp_path: Path) -> None:
    for name in ("SIGKILL", "SIGTERM"):
        process = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), name],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        left = Path(process.stdout.strip())
        assert process.returncode < 0
        assert left.is_dir()
        with held_folder("terraform", tmp_path):
            assert not left.exists()


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "assay-terraform-without-a-lock").mkdir()
    (tmp_path / "something").mkdir()
    with held_folder("terraform", tmp_path):
        pass
    assert len(list(tmp_path.iterdir())) == 2
