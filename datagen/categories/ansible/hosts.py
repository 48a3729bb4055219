"""Ansible, what hosts have: accounts, a hardened SSH server, jobs at night, what is removed."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.ansible.playbooks import (
    GROUPS,
    as_root,
    from_file,
    line_is,
    on_hosts,
    service_is,
    service_then,
    some_task,
    task,
)
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import named

_PEOPLE = (
    "ada", "bela", "chen", "dora", "emil", "fay", "goran", "hana", "ines", "jon", "kofi", "lin",
    "mara", "nils", "olga", "pia", "ravi", "sven", "tomas", "uma", "vera", "yuki", "zoe",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts of people in a group that may use sudo."""

    group: str
    team: str
    gid: int
    people: tuple[str, ...]
    shell: str
    command: str


def _sample_accounts(rng: Random) -> Accounts:
    return Accounts(
        group=rng.choice(GROUPS),
        team=rng.choice(("ops", "deployers", "developers", "analysts", "operators", "support")),
        gid=rng.randint(2000, 2999),
        people=tuple(rng.sample(_PEOPLE, rng.randint(2, 4))),
        shell=rng.choice(("/bin/bash", "/bin/zsh", "/usr/bin/fish", "/bin/sh")),
        command=rng.choice(
            ("/usr/bin/systemctl", "/usr/bin/journalctl", "/usr/bin/docker", "/usr/sbin/reboot")
        ),
    )


def _accounts_brief(s: Accounts) -> Brief:
    team = lit(s.team)
    path, line = f"/etc/sudoers.d/{s.team}", f"%{s.team} ALL=(root) NOPASSWD: {s.command}"
    member = [f"contains(args.groups || `[]`, {raw(s.team)})", f"args.shell=={raw(s.shell)}"]
    return Brief(
        need(
            f"playbook for the accounts of {team}",
            f"an Ansible playbook that creates the accounts of the group {team}",
            f"a playbook for Ansible with the group {team} and the accounts of its people",
            pins=[task("group", {"name": s.team})],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                f"the group {team} exists with gid {num(s.gid)}",
                f"The group {team} exists and has the gid {num(s.gid)}",
                pins=[task("group", {"name": s.team, "gid": s.gid, "state": "present"})],
            ),
            need(
                f"accounts for {lits(s.people)}: shell {lit(s.shell)}, in {team} beside other"
                f" groups",
                f"There are accounts for {lits(s.people)}, with the shell {lit(s.shell)}; {team} is"
                f" added to the groups that they have",
                f"Create accounts for {lits(s.people)}, put them into {team} without taking them"
                f" out of others, and give them the shell {lit(s.shell)}",
                pins=[
                    some_task(
                        "user",
                        f"(args.name=={raw(each)} || contains(loop || `[]`, {raw(each)}))",
                        *member,
                        "args.append",
                        "(args.state || 'present')=='present'",
                    )
                    for each in s.people
                ]
                + [
                    documents(
                        "length([].tasks[?module=='ansible.builtin.user'][].[loop || `[0]`][][])",
                        len(s.people),
                    )
                ],
            ),
            need(
                f"{lit(path)}, mode {lit('0440')}, checked by {lit('/usr/sbin/visudo -cf %s')},"
                f" with the line {lit(line)}",
                f"Write {lit(path)}, with mode {lit('0440')} and nothing but the line {lit(line)},"
                f" and have {lit('/usr/sbin/visudo -cf %s')} validate it",
                f"The file {lit(path)} has the one line {lit(line)} and the mode {lit('0440')};"
                f" validate it with {lit('/usr/sbin/visudo -cf %s')}",
                pins=[
                    task(
                        "copy",
                        {"dest": path, "mode": "0440", "validate": "/usr/sbin/visudo -cf %s"},
                    ),
                    some_task(
                        "copy",
                        line_is(line),
                    ),
                ],
            ),
        ),
    )


def _accounts_answer(s: Accounts) -> str:
    people = "\n".join(f"        - {each}" for each in s.people)
    return f"""\
---
- name: Accounts of {s.team}
  hosts: {s.group}
  become: true
  tasks:
    - name: Create the group
      ansible.builtin.group:
        name: {s.team}
        gid: {s.gid}
        state: present

    - name: Create the accounts
      ansible.builtin.user:
        name: "{{{{ item }}}}"
        shell: {s.shell}
        groups: {s.team}
        append: true
      loop:
{people}

    - name: Let them use sudo
      ansible.builtin.copy:
        content: |
          %{s.team} ALL=(root) NOPASSWD: {s.command}
        dest: /etc/sudoers.d/{s.team}
        mode: "0440"
        validate: /usr/sbin/visudo -cf %s
"""


ACCOUNTS = Topic(
    name="ansible-accounts",
    format="ansible",
    sample=_sample_accounts,
    brief=_accounts_brief,
    answer=_accounts_answer,
)


@dataclass(frozen=True, slots=True)
class SecureShell:
    """An SSH server with settings of its own."""

    group: str
    port: int
    logins: str
    tries: int
    forwarding: str
    service: str
    change: str


def _sample_ssh(rng: Random) -> SecureShell:
    return SecureShell(
        group=rng.choice(GROUPS),
        port=rng.choice((22, 222, 2022, 2200, 2222, 22022)),
        logins=rng.choice(("no", "prohibit-password", "forced-commands-only")),
        tries=rng.randint(2, 6),
        forwarding=rng.choice(("no", "local", "remote")),
        service=rng.choice(("ssh", "sshd")),
        change=rng.choice(("reloaded", "restarted")),
    )


def _settings(s: SecureShell) -> dict[str, str | int]:
    return {
        "Port": s.port,
        "PermitRootLogin": s.logins,
        "MaxAuthTries": s.tries,
        "AllowTcpForwarding": s.forwarding,
    }


def _ssh_brief(s: SecureShell) -> Brief:
    verb = {"reloaded": "reload", "restarted": "restart"}[s.change]
    lines = [f"{key} {value}" for key, value in _settings(s).items()]
    path = "/etc/ssh/sshd_config.d/10-hardening.conf"
    text = "\n".join(lines)
    return Brief(
        need(
            f"playbook that hardens {lit(s.service)}",
            f"an Ansible playbook that hardens the SSH server, the service {lit(s.service)}",
            f"a playbook for Ansible with stricter settings for the SSH service {lit(s.service)}",
            pins=[some_task("copy", f"args.dest=={raw(path)}")],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                f"the file {lit(path)} has the lines {lits(lines)}",
                f"Copy to {lit(path)}, as content, the lines {lits(lines)}, in this order",
                f"The content of {lit(path)} is, line by line, {lits(lines)}",
                pins=[
                    some_task(
                        "copy",
                        f"args.dest=={raw(path)}",
                        line_is(text),
                    )
                ],
            ),
            need(
                f"mode {lit('0600')}, validated with {lit('/usr/sbin/sshd -t -f %s')}",
                f"Its mode is {lit('0600')}, and {lit('/usr/sbin/sshd -t -f %s')} validates it"
                f" before it is put there",
                f"Validate it with {lit('/usr/sbin/sshd -t -f %s')}; the mode is {lit('0600')}",
                pins=[task("copy", {"mode": "0600", "validate": "/usr/sbin/sshd -t -f %s"})],
            ),
            need(
                f"{verb} {lit(s.service)} by a handler when it changes",
                f"A handler has to {verb} {lit(s.service)} when the file changes",
                f"When it changes, {verb} {lit(s.service)} with a handler",
                pins=[service_then(s.service, s.change), some_task("copy", "notify")],
            ),
            need(
                f"{lit(s.service)} is started and enabled at boot",
                f"Make sure that {lit(s.service)} is started and enabled at boot",
                pins=[service_is(s.service, "args.state=='started'", "args.enabled")],
            ),
        ),
    )


def _ssh_answer(s: SecureShell) -> str:
    verb = {"reloaded": "Reload", "restarted": "Restart"}[s.change]
    lines = "\n".join(f"          {key} {value}" for key, value in _settings(s).items())
    return f"""\
---
- name: Harden the SSH server
  hosts: {s.group}
  become: true
  tasks:
    - name: Write the settings
      ansible.builtin.copy:
        content: |
{lines}
        dest: /etc/ssh/sshd_config.d/10-hardening.conf
        mode: "0600"
        validate: /usr/sbin/sshd -t -f %s
      notify: {verb} the server

    - name: Start the server now and at boot
      ansible.builtin.service:
        name: {s.service}
        state: started
        enabled: true

  handlers:
    - name: {verb} the server
      ansible.builtin.service:
        name: {s.service}
        state: {s.change}
"""


SSH = Topic(
    name="ansible-ssh-hardening",
    format="ansible",
    sample=_sample_ssh,
    brief=_ssh_brief,
    answer=_ssh_answer,
)


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
