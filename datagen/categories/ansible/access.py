"""Ansible, who gets into a host: accounts and a hardened SSH server."""

import json
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.ansible.playbooks import (
    GROUPS,
    as_root,
    line_is,
    on_hosts,
    service_is,
    service_then,
    some_task,
    task,
)
from datagen.pins import documents, raw
from datagen.topic import Topic

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
    groups = f"(args.groups == {raw(s.team)} || args.groups == `{json.dumps([s.team])}`)"
    member = [groups, f"args.shell=={raw(s.shell)}"]
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
