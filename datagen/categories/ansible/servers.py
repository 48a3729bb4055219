"""Ansible, what serves: a web server with a site, a release that goes out host by host."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.ansible.playbooks import (
    GROUPS,
    as_root,
    from_file,
    installs,
    on_hosts,
    service_is,
    service_then,
    some_task,
    task,
)
from datagen.pins import documents, raw
from datagen.topic import Topic
from datagen.vocabulary import DOMAINS, PORTS, named, service
from rewardsvc.formats.ansible.named import PlayHas

_SERVERS = {
    "nginx": "/etc/nginx/conf.d/{}.conf",
    "apache2": "/etc/apache2/sites-enabled/{}.conf",
    "haproxy": "/etc/haproxy/conf.d/{}.cfg",
    "caddy": "/etc/caddy/sites/{}.caddy",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A web server with one site."""

    group: str
    package: str
    site: str
    template: str
    mode: str
    port: int
    change: str


def _sample_site(rng: Random) -> Site:
    return Site(
        group=rng.choice(GROUPS),
        package=rng.choice(tuple(_SERVERS)),
        site=rng.choice(DOMAINS),
        template=rng.choice(("site.conf.j2", "vhost.j2", "server.conf.j2", "frontend.j2")),
        mode=rng.choice(("0644", "0640", "0600")),
        port=rng.choice(PORTS),
        change=rng.choice(("reloaded", "restarted")),
    )


def _site_brief(s: Site) -> Brief:
    package, dest = lit(s.package), _SERVERS[s.package].format(s.site)
    verb = {"reloaded": "reload", "restarted": "restart"}[s.change]
    return Brief(
        need(
            f"playbook that sets {package} up",
            f"an Ansible playbook that sets up the web server {package}",
            f"a playbook for Ansible that installs and configures {package}",
            pins=[installs(s.package)],
        ),
        (
            on_hosts(s.group),
            as_root(),
            need(
                f"install the package {package} with apt, with the index of packages refreshed",
                f"Install the package {package} with apt and refresh its index of packages",
                f"Have apt update its cache and install the package {package}",
                pins=[task("apt", {"update_cache": True})],
            ),
            need(
                f"{lit(dest)} from the template {lit(s.template)}, mode {lit(s.mode)}",
                f"Write {lit(dest)} from the template {lit(s.template)}, with mode {lit(s.mode)}",
                f"The template {lit(s.template)} becomes {lit(dest)}; its mode is {lit(s.mode)}",
                pins=[
                    task("template", {"dest": dest, "mode": s.mode}),
                    some_task("template", from_file(s.template)),
                ],
            ),
            need(
                f"{verb} {package} by a handler when the file changes",
                f"When that file changes, a handler has to {verb} {package}",
                f"A handler is to {verb} {package} whenever the file has changed",
                pins=[service_then(s.package, s.change), some_task("template", "notify")],
            ),
            need(
                f"{package} is started and enabled at boot",
                f"Have {package} started, and enabled at boot",
                f"The service {package} is started now and enabled at boot",
                pins=[service_is(s.package, "args.state=='started'", "args.enabled")],
            ),
            need(
                f"the variable http_port is {num(s.port)}",
                f"The play sets the variable http_port to {num(s.port)}, which the template reads",
                f"Give the play a variable http_port of {num(s.port)} for the template",
                pins=[PlayHas(hosts=s.group, path="vars.http_port", value=s.port).render()],
            ),
        ),
    )


def _site_answer(s: Site) -> str:
    verb = {"reloaded": "Reload", "restarted": "Restart"}[s.change]
    return f"""\
---
- name: Serve {s.site}
  hosts: {s.group}
  become: true
  vars:
    http_port: {s.port}
  tasks:
    - name: Install {s.package}
      ansible.builtin.apt:
        name: {s.package}
        state: present
        update_cache: true

    - name: Write the site
      ansible.builtin.template:
        src: {s.template}
        dest: {_SERVERS[s.package].format(s.site)}
        mode: "{s.mode}"
      notify: {verb} {s.package}

    - name: Start {s.package} now and at boot
      ansible.builtin.service:
        name: {s.package}
        state: started
        enabled: true

  handlers:
    - name: {verb} {s.package}
      ansible.builtin.service:
        name: {s.package}
        state: {s.change}
"""


SITE = Topic(
    name="ansible-web-server",
    format="ansible",
    sample=_sample_site,
    brief=_site_brief,
    answer=_site_answer,
)


@dataclass(frozen=True, slots=True)
class RollingUpdate:
    """A release that goes out some hosts at a time, out of the balancer and back."""

    group: str
    app: str
    serial: int
    balancer: str
    archive: str
    folder: str
    port: int
    timeout: int


def _sample_update(rng: Random) -> RollingUpdate:
    app = service(rng)
    return RollingUpdate(
        group=rng.choice(GROUPS),
        app=app,
        serial=rng.randint(1, 6),
        balancer=f"{rng.choice(('lb', 'balancer', 'proxy'))}{rng.randint(1, 4)}.example.com",
        archive=f"{named(rng, 'build', 'release')}-{rng.randint(1, 9)}.{rng.randint(0, 9)}.tar.gz",
        folder=rng.choice(("/srv", "/opt", "/var/lib")) + f"/{app}",
        port=rng.choice(PORTS),
        timeout=rng.choice((30, 45, 60, 90, 120)),
    )


def _update_brief(s: RollingUpdate) -> Brief:
    app, source = lit(s.app), f"https://dist.example.com/{s.archive}"
    elsewhere = f"delegate_to=={raw(s.balancer)}"
    return Brief(
        need(
            f"rolling update of {app}",
            f"an Ansible playbook for a rolling update of the service {app}",
            f"a playbook for Ansible that updates the service {app} host by host",
            pins=[service_is(s.app, "args.state=='restarted'")],
        ),
        (
            on_hosts(s.group),
            need(
                f"{num(s.serial)} at a time (serial)",
                f"Take {num(s.serial)} at a time (serial)",
                f"No more than {num(s.serial)} are updated at once: use serial",
                pins=[documents("[0].serial", s.serial)],
            ),
            need(
                f"before and after, on {lit(s.balancer)}: /usr/local/bin/drain HOST and"
                f" /usr/local/bin/undrain HOST, which always count as changes",
                f"Before a host is updated, run /usr/local/bin/drain with its inventory name on"
                f" {lit(s.balancer)}, and /usr/local/bin/undrain likewise afterwards; both always"
                f" count as changes",
                f"Delegate to {lit(s.balancer)}: first /usr/local/bin/drain, in the end"
                f" /usr/local/bin/undrain, each with the inventory name and changed_when true",
                pins=[
                    some_task(
                        "command",
                        elsewhere,
                        "changed_when",
                        f"args.cmd=={raw(f'/usr/local/bin/{word} {{{{ inventory_hostname }}}}')}",
                    )
                    for word in ("drain", "undrain")
                ]
                + [
                    documents(
                        "[0].tasks[0].args.cmd",
                        "/usr/local/bin/drain {{ inventory_hostname }}",
                    ),
                    documents(
                        "[0].tasks[-1].args.cmd",
                        "/usr/local/bin/undrain {{ inventory_hostname }}",
                    ),
                ],
            ),
            need(
                f"unpack {lit(source)}, fetched by the host itself, into {lit(s.folder)}",
                f"The host itself fetches {lit(source)} and unpacks it into {lit(s.folder)}",
                f"Unpack {lit(source)} into {lit(s.folder)}; the host downloads it itself",
                pins=[
                    task("unarchive", {"dest": s.folder, "remote_src": True}),
                    documents(
                        f"[].tasks[] | [?args.src=={raw(source)} || args.url=={raw(source)}]"
                        " | length(@) > `0`"
                    ),
                ],
            ),
            need(
                f"restart {app}, then wait for port {num(s.port)} at most {num(s.timeout)} seconds",
                f"Then restart {app} and wait for its port {num(s.port)}, for {num(s.timeout)}"
                f" seconds at most",
                f"After that {app} is restarted; wait up to {num(s.timeout)} seconds for port"
                f" {num(s.port)}",
                pins=[task("wait_for", {"port": s.port, "timeout": s.timeout})],
            ),
        ),
    )


def _update_answer(s: RollingUpdate) -> str:
    return f"""\
---
- name: Update {s.app}
  hosts: {s.group}
  serial: {s.serial}
  pre_tasks:
    - name: Take the host out of the balancer
      ansible.builtin.command:
        cmd: /usr/local/bin/drain {{{{ inventory_hostname }}}}
      delegate_to: {s.balancer}
      changed_when: true
  tasks:
    - name: Unpack the release
      ansible.builtin.unarchive:
        src: https://dist.example.com/{s.archive}
        dest: {s.folder}
        remote_src: true

    - name: Restart {s.app}
      ansible.builtin.service:
        name: {s.app}
        state: restarted

    - name: Wait until it listens
      ansible.builtin.wait_for:
        port: {s.port}
        timeout: {s.timeout}
  post_tasks:
    - name: Put the host back
      ansible.builtin.command:
        cmd: /usr/local/bin/undrain {{{{ inventory_hostname }}}}
      delegate_to: {s.balancer}
      changed_when: true
"""


UPDATE = Topic(
    name="ansible-rolling-update",
    format="ansible",
    sample=_sample_update,
    brief=_update_brief,
    answer=_update_answer,
)
