"""Whether a killed run ends as an undisturbed one: ``python -m benchmarks.kills [--kills N]``.

The starter recipe of ``datagen init`` is run once undisturbed. Then folder after folder it is
killed with SIGKILL five times, each time after a random while (seeded), and run to its end; the
files must have the undisturbed run's bytes. Exit code 1 where they have not.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from datagen.recipe import write_starter

FILES = ("tasks.jsonl", "rejected.jsonl", "README.md", "curation.json")
KILLS_A_FOLDER = 5


def command(recipe: Path, folder: Path) -> list[str]:
    """The command line of a run."""
    program = "from datagen.cli import main; main()"
    return [sys.executable, "-c", program, "run", str(recipe), "--out", str(folder)]


def killed(recipe: Path, folder: Path, seconds: float) -> bool:
    """Run for so long, then kill; whether it was still running."""
    process = subprocess.Popen(
        command(recipe, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def main() -> int:
    """Run it; 1 where a folder differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        recipe, undisturbed = Path(temporary, "recipe.yaml"), Path(temporary, "undisturbed")
        write_starter(recipe)
        began = time.monotonic()
        subprocess.run(command(recipe, undisturbed), check=True, capture_output=True)
        whole = time.monotonic() - began
        kills = different = folders = 0
        while kills < arguments.kills:
            folder = Path(temporary, f"killed-{folders}")
            folders += 1
            for _ in range(KILLS_A_FOLDER):
                kills += killed(recipe, folder, rng.uniform(0.05, whole))
            subprocess.run(command(recipe, folder), check=True, capture_output=True)
            same = all(
                (folder / name).read_bytes() == (undisturbed / name).read_bytes() for name in FILES
            )
            different += not same
            print(f"{folder.name}: {kills} kills so far, {'the same' if same else 'DIFFERENT'}")
    print(f"{kills} kills in {folders} folders, {different} with other bytes")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
