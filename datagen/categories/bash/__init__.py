"""Bash: scripts over logs, tables, accounts, schedules, archives and what a machine reports."""

from datagen.categories.bash import (
    accounts,
    archives,
    configuration,
    files,
    logs,
    machine,
    rotation,
    schedules,
    tables,
)
from datagen.topic import Category

CATEGORY = Category(
    name="bash",
    summary="Bash scripts over files, each run on cases that its task does not show",
    topics=(
        logs.LEVELS,
        logs.CLIENTS,
        rotation.TOPIC,
        archives.TOPIC,
        tables.TOTALS,
        tables.SLOW,
        accounts.LOGINS,
        accounts.MEMBERS,
        schedules.TOPIC,
        machine.DISKS,
        machine.MEMORY,
        configuration.TOPIC,
        files.RENAMED,
        files.CHECKSUMS,
    ),
)
