"""What a data set of `datagen synth` asks for: `python examples/read_rows.py TASKS.jsonl`.

It needs no extra.
"""

import sys
from collections import Counter
from pathlib import Path

from rewardsvc import ABSENT, Check, CheckKind, InvalidFile, TaskRow, read_tasks


def demanded(check: Check) -> str:
    """A check in a line."""
    if check.kind is not CheckKind.JMESPATH:
        return f"{check.kind}: {check.description}"
    value = True if check.expect is ABSENT else check.expect
    return f"{check.description}: {check.expr} is {value!r}"


def main(path: Path) -> None:
    rows: list[TaskRow] = list(read_tasks(path))
    for row in rows:
        print(f"{row.id} ({row.format}, {row.split}): {row.instruction}")
        for check in row.checks:
            print(f"  {demanded(check)}")
    print(dict(Counter(row.format for row in rows)))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except InvalidFile as error:
        sys.exit(str(error))
