"""Bash, files: names that are made uniform, sums that are verified."""

import hashlib
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    keeps,
    leaves_input,
    lines,
    prints,
    removes,
    shown,
    writes,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS


@dataclass(frozen=True, slots=True)
class Renamed:
    """Files of a folder that get another ending, and names without spaces."""

    folder: str
    old: str
    new: str
    separator: str
    skipped: str
    data: int


def _sample_renamed(rng: Random) -> Renamed:
    old, new = rng.choice(
        (("JPEG", "jpg"), ("TXT", "txt"), ("htm", "html"), ("yml", "yaml"), ("CSV", "csv"))
    )
    return Renamed(
        folder=rng.choice(("photos", "upload", "inbox", "scans", "import")),
        old=old,
        new=new,
        separator=rng.choice(("-", "_")),
        skipped=rng.choice(("skipped", "exists", "kept", "taken")),
        data=rng.randrange(10**6),
    )


def _renamed_case(s: Renamed, number: int) -> ScriptCase:
    """In the second one no name is taken."""
    rng = Random(f"{s.data}/{number}")
    names = rng.sample(DOMAINS, 7)
    year = rng.randint(2019, 2026)
    moved = [f"{names[0]}", f"{names[1]} {year}", f"{names[2]} {names[3]} {year}"]
    stays = f"{names[4]} {year}"
    files = {f"{s.folder}/{each}.{s.old}": f"{each}\n" for each in (*moved, stays)}
    written = {
        f"{s.folder}/{each.replace(' ', s.separator)}.{s.new}": f"{each}\n" for each in moved
    }
    gone = [f"{s.folder}/{each}.{s.old}" for each in moved]
    taken = f"{s.folder}/{stays.replace(' ', s.separator)}.{s.new}"
    if number == 1:
        written[taken] = files[f"{s.folder}/{stays}.{s.old}"]
        gone.append(f"{s.folder}/{stays}.{s.old}")
    else:
        files[taken] = "was here before\n"
    files[f"{s.folder}/{names[5]}.{s.old}.bak"] = "another ending\n"
    files[f"{s.folder}/sub/{names[6]}.{s.old}"] = "in a subfolder\n"
    return ScriptCase(
        files=files,
        stdout=f"{s.skipped} {stays}.{s.old}\n" if number != 1 else "",
        written=written,
        gone=tuple(gone),
        exit_code=0 if number == 1 else 1,
    )


def _renamed_brief(s: Renamed) -> Brief:
    case = _renamed_case(s, 0)
    spaces = {"-": "hyphens", "_": "underscores"}[s.separator]
    return Brief(
        need(
            f"Bash script that renames {lit(f'*.{s.old}')} in {lit(s.folder)} to"
            f" {lit(f'*.{s.new}')}",
            f"a Bash script that renames the files {lit(f'*.{s.old}')} in the folder"
            f" {lit(s.folder)} to {lit(f'*.{s.new}')}",
            f"a bash script which turns every {lit(f'*.{s.old}')} in {lit(s.folder)} into a"
            f" {lit(f'*.{s.new}')}",
            pins=writes(case),
        ),
        (
            need(
                f"spaces in names become {spaces} ({lit(s.separator)})",
                f"Each space in a name becomes {lit(s.separator)}, so that there are {spaces}"
                f" instead",
                f"Replace all spaces in the names by {spaces}, {lit(s.separator)}",
            ),
            need(
                "the old names are gone; files with other endings and subfolders stay",
                "Nothing is left under the old names; other endings and subfolders are not touched",
                "Move, do not copy, and leave subfolders and files with other endings alone",
                pins=[removes(case), keeps(case)],
            ),
            need(
                f"a file whose new name is taken stays, and {lit(f'{s.skipped} NAME')} is printed"
                f" with its old name without the folder",
                f"Never overwrite: where the new name is taken the file stays, and"
                f" {lit(f'{s.skipped} NAME')} is printed, NAME being its old name without the"
                f" folder",
                f"If there is a file of the new name already, leave both and print"
                f" {lit(f'{s.skipped} NAME')} (the old name, no folder); print nothing else",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                "exit code 1 if any stays so, else 0",
                "It exits with 1 if that happened, otherwise with 0",
                "The exit code is 1 where a name was taken, else 0",
            ),
        ),
    )


def _renamed_answer(s: Renamed) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

code=0
for path in {s.folder}/*.{s.old}; do
  name=$(basename "$path" .{s.old})
  target={s.folder}/${{name// /{s.separator}}}.{s.new}
  if [ -e "$target" ]; then
    echo "{s.skipped} $name.{s.old}"
    code=1
  else
    mv -- "$path" "$target"
  fi
done
exit "$code"
"""


RENAMED = Topic(
    name="renamed-files",
    format="bash",
    sample=_sample_renamed,
    brief=_renamed_brief,
    answer=_renamed_answer,
    given=shown(_renamed_case),
    given_label="text",
    fixtures=hidden(_renamed_case),
)


@dataclass(frozen=True, slots=True)
class Checksums:
    """Files with their SHA-256 sums, some of which are not as they should be."""

    sums: str
    bad: str
    missing: str
    report: str
    code: int
    data: int


def _sample_checksums(rng: Random) -> Checksums:
    return Checksums(
        sums=rng.choice(("SHA256SUMS", "checksums.txt", "sha256sums.txt", "release.sha256")),
        bad=rng.choice(("bad", "changed", "corrupt", "wrong")),
        missing=rng.choice(("missing", "absent", "lost", "gone")),
        report=rng.choice(("report.txt", "verify.txt", "result.txt", "audit.txt")),
        code=rng.choice((1, 2, 3, 4)),
        data=rng.randrange(10**6),
    )


def _checksums_case(s: Checksums, number: int) -> ScriptCase:
    """Three are not right; all are; one is not."""
    rng = Random(f"{s.data}/{number}")
    names = [f"dist/{name}-{rng.randint(1, 9)}.txt" for name in rng.sample(DOMAINS, 5)]
    names.sort(reverse=True)
    files = {name: f"{name} {rng.randint(1000, 9999)}\n" for name in names}
    sums = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    states = {}
    if number != 1:
        states = {names[0]: s.bad, names[2]: s.missing, names[4]: s.bad}
        if number == 2:
            states = {names[4]: s.bad}
        for name, state in states.items():
            if state == s.bad:
                files[name] += "more\n"
            else:
                del files[name]
    files["dist/unlisted.txt"] = "not in the list\n"
    files[s.sums] = lines([f"{sums[name]}  {name}" for name in names])
    return ScriptCase(
        files=files,
        stdout=f"{len(names) - len(states)} of {len(names)} ok\n",
        written={s.report: lines([f"{states[name]} {name}" for name in sorted(states)])},
        exit_code=s.code if states else 0,
    )


def _checksums_brief(s: Checksums) -> Brief:
    case = _checksums_case(s, 0)
    return Brief(
        need(
            f"Bash script that verifies the files of {lit(s.sums)}",
            f"a Bash script that verifies the files which {lit(s.sums)} lists, in the form that"
            f" {lit('sha256sum')} writes",
            f"a bash script that holds files against their SHA-256 sums in {lit(s.sums)} (as"
            f" {lit('sha256sum')} writes them)",
        ),
        (
            need(
                f"{lit(s.report)}: {lit(f'{s.bad} PATH')} for another sum,"
                f" {lit(f'{s.missing} PATH')} for a file that is not there, sorted by path; empty"
                f" where all is well",
                f"{lit(s.report)} has {lit(f'{s.bad} PATH')} for each file with another sum and"
                f" {lit(f'{s.missing} PATH')} for each that is not there, in the order of their"
                f" paths; it is empty where all is well",
                f"Write {lit(f'{s.bad} PATH')} or, where there is no such file,"
                f" {lit(f'{s.missing} PATH')} to {lit(s.report)} for what does not hold, sorted by"
                f" path; with nothing to say the file is empty",
                pins=writes(case),
            ),
            need(
                f"prints {lit('N of M ok')}: how many of how many listed files are right",
                f"Print {lit('N of M ok')}, where N of the M listed files are as they should be",
                f"Its output is {lit('N of M ok')}: M files are listed, N of them are right",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                f"exit code {num(s.code)} unless all are right, then 0",
                f"It exits with 0 if all are right, otherwise with {num(s.code)}",
                f"The exit code is {num(s.code)} where anything is wrong, else 0",
            ),
            leaves_input(case),
        ),
    )


def _checksums_answer(s: Checksums) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

while read -r expected path; do
  if [ ! -e "$path" ]; then
    echo "{s.missing} $path"
  elif [ "$(sha256sum < "$path")" != "$expected  -" ]; then
    echo "{s.bad} $path"
  fi
done < {s.sums} | sort -k2 > {s.report}

listed=$(wc -l < {s.sums})
wrong=$(wc -l < {s.report})
echo "$((listed - wrong)) of $listed ok"
if [ "$wrong" -gt 0 ]; then
  exit {s.code}
fi
"""


CHECKSUMS = Topic(
    name="verified-checksums",
    format="bash",
    sample=_sample_checksums,
    brief=_checksums_brief,
    answer=_checksums_answer,
    given=shown(_checksums_case),
    given_label="text",
    fixtures=hidden(_checksums_case),
    bench_only=True,
)
