"""Bash, archives: some files of a tree are packed, proved and removed."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    keeps,
    lines,
    prints,
    removes,
    shown,
    writes,
)
from datagen.pins import documents
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS


@dataclass(frozen=True, slots=True)
class PackedFiles:
    """A folder, which of its files are packed, and where they are unpacked again."""

    folder: str
    ending: str
    archive: str
    listing: str
    proof: str
    data: int


_ENDINGS = ("csv", "log", "bak", "tmp", "old", "dump")


def _sample(rng: Random) -> PackedFiles:
    name = rng.choice(DOMAINS)
    return PackedFiles(
        folder=rng.choice(("reports", "exports", "spool", "incoming", "results")),
        ending=rng.choice(_ENDINGS),
        archive=f"{name}.tar.gz",
        listing=f"{name}.{rng.choice(('list', 'index', 'manifest', 'contents'))}",
        proof=rng.choice(("restored", "proof", "verify", "unpacked")),
        data=rng.randrange(10**6),
    )


def _case(s: PackedFiles, number: int) -> ScriptCase:
    rng = Random(f"{s.data}/{number}")
    names = rng.sample(DOMAINS, 6)
    other = rng.choice([each for each in _ENDINGS if each != s.ending])
    year = rng.randint(2020, 2026)
    packed = [
        f"{s.folder}/{names[0]}.{s.ending}",
        f"{s.folder}/{year}/{names[1]}.{s.ending}",
        f"{s.folder}/{names[2]} {year}.{s.ending}",
    ][: 3 - number % 2]
    kept = [
        f"{s.folder}/{names[3]}.{other}",
        f"{s.folder}/{year}/{names[4]}.{s.ending}.{other}",
        f"{names[5]}.{s.ending}",
    ]
    files = {path: f"{path} {rng.randint(100, 999)}\n" for path in (*packed, *kept)}
    return ScriptCase(
        files=files,
        stdout=f"{len(packed)}\n",
        written={
            s.listing: lines(sorted(packed)),
            **{f"{s.proof}/{path}": files[path] for path in packed},
        },
        gone=tuple(packed),
    )


def _brief(s: PackedFiles) -> Brief:
    case = _case(s, 0)
    unpacked = [path for path in case.written if path != s.listing]
    return Brief(
        need(
            f"Bash script that packs all {lit(f'*.{s.ending}')} below {lit(s.folder)} into"
            f" {lit(s.archive)} (gzip)",
            f"a Bash script that packs every {lit(f'*.{s.ending}')} file below {lit(s.folder)},"
            f" in subfolders too, into the gzipped tar archive {lit(s.archive)}",
            f"a bash script that makes {lit(s.archive)} (tar, gzip) of all"
            f" {lit(f'*.{s.ending}')} files in {lit(s.folder)} and its subfolders",
            pins=[documents(f"contains(keys([0].files), '{s.archive}')")],
        ),
        (
            need(
                f"{lit(s.listing)}: the packed paths as the script sees them, from"
                f" {lit(f'{s.folder}/')} on, sorted",
                f"List the packed paths in {lit(s.listing)}, one a line and sorted, each beginning"
                f" with {lit(f'{s.folder}/')}",
                f"{lit(s.listing)} has their paths, which begin with {lit(f'{s.folder}/')}, sorted"
                f" and one a line",
                pins=writes(case, s.listing),
            ),
            need(
                f"unpacks the archive into {lit(s.proof)} for proof, paths kept",
                f"To prove the archive, unpack it into the new folder {lit(s.proof)}, with the"
                f" same paths below it",
                f"Then unpack it below {lit(s.proof)}, which the script creates; paths stay",
                pins=writes(case, *unpacked),
            ),
            need(
                "removes the packed originals, and only those",
                "Remove the originals that are in the archive, and no other file",
                "What was packed is deleted in its place; everything else stays",
                pins=[removes(case), keeps(case)],
            ),
            need(
                "names may have spaces",
                "Names of files may have spaces in them",
            ),
            need(
                "prints how many files were packed",
                "Print the number of packed files, nothing else",
                "Its output is the number of files in the archive",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
        ),
    )


def _answer(s: PackedFiles) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

find {s.folder} -type f -name '*.{s.ending}' | sort > {s.listing}
tar -czf {s.archive} -T {s.listing}

mkdir -p {s.proof}
tar -xzf {s.archive} -C {s.proof}

while IFS= read -r path; do
  rm -- "$path"
done < {s.listing}
wc -l < {s.listing}
"""


TOPIC = Topic(
    name="packed-files",
    format="bash",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    given=shown(_case),
    given_label="text",
    fixtures=hidden(_case),
)
