"""Prints what Terraform reads of a configuration: ``fingerprint.py FOLDER FILE [STALE …]``.

Run inside a box by a bare Python, before an apply and after it: what an apply writes, and the
provisioners that it runs, could give the second plan another configuration, or other providers. A
line for each file is its digest and its name: of the configuration and its variables, of what
``init`` installed, and of FILE. What is STALE is removed: it is made anew by the steps that follow.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

_ENDINGS = (".tf", ".tf.json", ".tfvars", ".tfvars.json", ".terraform.lock.hcl")


def _line(path: Path) -> str:
    if path.is_symlink():  # to a provider of the mirror, which cannot be written
        content = b"link " + os.fsencode(path.readlink())
    else:
        content = b"file " + path.read_bytes() if path.is_file() else b"other"
    return f"{hashlib.sha256(content).hexdigest()} {ascii(str(path))[1:-1]}"


def _read_by_terraform(folder: str) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        installed = ".terraform" in at.split("/")
        for name in (*folders, *names):
            path = Path(at, name)
            if installed or name.endswith(_ENDINGS) or (name in folders and path.is_symlink()):
                yield path


def _main(folder: str, file: str, *stale: str) -> None:
    for path in (*_read_by_terraform(folder), Path(file)):
        print(_line(path))
    for path in map(Path, stale):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
