"""Ansible: what is vacuous, what checks see, what is lacking, whose fault it is."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.ansible.leaning import leans_on
from rewardsvc.formats.ansible.verifier import AnsibleVerifier
from rewardsvc.means import LackKind
from rewardsvc.types import Stage, StageStatus, Target
from rewardsvc.verification.ladder import OVERRUN
from rewardsvc.verification.verifier import Findings, Workbench
from sandbox.base import Command, Ended, Result, StepResult, Usage
from sandbox.errors import ToolCrashed, ToolMissing
from sandbox.toolchain import Source
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOTD = "{name: Greet, ansible.builtin.copy: {content: hello, dest: /etc/motd, mode: '0644'}}"
PLAY = "- name: All hosts\n  hosts: all\n  tasks:\n"


@pytest.fixture
def bench(workbench: Workbench) -> Workbench:
    """A workbench with Ansible."""
    if workbench.toolchain.tools["ansible"].source is Source.MISSING:
        lacks("ansible", "ansible is missing: run `make setup` where the package index is reached")
    return workbench


def artifact(files: str | Mapping[str, str]) -> Artifact:
    texts = {"playbook.yml": files} if isinstance(files, str) else files
    return Artifact(
        tuple(
            File(path, "yaml" if path.endswith(("yml", "lint")) else "ini", text)
            for path, text in texts.items()
        )
    )


async def verify(files: str | Mapping[str, str], bench: Workbench) -> Findings:
    return await AnsibleVerifier().verify(artifact(files), bench)


def stages(findings: Findings) -> Mapping[str, Stage]:
    return {stage.name: stage for stage in findings.stages}


def tasks(*more: str, of: str = PLAY) -> str:
    return of + "".join(f"    - {each}\n" for each in more)


def said(findings: Findings, *names: str) -> list[str]:
    return [
        found.message
        for stage in findings.stages
        if not names or stage.name in names
        for found in stage.diagnostics
        if found.severity != "info"
    ]


@dataclass(slots=True)
class Says:
    """A sandbox whose programs say what they are told to. ``codes``: how they end."""

    printed: Mapping[str, bytes] = field(default_factory=dict)
    errors: Mapping[str, bytes] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    ended: Ended = Ended.EXITED
    asked: list[Command] = field(default_factory=list)

    async def run(self, command: Command) -> Result:
        self.asked.append(command)
        results: list[StepResult] = []
        for step in command.steps:
            if step.due(results):
                printed = self.printed.get(step.name, b"[]" if step.name == "ansible-lint" else b"")
                error = self.errors.get(step.name, b"")
                code = self.codes.get(step.name, 0)
                results.append(StepResult(step.name, code, printed, error, 0.0))
        return Result(self.ended, tuple(results), Usage(0.0))


async def done(files: str | Mapping[str, str], bench: Workbench) -> list[Any]:
    """What checks see of plays, where the programs find nothing."""
    findings = await verify(files, replace(bench, sandbox=Says()))
    plays: list[Any] = findings.projections.get(Target.DOCUMENTS, [])
    return plays


async def running(files: str | Mapping[str, str], bench: Workbench) -> list[str]:
    """The packages that tasks named ``apt`` install, in order: which tasks run."""
    plays = await done(files, bench)
    return [
        name
        for play in plays
        for task in play["tasks"]
        if task["module"] == "ansible.builtin.apt"
        for name in task["args"]["name"]
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- hosts: all\n", "no task"),
        ("- hosts: all\n  tasks: []\n", "no task"),
        ("- hosts: all\n  tasks: {a: b}\n", "no task"),
        (tasks("ansible.builtin.debug: {msg: nginx}"), "changes anything"),
        (tasks("set_fact: {a: b}", "assert: {that: a}"), "changes anything"),
        (tasks("command: 'true'", "shell: echo nginx installed"), "changes anything"),
        (tasks("command: {argv: [echo, nginx]}"), "changes anything"),
        (tasks("community.general.docker_host_info: {}"), "changes anything"),
        (tasks("ansible.builtin.nginx: {}"), "changes anything"),
        (tasks("apt: {name: a}").replace("hosts: all", "hosts: []"), "ever runs"),
        (tasks("apt: {name: a}").replace("hosts: all", "hosts: 'a:!all'"), "ever runs"),
        (tasks("{apt: {name: a}, when: false}"), "ever runs"),
        (tasks("{apt: {name: a}, tags: [never, a]}"), "ever runs"),
        ("- import_playbook: acme.web.site\n", "others' playbooks"),
        ("- hosts: all\n  roles: [acme.nginx]\n", "roles that are not in it"),
    ],
)
async def test_what_changes_nothing_is_vacuous_and_no_tool_is_asked(
    text: str, why: str, bench: Workbench
) -> None:
    sandbox = Says()
    findings = await verify(text, replace(bench, sandbox=sandbox))
    assert why in findings.vacuous, findings
    assert all(stage.status is StageStatus.SKIPPED for stage in findings.stages[1:])
    assert not sandbox.asked


@pytest.mark.parametrize(
    "task",
    [
        "{apt: {name: [nginx], state: present}}",
        "{ansible.builtin.apt: {name: nginx, state: present}}",
        "{ansible.legacy.apt: {pkg: nginx, state: present}}",
        "apt: name=nginx state=present",
        "{action: apt name=nginx state=present}",
        "{action: {module: apt, name: nginx, state: present}}",
        "{apt: {name: nginx}, args: {state: present}}",
        "{apt: {package: '{{ server }}', state: '{{ wanted.state }}'}}",
        "{block: [{apt: {name: nginx, state: present}}]}",
    ],
)
async def test_however_a_task_is_written_it_looks_the_same(task: str, bench: Workbench) -> None:
    play = "- hosts: all\n  vars: {server: nginx, wanted: {state: present}}\n  tasks:\n"
    ((seen,),) = [play["tasks"] for play in await done(tasks(task, of=play), bench)]
    assert seen == {
        "module": "ansible.builtin.apt",
        "args": {"name": ["nginx"], "state": "present"},
    }


@pytest.mark.parametrize(
    ("files", "runs"),
    [
        (tasks("apt: {name: a}", "meta: end_play", "apt: {name: b}"), ["a"]),
        (tasks("apt: {name: a}", "{meta: end_play, when: x}", "apt: {name: b}"), ["a", "b"]),
        (tasks("apt: {name: a}", "{meta: end_host, when: true}", "apt: {name: b}"), ["a"]),
        (tasks("apt: {name: a}", "fail: {msg: no}", "apt: {name: b}"), ["a"]),
        (tasks("apt: {name: a}", "{fail: , ignore_errors: true}", "apt: {name: b}"), ["a", "b"]),
        (tasks("apt: {name: a}", "command: 'false'", "apt: {name: b}"), ["a"]),
        (tasks("apt: {name: a}", "{ping: , failed_when: true}", "apt: {name: b}"), ["a"]),
        (tasks("apt: {name: a}", "{ping: , failed_when: }", "apt: {name: b}"), ["a", "b"]),
        (tasks("apt: {name: a}", "{command: 'false', failed_when: false}", "apt: {name: b}"),
         ["a", "b"]),
        (tasks("{block: [{fail: }, {apt: {name: a}}], rescue: [{apt: {name: b}}]}",
               "apt: {name: c}"), ["c"]),
        (tasks("{apt: {name: a}, check_mode: 'yes'}", "apt: {name: b}"), ["b"]),
        (tasks("{apt: {name: a}, loop: '{{ range(0) | list }}'}", "apt: {name: b}"), ["b"]),
        (tasks("{apt: {name: a}, with_items: []}", "apt: {name: b}"), ["b"]),
        (tasks("{set_fact: {x: true}}", "{apt: {name: a}, when: x}",
               of="- hosts: all\n  vars: {x: false}\n  tasks:\n"), ["a"]),
        ({"site.yml": "- import_playbook: a.yml\n  when: false\n" + tasks("apt: {name: b}"),
          "a.yml": "- import_playbook: c.yml\n" + tasks("apt: {name: a}"),
          "c.yml": tasks("apt: {name: c}")}, ["b"]),
        ({"site.yml": "- import_playbook: a.yml\n" + tasks("apt: {name: b}"),
          "a.yml": tasks("apt: {name: a}")}, ["b", "a"]),
        ({"site.yml": "- hosts: all\n  roles: [r]\n  tasks: [{apt: {name: b}}]\n",
          "roles/r/tasks/main.yml": "- {apt: {name: a}, when: wanted}\n",
          "roles/r/defaults/main.yml": "wanted: false\n"}, ["b"]),
        ({"site.yml": "- hosts: all\n  roles: [{role: r, wanted: true}]\n",
          "roles/r/tasks/main.yml": "- {apt: {name: a}, when: wanted}\n",
          "roles/r/defaults/main.yml": "wanted: false\n"}, ["a"]),
        ({"site.yml": "- hosts: all\n  roles: [r]\n",
          "roles/r/meta/main.yml": "dependencies: [s]\n",
          "roles/r/tasks/main.yml": "- apt: {name: a}\n",
          "roles/s/tasks/main.yml": "- apt: {name: b}\n"}, ["b", "a"]),
    ],
)  # fmt: skip
async def test_checks_see_the_tasks_that_run_in_their_order(
    files: str | Mapping[str, str], runs: list[str], bench: Workbench
) -> None:
    assert await running(files, bench) == runs


async def test_a_task_has_the_keywords_of_what_is_around_it(bench: Workbench) -> None:
    files = {
        "site.yml": (
            "- hosts: all\n  become: true\n  environment: {A: b}\n  tasks:\n"
            "    - {apt: {name: a}}\n"
            "    - {become: false, block: [{apt: {name: b}}]}\n"
            "    - {import_tasks: more.yml, become_user: app, tags: [one]}\n"
            "    - {include_tasks: more.yml, become_user: app, tags: [one]}\n"
            "    - include_tasks: {file: more.yml, apply: {become_user: app, tags: two}}\n"
        ),
        "more.yml": "- apt: {name: c}\n",
    }
    ((first, second, imported, included, applied),) = [
        play["tasks"] for play in await done(files, bench)
    ]
    assert first["become"] is True and first["environment"] == {"A": "b"}
    assert second["become"] is False
    assert (imported["become_user"], imported["tags"]) == ("app", ["one"])
    assert "become_user" not in included and "tags" not in included
    assert (applied["become_user"], applied["tags"]) == ("app", ["two"])


async def test_only_handlers_that_a_task_may_notify_are_seen(bench: Workbench) -> None:
    play = (
        "- hosts: all\n  tasks:\n"
        "    - {copy: {content: a, dest: /a}, notify: [one, 'all of them']}\n"
        "    - {copy: {content: a, dest: /b}, notify: two, changed_when: false}\n"
        "    - {copy: {content: a, dest: /c}, notify: three, when: false}\n"
        "  handlers:\n"
        "    - {name: one, service: {name: a, state: restarted}, notify: chained}\n"
        "    - {name: two, service: {name: b, state: restarted}}\n"
        "    - {name: three, service: {name: c, state: restarted}}\n"
        "    - {name: four, service: {name: d, state: restarted}, listen: all of them}\n"
        "    - {name: chained, service: {name: e, state: restarted}}\n"
    )
    ((handlers),) = [play["handlers"] for play in await done(play, bench)]
    assert [each["args"]["name"] for each in handlers] == ["a", "d", "e"]


async def test_variables_stand_for_their_values_by_what_comes_before_what(
    bench: Workbench,
) -> None:
    files = {
        "site.yml": (
            "- hosts: web\n  vars: {a: play}\n  vars_files: [more.yml]\n  roles: [r]\n"
            "  tasks:\n    - {apt: {name: ['{{ a }}', '{{ b }}', '{{ c }}', 'x-{{ d.e }}',"
            " '{{ f[1] }}', '{{ a | upper }}', '{{ nobody }}']}, vars: {b: task}}\n"
        ),
        "more.yml": "b: file\nd: {e: inner}\nf: [0, second]\n",
        "group_vars/web.yml": "a: group\nc: group\n",
        "roles/r/tasks/main.yml": "- apt: {name: ['{{ a }}', '{{ c }}', '{{ g }}', '{{ h }}']}\n",
        "roles/r/defaults/main.yml": "a: default\ng: default\nh: '{{ g }}!'\n",
    }
    assert await running(files, bench) == [
        *("play", "group", "default", "default!"),
        *("play", "task", "group", "x-inner", "second", "{{ a | upper }}", "{{ nobody }}"),
    ]


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("ansible.builtin.copyy: {dest: /a}", "there is no module ansible.builtin.copyy; did you"),
        ("acme.web.site: {a: b}", "there is no module acme.web.site"),
        ("ansible.builtin.copy: {content: a, dset: /a}", "copy has no option 'dset'; did you mean"),
        ("ansible.builtin.copy: {file: a, dest: /a}", "copy has no option 'file'"),
        ("ansible.builtin.copy: {content: a}", "copy needs dest"),
        ("ansible.builtin.apt: {name: a, state: started}", "apt: state is one of"),
        ("ansible.builtin.apt: {name: a, update_cache: maybe}", "update_cache is to be of type"),
        ("ansible.builtin.git: {repo: a}", "git needs dest"),
        ("{name: A, become: true}", "a task without a module"),
        ("{apt: {name: a}, yum: {name: b}}", "a task with more than one module"),
        ("import_role: {name: other}", "there is no role other"),
        ("include_tasks: other.yml", "other.yml is not among the files"),
        ("{apt: {name: a}, notify: nobody}", "no handler is called 'nobody'"),
    ],
)
async def test_what_leads_nowhere_or_does_not_fit_is_an_error(
    task: str, says: str, bench: Workbench
) -> None:
    findings = await verify(tasks(task, MOTD), replace(bench, sandbox=Says()))
    assert any(says in each for each in said(findings)), said(findings)


@pytest.mark.parametrize(
    "task",
    [
        "ansible.builtin.git: {repo: a, clone: false}",
        "ansible.builtin.user: {name: a, expires: '1422403387'}",
        "ansible.builtin.file: {path: /a, state: touch, _diff_peek: true}",
        "ansible.builtin.command: {cmd: make, executable: /bin/sh}",
        "ansible.builtin.apt_key: {id: 0x9FED2BCBDCD29CDF762678CBAED4B06F473041FA, state: absent}",
        "ansible.builtin.apt: {name: a, update_cache: yes, cache_valid_time: '3600'}",
        "ansible.builtin.apt: {name: a, state: '{{ wanted }}'}",
        "{apt: name=a, args: '{{ more }}'}",
        "{ansible.builtin.copy: {content: a}, module_defaults: {copy: {dest: /a}}}",
    ],
)
async def test_what_modules_take_is_no_error(task: str, bench: Workbench) -> None:
    findings = await verify(tasks(task, MOTD), replace(bench, sandbox=Says()))
    assert said(findings, "arguments") == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        (tasks("ansible.posix.sysctl: {name: a, value: b}"), ["ansible.posix"]),
        (tasks("sysctl: {name: a, value: b}"), ["ansible.posix"]),
        (tasks("{helm_thing: {a: b}, collections: [kubernetes.core]}"), ["kubernetes.core"]),
        (tasks("{copy: {dest: /a}, with_community.general.filetree: [a]}"), ["community.general"]),
        ("- hosts: all\n  roles: [acme.nginx]\n  tasks: [{apt: {name: a}}]\n", ["acme.nginx"]),
        ("- import_playbook: acme.web.site\n" + tasks(MOTD), ["acme.web.site"]),
    ],
)
async def test_what_is_of_others_is_lacking_and_leant_on(
    text: str, lacking: list[str], bench: Workbench
) -> None:
    findings = await verify(text, replace(bench, sandbox=Says()))
    assert [lack.name for lack in findings.lacking] == lacking
    kinds = {lack.kind for lack in findings.lacking}
    assert kinds <= {LackKind.COLLECTION, LackKind.MODULE} and kinds
    means = leans_on(artifact(text))
    assert [*means.libraries, *means.modules] == lacking


async def test_what_is_lacking_has_stand_ins_and_the_rest_is_looked_at(bench: Workbench) -> None:
    findings = await verify(
        tasks(
            MOTD,
            "{name: Set it, ansible.posix.sysctl: {name: a, value: b}}",
            "{name: Copy them, copy: {src: '{{ item.src }}', dest: /a, mode: '0644'},"
            " with_community.general.filetree: [a]}",
            "{name: Misspell, ansible.builtin.file: {path: /a, state: nowhere}}",
        ),
        bench,
    )
    assert [lack.name for lack in findings.lacking] == ["ansible.posix", "community.general"]
    assert stages(findings)["syntax"].status is StageStatus.PASSED, said(findings)
    assert [each for each in said(findings, "arguments") if "state is one of" in each]


async def test_nothing_of_an_answer_runs_and_nothing_configures_the_tools(
    bench: Workbench,
) -> None:
    sandbox = Says()
    beside = {
        "ansible.cfg": "[defaults]\nlibrary = .\n",
        ".ansible-lint": "skip_list: [all]\n",
        "library/site.py": "raise SystemExit(0)\n",
        "filter_plugins/all.py": "raise SystemExit(0)\n",
        "roles/r/library/m.yml": "a: b\n",
        "collections/ansible_collections/a/b/plugins/modules/c.yml": "a: b\n",
    }
    text = tasks(MOTD) + "# noqa: fqcn\n# yamllint disable\n"
    await verify({"site.yml": text, **beside}, replace(bench, sandbox=sandbox))
    (command,) = sandbox.asked
    placed = {path: text for path, text in command.files.items() if path.startswith("project/")}
    assert placed.keys() == {"project/site.yml"}
    assert b"noqa" not in placed["project/site.yml"]
    assert b"yamllint" not in placed["project/site.yml"]
    assert command.env["ANSIBLE_CONFIG"] == "/work/ansible.cfg"


async def test_a_lookup_that_runs_commands_is_not_there(bench: Workbench) -> None:
    text = tasks("import_tasks: \"{{ lookup('pipe', 'echo more.yml') }}\"", MOTD)
    findings = await verify({"site.yml": text, "more.yml": "- ping:\n"}, bench)
    assert stages(findings)["syntax"].status is StageStatus.FAILED
    assert any("lookup" in each for each in said(findings, "syntax")), said(findings)


@pytest.mark.parametrize(
    ("says", "what"),
    [
        (Says(codes={"ansible-playbook": 250}), "ansible-playbook failed"),
        (Says(codes={"ansible-playbook": 137}), "ansible-playbook failed"),
        (Says(codes={"ansible-lint": 1}), "ansible-lint failed"),
        (Says(printed={"ansible-lint": b"Traceback"}), "cannot read"),
        (Says(printed={"ansible-lint": b'[{"check_name": "a"}]'}), "cannot read"),
        (
            Says(
                printed={
                    "ansible-lint": json.dumps(
                        [
                            {
                                "check_name": "internal-error",
                                "description": "a rule broke",
                                "location": {"path": "playbook.yml"},
                            }
                        ]
                    ).encode()
                }
            ),
            "a rule broke",
        ),
    ],
)
async def test_a_tool_that_breaks_is_no_error_of_the_answer(
    says: Says, what: str, bench: Workbench
) -> None:
    with pytest.raises(ToolCrashed, match=what):
        await verify(tasks(MOTD), replace(bench, sandbox=says))


@pytest.mark.parametrize("ended", [Ended.CPU_TIME, Ended.MEMORY, Ended.WALL_TIME])
async def test_what_is_too_much_for_ansible_is_the_answers_doing(
    ended: Ended, bench: Workbench
) -> None:
    findings = await verify(tasks(MOTD), replace(bench, sandbox=Says(ended=ended)))
    assert [found.code for found in stages(findings)["syntax"].diagnostics[1:]] == [OVERRUN]
    assert stages(findings)["lint"].status is StageStatus.SKIPPED
    assert findings.projections[Target.DOCUMENTS] == []


async def test_what_ansible_does_not_load_has_its_file_and_line_and_is_not_shown(
    bench: Workbench,
) -> None:
    findings = await verify(
        {"site.yml": tasks(MOTD).replace("hosts:", "become_: a\n  hosts:")}, bench
    )
    (found,) = [each for each in stages(findings)["syntax"].diagnostics if each.severity == "error"]
    assert (found.file, found.line) == ("site.yml", 2)
    assert "become_" in found.message
    assert findings.projections[Target.DOCUMENTS] == []


async def test_without_ansible_it_is_not_judged(workbench: Workbench) -> None:
    toolchain = workbench.toolchain
    missing = replace(toolchain.tools["ansible"], source=Source.MISSING, path=None)
    bench = replace(
        workbench, toolchain=replace(toolchain, tools={**toolchain.tools, "ansible": missing})
    )
    with pytest.raises(ToolMissing, match="ansible"):
        await verify(tasks(MOTD), bench)


def examples(module: Path) -> str:
    """What the documentation of a module has as examples; its source is read, and not run."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXAMPLES":
            return str(ast.literal_eval(node.value))
    return ""


async def test_no_example_of_ansibles_own_documentation_has_arguments_that_do_not_fit(
    bench: Workbench,
) -> None:
    folder = bench.toolchain.tools["ansible"].path
    assert folder is not None
    wrong, read = [], 0
    for module in sorted((folder / "ansible/modules").glob("*.py")):
        lines = "".join(f"    {line}\n" for line in examples(module).splitlines())
        findings = await verify(PLAY + lines, replace(bench, sandbox=Says()))
        read += findings.parsed and not findings.vacuous
        wrong += [(module.stem, each) for each in said(findings, "arguments")]
    assert wrong == []
    assert read > 40


@pytest.mark.parametrize(
    "task",
    [
        "copy: {src: '{{ a | default(omit) }}', content: '{{ b | default(omit) }}', dest: /a}",
        "cron: {name: a, job: b, special_time: '{{ a | default(omit) }}', minute: '5'}",
        "cron: {name: a, job: b, special_time: daily, minute: '*'}",
        "pip: {name: '{{ a | default(omit) }}', requirements: /r.txt}",
        "{copy: {dest: /a}, module_defaults: {copy: {content: a}}}",
        "{service: {name: a}, module_defaults: {service: {state: started}}}",
    ],
)
async def test_what_a_template_or_a_default_may_bring_is_not_refused(
    task: str, bench: Workbench
) -> None:
    findings = await verify(tasks(task, MOTD), replace(bench, sandbox=Says()))
    assert said(findings, "arguments") == []
