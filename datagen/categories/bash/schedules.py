"""Bash, schedules: a crontab is to have one entry for a command, and no other."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.categories.bash.pieces import (
    ScriptCase,
    alone,
    exits_with,
    hidden,
    lines,
    prints,
    shown,
    writes,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS


@dataclass(frozen=True, slots=True)
class CronEntry:
    """A command and its schedule."""

    crontab: str
    command: str
    schedule: str
    added: str
    replaced: str
    data: int


def _sample(rng: Random) -> CronEntry:
    return CronEntry(
        crontab=rng.choice(("crontab", "etc/crontab.txt", "cron/root", "spool/app")),
        command=f"/opt/{rng.choice(DOMAINS)}/"
        f"{rng.choice(('backup', 'cleanup', 'sync', 'report', 'renew'))}.sh",
        schedule=f"{rng.choice((5, 15, 25, 35, 45))} {rng.randint(1, 5)} * * "
        f"{rng.choice(('*', '0', '1-5', '6'))}",
        added=rng.choice(("added", "new", "installed")),
        replaced=rng.choice(("replaced", "updated", "changed")),
        data=rng.randrange(10**6),
    )


def _case(s: CronEntry, number: int) -> ScriptCase:
    """There are two entries of it; there is none; there is one, and it is right already."""
    rng = Random(f"{s.data}/{number}")

    def when() -> str:
        return f"{rng.randint(10, 59)} {rng.randint(6, 23)} * * *"

    others = [
        f"# {s.command} runs at night",
        f"{when()} /opt/{rng.choice(DOMAINS)}/check.sh",
        f"{when()} {s.command}.old",
        f"#{when()} {s.command}",
        f"{when()} /usr/bin/env {s.command}",
    ]
    own = {
        0: [f"{when()} {s.command}", f"{when()} {s.command} --quiet"],
        1: [],
        2: [f"{s.schedule} {s.command}"],
    }[number]
    entries = [*others]
    for each in own:
        entries.insert(rng.randint(1, len(entries) - 1), each)
    stay = [each for each in entries if each not in own]
    return ScriptCase(
        files={s.crontab: lines(entries)},
        stdout=f"{s.replaced} {len(own)}\n" if own else f"{s.added}\n",
        written={s.crontab: lines([*stay, f"{s.schedule} {s.command}"])},
    )


def _brief(s: CronEntry) -> Brief:
    case = _case(s, 0)
    entry = f"{s.schedule} {s.command}"
    return Brief(
        need(
            f"Bash script that puts the entry {lit(entry)} into {lit(s.crontab)}",
            f"a Bash script that makes {lit(entry)} the only entry for its command in the crontab"
            f" {lit(s.crontab)}",
            f"a bash script that edits the file {lit(s.crontab)}, a user's crontab, so that"
            f" {lit(entry)} is its one entry for that command",
            pins=writes(case),
        ),
        (
            need(
                "entries of the command, whose sixth field is it, go, whatever their schedule and"
                " arguments; the new one is the last line",
                "Every entry whose sixth field is the command is removed, whatever its schedule or"
                " arguments, and the new entry becomes the last line",
                "Remove the entries that have the command as their sixth field, with whatever"
                " schedule and arguments, and append the new one",
            ),
            need(
                "comments and all other lines stay as they are, in their order",
                "Comments and all other entries stay, in the same order",
                "Leave comments and other entries as and where they are",
            ),
            need(
                f"prints {lit(s.added)} if there was none, else {lit(f'{s.replaced} N')} for N"
                f" removed ones",
                f"It prints {lit(s.added)} where there was no such entry, and otherwise"
                f" {lit(f'{s.replaced} N')}, N being how many were removed",
                f"Output: {lit(s.added)} without an entry before, {lit(f'{s.replaced} N')} after"
                f" removing N",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            need(
                "nothing else is left in the folder",
                "No other file may be left behind",
                pins=[alone(case)],
            ),
        ),
    )


def _answer(s: CronEntry) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

crontab="{s.crontab}"
command="{s.command}"

rest=$(awk -v command="$command" '$6 != command || /^#/' "$crontab")
count=$(awk -v command="$command" '$6 == command && !/^#/' "$crontab" | wc -l)
printf '%s\\n' "$rest" "{s.schedule} $command" > "$crontab"

if [ "$count" -eq 0 ]; then
  echo "{s.added}"
else
  echo "{s.replaced} $count"
fi
"""


TOPIC = Topic(
    name="crontab-entry",
    format="bash",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    given=shown(_case),
    given_label="text",
    fixtures=hidden(_case),
)
