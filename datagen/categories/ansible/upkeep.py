"""Ansible, what keeps a host in order: jobs at night, services that are removed."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.categories.ansible.playbooks import (
    GROUPS,
    as_root,
    from_file,
    line_is,
    on_hosts,
    some_task,
    task,
)
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import named


@dataclass(frozen=True, slots=True)
class Backup:
    """A script that runs by cron, with its folder."""

    group: str
    name: str
    owner: str
    folder: str
    mode: str
    script: str
    hour: int
    minute: int


def _sample_backup(rng: Random) -> Backup:
    name = named(rng, "backup", "dump", "export", "snapshot")
    return Backup(
        group=rng.choice(GROUPS),
        name=name,
        owner=rng.choice(("backup", "postgres", "archiver", "operator")),
        folder=rng.choice(("/var/backups", "/srv/backups", "/mnt/archive")) + f"/{name}",
        mode=rng.choice(("0700", "0750", "0755")),
        script=f"{name}.sh",
        hour=rng.randint(0, 6),
        minute=rng.choice((5, 10, 15, 20, 35, 40, 50)),
    )


def _backup_brief(s: Backup) -> Brief:
    name, folder, owner = lit(s.name), lit(s.folder), lit(s.owner)
    target = f"/usr/local/bin/{s.script}"
    return Brief(
        need(
            f"playbook for the cron job {name}",
            f"an Ansible playbook that sets up the cron job {name}",
            f"a playbook for Ansible with a script that cron runs at night, the job {name}",
            pins=[task("cron", {"name": s.name})],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                f"the folder {folder} belongs to {owner}, mode {lit(s.mode)}",
                f"There is a folder {folder} that belongs to the user {owner}, with mode"
                f" {lit(s.mode)}",
                f"Make the folder {folder} with the owner {owner} and the mode {lit(s.mode)}",
                pins=[
                    task(
                        "file",
                        {"path": s.folder, "state": "directory", "owner": s.owner, "mode": s.mode},
                    )
                ],
            ),
            need(
                f"copy {lit(s.script)} to {lit(target)}, mode {lit('0755')}",
                f"Copy the file {lit(s.script)} to {lit(target)}; everybody may run it"
                f" ({lit('0755')})",
                f"The script {lit(s.script)} goes to {lit(target)} with mode {lit('0755')}",
                pins=[
                    task("copy", {"dest": target, "mode": "0755"}),
                    some_task("copy", from_file(s.script)),
                ],
            ),
            need(
                f"the job runs {lit(f'{target} {s.folder}')} as {owner} daily at"
                f" {lit(f'{s.hour}:{s.minute:02}')}",
                f"The job runs {lit(f'{target} {s.folder}')} as the user {owner} every day at"
                f" {lit(f'{s.hour}:{s.minute:02}')}",
                f"Every day at {lit(f'{s.hour}:{s.minute:02}')}, {owner} is to run"
                f" {lit(f'{target} {s.folder}')}",
                pins=[
                    task(
                        "cron",
                        {
                            "name": s.name,
                            "user": s.owner,
                            "hour": str(s.hour),
                            "minute": str(s.minute),
                            "job": f"{target} {s.folder}",
                        },
                    ),
                    some_task(
                        "cron",
                        *(f"(args.{each} || '*')=='*'" for each in ("day", "month", "weekday")),
                        "!(args.disabled)",
                        "(args.state || 'present')=='present'",
                    ),
                ],
            ),
        ),
    )


def _backup_answer(s: Backup) -> str:
    return f"""\
---
- name: Run {s.name} at night
  hosts: {s.group}
  become: true
  tasks:
    - name: Create the folder
      ansible.builtin.file:
        path: {s.folder}
        state: directory
        owner: {s.owner}
        mode: "{s.mode}"

    - name: Copy the script
      ansible.builtin.copy:
        src: {s.script}
        dest: /usr/local/bin/{s.script}
        mode: "0755"

    - name: Have cron run it
      ansible.builtin.cron:
        name: {s.name}
        user: {s.owner}
        hour: "{s.hour}"
        minute: "{s.minute}"
        job: /usr/local/bin/{s.script} {s.folder}
"""


BACKUP = Topic(
    name="ansible-cron-job",
    format="ansible",
    sample=_sample_backup,
    brief=_backup_brief,
    answer=_backup_answer,
)


_OLD = ("telnetd", "rpcbind", "vsftpd", "xinetd", "avahi-daemon", "cups", "tftpd-hpa", "nis")


@dataclass(frozen=True, slots=True)
class Retirement:
    """Services that are switched off and removed, and a notice that is left."""

    group: str
    services: tuple[str, ...]
    leftover: str
    notice: str
    purge: bool


def _sample_retirement(rng: Random) -> Retirement:
    return Retirement(
        group=rng.choice(GROUPS),
        services=tuple(rng.sample(_OLD, rng.randint(2, 3))),
        leftover=rng.choice(("/etc", "/srv", "/var/lib", "/opt"))
        + f"/{named(rng, 'old', 'legacy')}",
        notice=rng.choice(("/etc/motd", "/etc/issue", "/etc/issue.net")),
        purge=rng.random() < 0.5,
    )


def _retirement_brief(s: Retirement) -> Brief:
    services, text = lits(s.services), f"Retired: {', '.join(s.services)}"
    how = "with its configuration (purge)" if s.purge else "without purging its configuration"
    each = [
        f"(args.name=={raw(name)} || contains(loop || `[]`, {raw(name)}))" for name in s.services
    ]
    gone = [
        f'(args.name==`["{name}"]` || contains(args.name || `[]`, {raw(name)})'
        f" || contains(loop || `[]`, {raw(name)}))"
        for name in s.services
    ]
    purged = "args.purge" if s.purge else "!(args.purge)"
    return Brief(
        need(
            f"playbook that retires {services}",
            f"an Ansible playbook that retires the services {services}",
            f"a playbook for Ansible that gets rid of the services {services}",
            pins=[some_task("apt", gone[0], "args.state=='absent'")],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                "each is stopped and disabled first",
                "Each of them is stopped and disabled before anything else",
                "First stop and disable each of them",
                pins=[
                    documents(
                        "[].tasks[] | [?(module=='ansible.builtin.service' ||"
                        " module=='ansible.builtin.systemd_service') && args.state=='stopped' &&"
                        f" args.enabled==`false` && {condition}] | length(@) > `0`"
                    )
                    for condition in each
                ]
                + [documents("[0].tasks[0].args.state", "stopped")],
            ),
            need(
                f"the package of each, which has the same name, is removed with apt {how}",
                f"Then apt removes the package of each, which has the service's name, {how}",
                f"The packages are called like the services; have apt remove them {how}",
                pins=[some_task("apt", one, "args.state=='absent'", purged) for one in gone],
            ),
            need(
                f"{lit(s.leftover)} is gone",
                f"The folder {lit(s.leftover)} is removed, too",
                f"Remove {lit(s.leftover)} as well",
                pins=[task("file", {"path": s.leftover, "state": "absent"})],
            ),
            need(
                f"{lit(s.notice)} says {lit(text)}, mode {lit('0644')}",
                f"In the end {lit(s.notice)} has the one line {lit(text)} and mode {lit('0644')}",
                f"Write the line {lit(text)}, and no other, to {lit(s.notice)}, with mode"
                f" {lit('0644')}",
                pins=[
                    task("copy", {"dest": s.notice, "mode": "0644"}),
                    some_task(
                        "copy",
                        line_is(text),
                    ),
                ],
            ),
        ),
    )


def _retirement_answer(s: Retirement) -> str:
    services = "\n".join(f"        - {each}" for each in s.services)
    packages = "\n".join(f"          - {each}" for each in s.services)
    purge = "\n        purge: true" if s.purge else ""
    return f"""\
---
- name: Retire services
  hosts: {s.group}
  become: true
  tasks:
    - name: Stop and disable the services
      ansible.builtin.service:
        name: "{{{{ item }}}}"
        state: stopped
        enabled: false
      loop:
{services}

    - name: Remove the packages
      ansible.builtin.apt:
        name:
{packages}
        state: absent{purge}

    - name: Remove what they left
      ansible.builtin.file:
        path: {s.leftover}
        state: absent

    - name: Leave a notice
      ansible.builtin.copy:
        content: |
          Retired: {", ".join(s.services)}
        dest: {s.notice}
        mode: "0644"
"""


RETIREMENT = Topic(
    name="ansible-retired-services",
    format="ansible",
    sample=_sample_retirement,
    brief=_retirement_brief,
    answer=_retirement_answer,
)
