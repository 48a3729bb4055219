"""Bash, rotation: a log that has grown too long becomes the first of a few old ones."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    lines,
    prints,
    removes,
    shown,
    writes,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ROLES


@dataclass(frozen=True, slots=True)
class Rotation:
    """A log, from how many lines on it is rotated, and how many old ones are kept."""

    log: str
    limit: int
    keep: int
    done: str
    idle: str
    data: int


def _sample(rng: Random) -> Rotation:
    return Rotation(
        log=f"{rng.choice(DOMAINS)}-{rng.choice(ROLES)}.log",
        limit=rng.choice((3, 4, 5, 6, 7)),
        keep=rng.choice((2, 3, 4)),
        done=rng.choice(("rotated", "moved", "shifted", "turned")),
        idle=rng.choice(("nothing to do", "still short", "not yet", "left alone")),
        data=rng.randrange(10**6),
    )


def _case(s: Rotation, number: int) -> ScriptCase:
    """One with room for another old log; one that is just short enough; one that is full."""
    rng = Random(f"{s.data}/{number}")

    def text(count: int) -> str:
        return lines([f"{rng.randint(1000, 9999)} {rng.choice(DOMAINS)}" for _ in range(count)])

    length = s.limit if number == 1 else s.limit + 1
    old = {0: s.keep - 1, 1: s.keep, 2: s.keep}[number]
    files = {s.log: text(length)}
    files |= {f"{s.log}.{each}": text(2) for each in range(1, old + 1)}
    if length <= s.limit:
        return ScriptCase(files=files, stdout=f"{s.idle}\n")
    written = {s.log: "", f"{s.log}.1": files[s.log]}
    written |= {
        f"{s.log}.{each + 1}": files[f"{s.log}.{each}"] for each in range(1, min(old + 1, s.keep))
    }
    return ScriptCase(
        files=files,
        stdout=f"{s.done} {s.log}\n",
        written=written,
        gone=(f"{s.log}.{s.keep + 1}",),
    )


def _brief(s: Rotation) -> Brief:
    case = _case(s, 0)
    return Brief(
        need(
            f"Bash script that rotates {lit(s.log)} and keeps {num(s.keep)} old logs",
            f"a Bash script that rotates {lit(s.log)} and keeps {num(s.keep)} old logs",
            f"a bash script for the rotation of {lit(s.log)} with {num(s.keep)} old logs kept",
            pins=[removes(case)],
        ),
        (
            need(
                f"only if it has more than {num(s.limit)} lines; otherwise prints {lit(s.idle)} and"
                f" changes nothing",
                f"It rotates only a log of more than {num(s.limit)} lines; of a shorter one it"
                f" says {lit(s.idle)} and changes nothing",
                f"With {num(s.limit)} lines or fewer in the log it prints {lit(s.idle)} and leaves"
                f" everything as it is",
            ),
            need(
                f"{lit(f'{s.log}.1')} is the newest, each old one moves up by one, the oldest"
                f" beyond {num(s.keep)} is lost",
                f"The log becomes {lit(f'{s.log}.1')}, {lit('.1')} becomes {lit('.2')} and so on;"
                f" what would be beyond number {num(s.keep)} is lost",
                f"Old logs are numbered from {lit(f'{s.log}.1')}, the newest, and each rotation"
                f" moves them up by one; there is never a number above {num(s.keep)}",
                pins=writes(case, *(path for path in case.written if path != s.log)),
            ),
            need(
                f"then {lit(s.log)} is there again, empty",
                f"Afterwards there is a new and empty {lit(s.log)}",
                f"A new {lit(s.log)} without any line takes its place",
                pins=writes(case, s.log),
            ),
            need(
                f"prints {lit(f'{s.done} {s.log}')}",
                f"It prints {lit(f'{s.done} {s.log}')} when it has rotated",
                f"Having rotated, it says {lit(f'{s.done} {s.log}')}",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                "exit code 0 either way",
                "Either way it exits with 0",
                "The exit code is 0 in both cases",
            ),
        ),
    )


def _answer(s: Rotation) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

log={s.log}
keep={s.keep}

if [ "$(wc -l < "$log")" -le {s.limit} ]; then
  echo "{s.idle}"
  exit 0
fi

for ((number = keep - 1; number >= 1; number--)); do
  if [ -f "$log.$number" ]; then
    mv "$log.$number" "$log.$((number + 1))"
  fi
done
mv "$log" "$log.1"
: > "$log"
echo "{s.done} $log"
"""


TOPIC = Topic(
    name="log-rotation",
    format="bash",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    given=shown(_case),
    given_label="text",
    fixtures=hidden(_case),
)
