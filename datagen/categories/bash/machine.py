"""Bash, a machine's state: disks that fill up, memory as metrics."""

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
from datagen.pins import documents, raw
from datagen.topic import Topic


@dataclass(frozen=True, slots=True)
class DiskAlerts:
    """From which use on a file system is named, and from which on it is critical."""

    report: str
    warn: int
    critical: int
    warned: int
    alarmed: int
    out: str
    data: int


def _sample_disks(rng: Random) -> DiskAlerts:
    warned, alarmed = rng.choice(((1, 2), (2, 3), (3, 4), (10, 20)))
    return DiskAlerts(
        report=rng.choice(("df.txt", "disks.txt", "report/df.txt", "usage.txt")),
        warn=rng.choice((60, 65, 70, 75)),
        critical=rng.choice((85, 88, 90, 95)),
        warned=warned,
        alarmed=alarmed,
        out=rng.choice(("alerts.txt", "full.txt", "warnings.txt")),
        data=rng.randrange(10**6),
    )


def _disks_case(s: DiskAlerts, number: int) -> ScriptCase:
    """Something critical; only warnings; nothing to say."""
    rng = Random(f"{s.data}/{number}")
    used = {
        0: [s.critical, s.warn, s.warn - 1, 9, s.warn + 1, s.warn + 3],
        1: [s.warn + 2, s.warn, s.critical - 1, s.warn, s.warn - 2, 2],
        2: [s.warn - 1, 5, 30, 41, s.warn - 3, 0],
    }[number]
    mounts = ["/", *rng.sample(("/home", "/var", "/srv", "/data", "/boot", "/opt", "/tmp"), 5)]
    rng.shuffle(mounts)
    rows = [
        f"/dev/sd{letter}1 {100000} {1000 * use} {1000 * (100 - use)} {use}% {mount}"
        for letter, use, mount in zip("abcdef", used, mounts, strict=True)
    ]
    full = [(use, mount) for use, mount in zip(used, mounts, strict=True) if use >= s.warn]
    full.sort(key=lambda each: (-each[0], each[1]))
    worst = max(used)
    code = s.alarmed if worst >= s.critical else s.warned if worst >= s.warn else 0
    return ScriptCase(
        files={s.report: lines(["Filesystem 1024-blocks Used Available Capacity Mounted", *rows])},
        stdout=f"{len(full)}\n",
        written={s.out: lines([f"{mount} {use}%" for use, mount in full])},
        exit_code=code,
    )


def _disks_brief(s: DiskAlerts) -> Brief:
    case = _disks_case(s, 0)
    return Brief(
        need(
            f"Bash script that finds full file systems in {lit(s.report)}, the output of"
            f" {lit('df -P')}",
            f"a Bash script that reads {lit(s.report)}, the output of {lit('df -P')}, and names"
            f" the file systems that fill up",
            f"a bash script for an alert on disks: {lit(s.report)} holds what {lit('df -P')} said",
        ),
        (
            need(
                f"{lit(s.out)}: mount point and use, as in {lit('/var 91%')}, of all with"
                f" {num(s.warn)}% or more; fullest first, equal ones by mount point",
                f"Write a line with mount point and use, like {lit('/var 91%')}, to {lit(s.out)}"
                f" for each with a use of {num(s.warn)}% or more: the fullest first, equal ones by"
                f" mount point",
                f"{lit(s.out)} lists what is used to {num(s.warn)}% or more as {lit('/var 91%')},"
                f" sorted by use downwards and then by mount point; without any it is empty",
                pins=writes(case),
            ),
            need(
                "prints how many lines that are",
                "Print how many there are, nothing else",
                "Its output is their number",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                f"exit code {num(s.alarmed)} if one has {num(s.critical)}% or more, else"
                f" {num(s.warned)} if any is listed, else 0",
                f"Exit with {num(s.alarmed)} if any has a use of {num(s.critical)}% or more,"
                f" otherwise with {num(s.warned)} if any is listed, and with 0 if none is",
                f"The exit code is 0 if none is listed, {num(s.alarmed)} from {num(s.critical)}% on"
                f" and {num(s.warned)} otherwise",
            ),
            leaves_input(case),
        ),
    )


def _disks_answer(s: DiskAlerts) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

awk '$5 + 0 >= {s.warn} {{ print $6, $5 }}' {s.report} | sort -k2,2nr > {s.out}
wc -l < {s.out}

critical=$(awk '$5 + 0 >= {s.critical}' {s.report} | wc -l)
if [ "$critical" -gt 0 ]; then
  exit {s.alarmed}
fi
if [ -s {s.out} ]; then
  exit {s.warned}
fi
"""


DISKS = Topic(
    name="disk-alerts",
    format="bash",
    sample=_sample_disks,
    brief=_disks_brief,
    answer=_disks_answer,
    given=shown(_disks_case),
    given_label="text",
    fixtures=hidden(_disks_case),
)


@dataclass(frozen=True, slots=True)
class MemoryMetrics:
    """Two shares of a machine's memory as metrics that Prometheus reads."""

    meminfo: str
    metrics: str
    prefix: str
    host: str
    limit: int
    code: int
    data: int


def _sample_memory(rng: Random) -> MemoryMetrics:
    return MemoryMetrics(
        meminfo=rng.choice(("proc/meminfo", "meminfo.txt", "host/proc/meminfo", "meminfo")),
        metrics=rng.choice(("memory.prom", "metrics/memory.prom", "out/mem.prom", "node.prom")),
        prefix=rng.choice(("node", "host", "machine", "vm")),
        host=f"{rng.choice(('db', 'web', 'app', 'cache'))}-{rng.randint(10, 99)}",
        limit=rng.choice((70, 75, 80, 85, 90)),
        code=rng.choice((2, 3, 4, 5)),
        data=rng.randrange(10**6),
    )


def _memory_case(s: MemoryMetrics, number: int) -> ScriptCase:
    """Above the limit; exactly at it; without swap, and below."""
    rng = Random(f"{s.data}/{number}")
    total = 1000 * rng.randint(8000, 16000)
    used = {0: s.limit + 1, 1: s.limit, 2: rng.randint(20, 50)}[number]
    # Between two whole percents, so that rounding up is another number.
    available = total - used * total // 100 - total // 150
    swap = 0 if number == 2 else 1000 * rng.randint(2000, 4000)
    swap_used = rng.randint(10, 60)
    swap_free = swap - swap_used * swap // 100 - swap // 150
    percent = (total - available) * 100 // total
    swap_percent = (swap - swap_free) * 100 // swap if swap else 0
    rows = [
        f"MemTotal: {total} kB",
        f"MemFree: {available // 2} kB",
        f"MemAvailable: {available} kB",
        f"SwapCached: {rng.randint(10, 99)} kB",
        f"SwapTotal: {swap} kB",
        f"SwapFree: {swap_free} kB",
    ]
    label = f'{{instance="{s.host}"}}'
    return ScriptCase(
        files={s.meminfo: lines(rows)},
        stdout=f"{percent}%\n",
        written={
            s.metrics: lines(
                [
                    f"{s.prefix}_memory_used_percent{label} {percent}",
                    f"{s.prefix}_swap_used_percent{label} {swap_percent}",
                ]
            )
        },
        exit_code=s.code if percent > s.limit else 0,
    )


def _memory_brief(s: MemoryMetrics) -> Brief:
    case = _memory_case(s, 0)
    label = f'{{instance="{s.host}"}}'
    memory = f"{s.prefix}_memory_used_percent{label}"
    swap = f"{s.prefix}_swap_used_percent{label}"
    line = f"contains({at_metrics(s)}, "
    return Brief(
        need(
            f"Bash script that turns {lit(s.meminfo)} into metrics in {lit(s.metrics)}",
            f"a Bash script that turns {lit(s.meminfo)}, in the form of /proc/meminfo, into"
            f" metrics for Prometheus in {lit(s.metrics)}",
            f"a bash script which writes {lit(s.metrics)} for Prometheus out of {lit(s.meminfo)},"
            f" a copy of /proc/meminfo",
            pins=writes(case),
        ),
        (
            need(
                f"{lit(memory)}: how much of MemTotal is not MemAvailable, in whole percent,"
                f" rounded down",
                f"The first line is {lit(memory)} and, behind a space, the part of MemTotal that"
                f" is not MemAvailable, in percent and rounded down",
                f"First {lit(memory)} with the percentage of MemTotal that is not MemAvailable,"
                f" cut to a whole number",
                pins=[documents(f"{line}{raw(memory)})", True)],
            ),
            need(
                f"{lit(swap)}: the same of SwapTotal and SwapFree, 0 where there is no swap",
                f"The second line is {lit(swap)} with the same of SwapTotal and SwapFree, and 0"
                f" where there is no swap",
                f"Then {lit(swap)}, the same for SwapTotal and SwapFree; without swap it is 0",
                pins=[documents(f"{line}{raw(swap)})", True)],
            ),
            need(
                "prints the first number with a percent sign",
                "Print the first number and a percent sign, as in 42%",
                "It prints the number of the first line, followed by %",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                f"exit code {num(s.code)} if that is more than {num(s.limit)}, else 0",
                f"It exits with {num(s.code)} if that number is above {num(s.limit)}, and with 0"
                f" otherwise",
                f"Above {num(s.limit)} the exit code is {num(s.code)}, otherwise 0",
            ),
            need(
                "a folder of the metrics that is missing is made",
                "Where the metrics lie in a folder, it may be missing; then make it",
            ),
            leaves_input(case),
        ),
    )


def at_metrics(s: MemoryMetrics) -> str:
    """Expression: the text of the metrics."""
    return f'[0].files."{s.metrics}"'


def _memory_answer(s: MemoryMetrics) -> str:
    folder, slash, _ = s.metrics.rpartition("/")
    made = f"mkdir -p {folder}\n" if slash else ""
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

value() {{
  awk -v name="$1:" '$1 == name {{ print $2 }}' {s.meminfo}
}}

used_percent() {{
  local total=$1 free=$2
  if [ "$total" -eq 0 ]; then
    echo 0
  else
    echo $(((total - free) * 100 / total))
  fi
}}

memory=$(used_percent "$(value MemTotal)" "$(value MemAvailable)")
swap=$(used_percent "$(value SwapTotal)" "$(value SwapFree)")

{made}cat > {s.metrics} <<EOF
{s.prefix}_memory_used_percent{{instance="{s.host}"}} $memory
{s.prefix}_swap_used_percent{{instance="{s.host}"}} $swap
EOF

echo "$memory%"
if [ "$memory" -gt {s.limit} ]; then
  exit {s.code}
fi
"""


MEMORY = Topic(
    name="memory-metrics",
    format="bash",
    sample=_sample_memory,
    brief=_memory_brief,
    answer=_memory_answer,
    given=shown(_memory_case),
    given_label="text",
    fixtures=hidden(_memory_case),
    bench_only=True,
)
