"""Bash, logs: lines of a level by file, the clients that see most errors."""

from collections import Counter
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    leaves_input,
    lines,
    prints,
    shown,
    writes,
)
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, ROLES

_LEVELS = ("ERROR", "WARN", "FATAL", "DEBUG", "TRACE")
_MESSAGES = (
    "connection refused", "retry after {level}", "cache miss", "token expired", "slow query",
    "{level} of upstream repeated", "queue drained", "payload too large",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """How many lines of a level each log of a folder has."""

    folder: str
    level: str
    report: str
    word: str
    data: int


def _sample_levels(rng: Random) -> LevelCounts:
    return LevelCounts(
        folder=rng.choice(("logs", "var/log", "log", "out/logs", "journal")),
        level=rng.choice(_LEVELS),
        report=rng.choice(("report.txt", "levels.txt", "summary.txt", "counts.txt", "by-file.txt")),
        word=rng.choice(("total", "sum", "all", "lines", "found")),
        data=rng.randrange(10**6),
    )


def _levels_case(s: LevelCounts, number: int) -> ScriptCase:
    rng = Random(f"{s.data}/{number}")
    names = sorted(rng.sample(DOMAINS, 4))
    counts = dict(zip(names, [*rng.sample((1, 2, 2, 3, 4), 3), 0], strict=True))
    # By name would be another order than by count.
    ordered = sorted(counts.values())
    counts = dict(zip(names, ordered, strict=True))
    found = {}
    for name, count in counts.items():
        levels = [s.level] * count + rng.choices([each for each in _LEVELS if each != s.level], k=2)
        rng.shuffle(levels)
        found[f"{s.folder}/{name}.log"] = lines(
            [
                f"2026-03-{rng.randint(10, 28)}T{rng.randint(10, 23)}:{rng.randint(10, 59)}:00"
                f" {level} {rng.choice(_MESSAGES).format(level=s.level)}"
                for level in levels
            ]
        )
    found[f"{s.folder}/notes.txt"] = f"2026-03-01T10:00:00 {s.level} of another kind\n"
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return ScriptCase(
        files=found,
        stdout=f"{s.word}: {sum(counts.values())}\n",
        written={s.report: lines([f"{name}.log {counts[name]}" for name in ranked])},
    )


def _levels_brief(s: LevelCounts) -> Brief:
    case = _levels_case(s, 0)
    return Brief(
        need(
            f"Bash script that counts the lines of level {lit(s.level)} in each"
            f" {lit(f'{s.folder}/*.log')}",
            f"a Bash script that counts, for each file {lit(f'{s.folder}/*.log')}, the lines whose"
            f" second field is {lit(s.level)}",
            f"a shell script (bash) that counts the lines with {lit(s.level)} as their second"
            f" field in every {lit(f'{s.folder}/*.log')}",
        ),
        (
            need(
                f"writes {lit(s.report)}: per file its name without the folder, a space, the"
                f" count, files without such lines too; highest count first, equal ones by name",
                f"Write a line for each file to {lit(s.report)}: its name without the folder, a"
                f" space, and the count, also where it is 0. The highest count comes first, equal"
                f" counts in the order of the names",
                f'{lit(s.report)} has the lines "name count" (no folder in the name, zeros'
                f" included), sorted by count downwards and then by name",
                pins=writes(case),
            ),
            need(
                "the second field decides, the level's word in a message does not",
                "A line counts by its second field only; the word may occur in messages, too",
                pins=[],
            ),
            need(
                f"prints {lit(f'{s.word}: N')} with the sum of all counts",
                f"Print one line, {lit(f'{s.word}: N')}, where N is the sum of the counts",
                f"On standard output it says only {lit(f'{s.word}: N')}, N being the sum",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            leaves_input(case),
        ),
    )


def _levels_answer(s: LevelCounts) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

for log in {s.folder}/*.log; do
  count=$(awk '$2 == "{s.level}"' "$log" | wc -l)
  echo "$(basename "$log") $count"
done | sort -k2,2nr > {s.report}

awk '{{ sum += $2 }} END {{ print "{s.word}: " sum }}' {s.report}
"""


LEVELS = Topic(
    name="log-levels",
    format="bash",
    sample=_sample_levels,
    brief=_levels_brief,
    answer=_levels_answer,
    given=shown(_levels_case),
    given_label="text",
    fixtures=hidden(_levels_case),
)


@dataclass(frozen=True, slots=True)
class TopClients:
    """The addresses that got most answers of a kind."""

    log: str
    out: str
    status: int
    most: int
    data: int


def _sample_clients(rng: Random) -> TopClients:
    return TopClients(
        log=f"{rng.choice(DOMAINS)}-{rng.choice(ROLES)}.access.log",
        out=rng.choice(("top.txt", "clients.txt", "offenders.txt", "worst.txt")),
        status=rng.choice((400, 401, 403, 404, 429, 500, 502, 503)),
        most=rng.choice((2, 3, 4)),
        data=rng.randrange(10**6),
    )


def _clients_case(s: TopClients, number: int) -> ScriptCase:
    rng = Random(f"{s.data}/{number}")
    addresses = sorted(f"10.0.{rng.randint(1, 9)}.{last}" for last in rng.sample(range(10, 99), 6))
    hits = Counter(dict(zip(addresses, (1 + number, 1, 3, 2, 3, 0), strict=True)))
    requests = [(address, s.status) for address, count in hits.items() for _ in range(count)]
    others = [200, 301, s.status + 1, s.status - 1]
    requests += [(rng.choice(addresses), rng.choice(others)) for _ in range(6)]
    rng.shuffle(requests)
    log = [
        f"{address} - - [02/Mar/2026:10:{rng.randint(10, 59)}:00 +0000]"
        f' "GET /{rng.choice(DOMAINS)}/{rng.choice((s.status, 7, 12))} HTTP/1.1" {status}'
        f" {rng.randint(100, 999)}"
        for address, status in requests
    ]
    ranked = sorted(+hits, key=lambda each: (-hits[each], each))[: s.most]
    return ScriptCase(
        files={s.log: lines(log)},
        stdout=f"{sum(hits.values())}\n",
        written={s.out: lines([f"{hits[each]} {each}" for each in ranked])},
    )


def _clients_brief(s: TopClients) -> Brief:
    case = _clients_case(s, 0)
    return Brief(
        need(
            f"Bash script over the access log {lit(s.log)}: who got status {lit(str(s.status))}"
            f" most often",
            f"a Bash script that finds the clients which got the status {lit(str(s.status))} most"
            f" often in {lit(s.log)} (common log format)",
            f"a bash script that reads {lit(s.log)}, in the common log format, and ranks the"
            f" clients by how often they were answered with {lit(str(s.status))}",
        ),
        (
            need(
                f"{lit(s.out)}: lines {lit('COUNT ADDRESS')}, the {num(s.most)} highest counts,"
                f" equal counts by address as text",
                f"Write the {num(s.most)} clients with the highest counts to {lit(s.out)}, a line"
                f" {lit('COUNT ADDRESS')} each, the highest first and equal counts by address"
                f" (compared as text)",
                f"{lit(s.out)} gets at most {num(s.most)} lines {lit('COUNT ADDRESS')}: highest"
                f" count first; where counts are equal, addresses in the order of their text",
                pins=writes(case),
            ),
            need(
                "prints how many such requests there are altogether, and nothing else",
                "Print the number of all such requests, whoever made them, and nothing else",
                "Its only output is how many requests had that status in all",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            leaves_input(case),
        ),
    )


def _clients_answer(s: TopClients) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

awk '$9 == {s.status} {{ print $1 }}' {s.log} | sort | uniq -c | awk '{{ print $1, $2 }}' \\
  | sort -k1,1nr | head -n {s.most} > {s.out}
awk '$9 == {s.status}' {s.log} | wc -l
"""


CLIENTS = Topic(
    name="top-clients",
    format="bash",
    sample=_sample_clients,
    brief=_clients_brief,
    answer=_clients_answer,
    given=shown(_clients_case),
    given_label="text",
    fixtures=hidden(_clients_case),
)
