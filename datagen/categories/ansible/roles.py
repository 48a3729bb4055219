"""Ansible, roles: a service with its account, folder and unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need
from datagen.categories.ansible.playbooks import (
    GROUPS,
    as_root,
    from_file,
    line_is,
    on_hosts,
    service_is,
    some_task,
    task,
)
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, PORTS, ROLES


@dataclass(frozen=True, slots=True)
class ServiceRole:
    """A role that sets a service up, and the playbook that uses it."""

    group: str
    role: str
    user: str
    folder: str
    mode: str
    template: str
    key: str
    port: int


def _sample_role(rng: Random) -> ServiceRole:
    role = f"{rng.choice(DOMAINS)}_{rng.choice(ROLES)}"
    return ServiceRole(
        group=rng.choice(GROUPS),
        role=role,
        user=rng.choice(("svc", "runner", "daemon", "appuser", "worker")),
        folder=rng.choice(("/var/lib", "/opt", "/srv")) + f"/{role}",
        mode=rng.choice(("0700", "0750", "0755")),
        template=rng.choice(("unit.j2", "service.j2", "systemd.service.j2", "app.service.j2")),
        key=rng.choice(("PORT", "HTTP_PORT", "LISTEN_PORT", "BIND_PORT")),
        port=rng.choice(PORTS),
    )


def _role_brief(s: ServiceRole) -> Brief:
    role, user, folder = lit(s.role), lit(s.user), lit(s.folder)
    paths = [f"roles/{s.role}/{part}/main.yml" for part in ("tasks", "handlers", "defaults")]
    unit, settings = f"/etc/systemd/system/{s.role}.service", f"/etc/default/{s.role}"
    return Brief(
        need(
            f"role {role}, and the playbook that uses it",
            f"an Ansible role {role}, and the playbook site.yml that applies it",
            f"the role {role} for Ansible with its handlers and defaults, and a playbook, site.yml,"
            f" that uses it",
            pins=[documents("[].roles[]", [s.role])],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                f"files: {lits(paths)}",
                f"Write the files {lits(paths)}",
                f"The answer is the files {lits(paths)}",
            ),
            need(
                f"system account {user}, without a home",
                f"The role creates the system account {user}, and no home for it",
                f"There is a system account {user}, for which no home is created",
                pins=[
                    task("user", {"name": s.user, "system": True, "create_home": False}),
                    some_task("user", "(args.state || 'present')=='present'"),
                ],
            ),
            need(
                f"folder {folder} of {user}, mode {lit(s.mode)}",
                f"The folder {folder} belongs to {user} and has the mode {lit(s.mode)}",
                f"It makes the folder {folder}, which {user} owns, with mode {lit(s.mode)}",
                pins=[
                    task(
                        "file",
                        {"path": s.folder, "state": "directory", "owner": s.user, "mode": s.mode},
                    )
                ],
            ),
            need(
                f"{lit(settings)} with the line {lit(f'{s.key}={s.port}')}, mode {lit('0644')}; the"
                f" port is a default of the role",
                f"Copy to {lit(settings)}, with mode {lit('0644')}, the one line"
                f" {lit(f'{s.key}={s.port}')}; the port comes from the role's defaults",
                f"The content of {lit(settings)} (mode {lit('0644')}) is"
                f" {lit(f'{s.key}={s.port}')}, the number being a default of the role",
                pins=[
                    some_task("copy", f"args.dest=={raw(settings)}", "args.mode=='0644'", "notify"),
                    some_task("copy", line_is(f"{s.key}={s.port}")),
                ],
            ),
            need(
                f"{lit(unit)} from the template {lit(s.template)}, mode {lit('0644')}",
                f"Make the unit {lit(unit)} of the template {lit(s.template)}, mode {lit('0644')}",
                f"The template {lit(s.template)} becomes {lit(unit)}, with mode {lit('0644')}",
                pins=[
                    some_task("template", f"args.dest=={raw(unit)}", "args.mode=='0644'", "notify"),
                    some_task("template", from_file(s.template)),
                ],
            ),
            need(
                f"a handler has systemd read its units again and restarts {role}",
                f"When one of the two files changes, a handler has systemd reload its units and"
                f" restarts {role}",
                f"Both files notify a handler that restarts {role} and reloads systemd's units",
                pins=[
                    documents(
                        "[].handlers[] | [?module=='ansible.builtin.systemd_service' &&"
                        f" args.name=={raw(s.role)} && args.state=='restarted' &&"
                        " args.daemon_reload] | length(@) > `0`"
                    )
                ],
            ),
            need(
                f"{role} is started and enabled at boot",
                f"Have {role} started, and enabled at boot",
                f"The service {role} is started now and enabled at boot",
                pins=[service_is(s.role, "args.state=='started'", "args.enabled")],
            ),
        ),
    )


def _role_answer(s: ServiceRole) -> Mapping[str, str]:
    folder = f"roles/{s.role}"
    return {
        "site.yml": f"""\
---
- name: Set {s.role} up
  hosts: {s.group}
  become: true
  roles:
    - {s.role}
""",
        f"{folder}/tasks/main.yml": f"""\
---
- name: Create the account
  ansible.builtin.user:
    name: {s.user}
    system: true
    create_home: false

- name: Create the folder
  ansible.builtin.file:
    path: {s.folder}
    state: directory
    owner: {s.user}
    mode: "{s.mode}"

- name: Write the settings
  ansible.builtin.copy:
    content: |
      {s.key}={{{{ {s.role}_port }}}}
    dest: /etc/default/{s.role}
    mode: "0644"
  notify: Restart the service

- name: Write the unit
  ansible.builtin.template:
    src: {s.template}
    dest: /etc/systemd/system/{s.role}.service
    mode: "0644"
  notify: Restart the service

- name: Start it now and at boot
  ansible.builtin.systemd_service:
    name: {s.role}
    state: started
    enabled: true
""",
        f"{folder}/handlers/main.yml": f"""\
---
- name: Restart the service
  ansible.builtin.systemd_service:
    name: {s.role}
    state: restarted
    daemon_reload: true
""",
        f"{folder}/defaults/main.yml": f"""\
---
{s.role}_port: {s.port}
""",
    }


ROLE = Topic(
    name="ansible-service-role",
    format="ansible",
    sample=_sample_role,
    brief=_role_brief,
    answer=_role_answer,
)
