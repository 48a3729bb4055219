"""Bash, tables: sums of a CSV file by key, slow requests of a file of JSON lines."""

from collections import defaultdict
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
from datagen.vocabulary import DOMAINS


@dataclass(frozen=True, slots=True)
class Totals:
    """A column that is summed by another one, over the rows of one status."""

    table: str
    key: str
    amount: str
    status: str
    out: str
    data: int


_STATUSES = ("paid", "open", "refunded", "failed", "pending")


def _sample_totals(rng: Random) -> Totals:
    return Totals(
        table=f"{rng.choice(DOMAINS)}.csv",
        key=rng.choice(("team", "region", "product", "customer", "host")),
        amount=rng.choice(("amount", "seconds", "bytes", "units", "cents")),
        status=rng.choice(_STATUSES),
        out=rng.choice(("totals.csv", "by-key.csv", "sums.csv", "result.csv")),
        data=rng.randrange(10**6),
    )


def _totals_case(s: Totals, number: int) -> ScriptCase:
    rng = Random(f"{s.data}/{number}")
    keys = sorted(rng.sample(("ada", "bob", "cy", "dee", "eve", "fay", "gus", "hal"), 4))
    rows = []
    for place, key in enumerate(keys):
        # The last two are equal, and by name the order would be another one.
        base = 10 * min(place, 2) + 7 + 3 * number
        first = rng.randint(1, base - 1)
        rows += [(key, first, s.status), (key, base - first, s.status)]
    others = [each for each in _STATUSES if each != s.status]
    rows += [(rng.choice(keys), rng.randint(40, 90), rng.choice(others)) for _ in range(4)]
    rows.append(("zed", rng.randint(40, 90), rng.choice(others)))
    rng.shuffle(rows)
    sums: defaultdict[str, int] = defaultdict(int)
    for key, amount, status in rows:
        if status == s.status:
            sums[key] += amount
    ranked = sorted(sums, key=lambda each: (-sums[each], each))
    text = [f"id,{s.key},{s.amount},status"]
    text += [f"{place},{key},{amount},{status}" for place, (key, amount, status) in enumerate(rows)]
    result = [f"{s.key},{s.amount}", *(f"{key},{sums[key]}" for key in ranked)]
    return ScriptCase(
        files={s.table: lines(text)},
        stdout=f"{sum(sums.values())}\n",
        written={s.out: lines(result)},
    )


def _totals_brief(s: Totals) -> Brief:
    case = _totals_case(s, 0)
    header = f"{s.key},{s.amount}"
    return Brief(
        need(
            f"Bash script that sums {lit(s.amount)} by {lit(s.key)} in {lit(s.table)}",
            f"a Bash script that sums the column {lit(s.amount)} of {lit(s.table)} by {lit(s.key)}",
            f"a bash script that adds up {lit(s.amount)} for each {lit(s.key)} of the CSV file"
            f" {lit(s.table)}",
        ),
        (
            need(
                f"the columns are id, {lit(s.key)}, {lit(s.amount)} and status; whole numbers, no"
                f" quotes",
                f"The file has the columns id, {lit(s.key)}, {lit(s.amount)} and status under a"
                f" line of titles; amounts are whole numbers, and nothing is quoted",
            ),
            need(
                f"only rows whose status is {lit(s.status)}; keys without such rows do not occur",
                f"Only rows with the status {lit(s.status)} count, and a {lit(s.key)} without any"
                f" is left out",
                f"Take the rows whose status is {lit(s.status)}; what has none of them does not"
                f" occur",
            ),
            need(
                f"{lit(s.out)}: titles {lit(header)}, then the sums, highest first, equal ones by"
                f" {lit(s.key)}",
                f"Write {lit(s.out)} as CSV with the titles {lit(header)} and a row for each"
                f" {lit(s.key)}: the highest sum first, equal sums in the order of {lit(s.key)}",
                f"The result is {lit(s.out)}, which begins with {lit(header)}; rows are sorted by"
                f" sum downwards, then by {lit(s.key)}",
                pins=writes(case),
            ),
            need(
                "prints the sum of all of them",
                "Print the sum over all of them, nothing else",
                "Its output is the one number that they add up to",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            leaves_input(case),
        ),
    )


def _totals_answer(s: Totals) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

echo "{s.key},{s.amount}" > {s.out}
awk -F, '
  $4 == "{s.status}" {{ sum[$2] += $3 }}
  END {{ for (key in sum) print key "," sum[key] }}
' {s.table} | sort -t, -k2,2nr >> {s.out}
awk -F, '$4 == "{s.status}" {{ sum += $3 }} END {{ print sum + 0 }}' {s.table}
"""


TOTALS = Topic(
    name="csv-totals",
    format="bash",
    sample=_sample_totals,
    brief=_totals_brief,
    answer=_totals_answer,
    given=shown(_totals_case),
    given_label="text",
    fixtures=hidden(_totals_case),
)


@dataclass(frozen=True, slots=True)
class SlowRequests:
    """Requests that took longer than a limit, as JSON lines."""

    log: str
    out: str
    limit: int
    code: int
    data: int


def _sample_slow(rng: Random) -> SlowRequests:
    return SlowRequests(
        log=f"{rng.choice(DOMAINS)}.jsonl",
        out=rng.choice(("slow.jsonl", "late.jsonl", "too-slow.jsonl", "review.jsonl")),
        limit=rng.choice((150, 200, 250, 300, 400, 500, 750)),
        code=rng.choice((1, 2, 3, 10)),
        data=rng.randrange(10**6),
    )


def _slow_case(s: SlowRequests, number: int) -> ScriptCase:
    """Some are too slow in the first and the last one, none in the second."""
    rng = Random(f"{s.data}/{number}")
    took = [s.limit, s.limit - 1, rng.randint(3, 99), rng.randint(20, 99)]
    if number != 1:
        took += [s.limit + 1, s.limit + rng.randint(10, 900), 1000 + rng.randint(1, 999)]
    rng.shuffle(took)
    ids = rng.sample(range(2, 200), len(took))
    written = [
        f'{{"id": {id}, "path": "/{rng.choice(DOMAINS)}/{rng.randint(1000, 9999)}", "ms": {ms}}}'
        for id, ms in zip(ids, took, strict=True)
    ]
    slow = [place for place, ms in enumerate(took) if ms > s.limit]
    return ScriptCase(
        files={s.log: lines(written)},
        stdout=lines(sorted(ids[place] for place in slow)),
        written={s.out: lines([written[place] for place in slow])},
        exit_code=s.code if slow else 0,
    )


def _slow_brief(s: SlowRequests) -> Brief:
    case = _slow_case(s, 0)
    return Brief(
        need(
            f"Bash script that finds requests of more than {num(s.limit)} ms in {lit(s.log)}",
            f"a Bash script that finds the requests in {lit(s.log)} which took more than"
            f" {num(s.limit)} milliseconds",
            f"a bash script that reads {lit(s.log)} and picks out what took longer than"
            f" {num(s.limit)} ms",
        ),
        (
            need(
                f"a JSON object a line, keys {lit('id')}, {lit('path')} and {lit('ms')} in that"
                f" order; no jq",
                f"Each line is a JSON object with {lit('id')}, {lit('path')} and {lit('ms')}, in"
                f" that order; jq is not installed",
            ),
            need(
                f"{lit(s.out)}: their lines as they are, in the order of the file; empty where"
                f" there are none",
                f"Copy their lines as they are to {lit(s.out)}, in the same order; without any,"
                f" that file is empty",
                f"{lit(s.out)} gets those lines unchanged and in their order, and is empty if no"
                f" request is that slow",
                pins=writes(case),
            ),
            need(
                f"prints their {lit('id')}s, one a line, the smallest first",
                f"Print each {lit('id')} of them on a line of its own, sorted as numbers",
                f"On standard output there are only their {lit('id')}s, one a line and in"
                f" ascending order",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                f"exit code {num(s.code)} if there are any, otherwise 0",
                f"It exits with {num(s.code)} if there are such requests, and with 0 otherwise",
                f"The exit code is {num(s.code)} where something was too slow, else 0",
            ),
            leaves_input(case),
        ),
    )


def _slow_answer(s: SlowRequests) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

while IFS= read -r line; do
  ms=${{line##*: }}
  if [ "${{ms%\\}}}}" -gt {s.limit} ]; then
    printf '%s\\n' "$line"
  fi
done < {s.log} > {s.out}

sed 's/^{{"id": \\([0-9]*\\),.*/\\1/' {s.out} | sort -n
if [ -s {s.out} ]; then
  exit {s.code}
fi
"""


SLOW = Topic(
    name="slow-requests",
    format="bash",
    sample=_sample_slow,
    brief=_slow_brief,
    answer=_slow_answer,
    given=shown(_slow_case),
    given_label="text",
    fixtures=hidden(_slow_case),
)
