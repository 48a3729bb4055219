"""What modules of ansible-core refuse though each of their options fits its documentation.

``argument_spec`` is that of the module's source, ansible-core 2.19.14; what a template or
``module_defaults`` may bring is left alone.
"""

from collections.abc import Callable, Iterator

from rewardsvc.formats.ansible.arguments import canonical
from rewardsvc.formats.ansible.documents import Answer
from rewardsvc.formats.ansible.modules import BUILTIN
from rewardsvc.formats.ansible.plays import Step
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.refusals import Refusal

_Find = Callable[[Answer], Iterator[Diagnostic]]
_FIELDS = ("minute", "hour", "day", "month", "weekday")
_SERVICES = ("service", "sysvinit")


def _of(answer: Answer, *modules: str) -> Iterator[tuple[Step, dict[str, JsonValue]]]:
    """The tasks and handlers that use one of the modules, with what is given to it."""
    full = {f"{BUILTIN}.{module}" for module in modules}
    for play in answer.plays:
        for step in (*play.steps, *play.handlers):
            if step.action.module.name in full and step.action.args is not None:
                given = canonical(step.action, answer.walk.modules)
                yield step, {name: value for name, value in given.items() if value is not None}


def _is_fixed(value: JsonValue) -> bool:
    """Whether something is given for certain: a template may come to ``omit``."""
    return value is not None and "{{" not in str(value) and "{%" not in str(value)


def _exclusive(code: str, module: str, *options: str) -> _Find:
    def find(answer: Answer) -> Iterator[Diagnostic]:
        for step, given in _of(answer, module):
            both = [option for option in options if _is_fixed(given.get(option))]
            if len(both) > 1:
                yield step.misuse(code, f"{module} takes {both[0]} or {both[1]}, not both", both[1])

    return find


def _one_of(code: str, modules: tuple[str, ...], *options: str) -> _Find:
    def find(answer: Answer) -> Iterator[Diagnostic]:
        for step, given in _of(answer, *modules):
            if not step.around.defaults and given.keys().isdisjoint(options):
                yield step.misuse(code, f"{modules[0]} needs one of {', '.join(options)}")

    return find


def _line(answer: Answer) -> Iterator[Diagnostic]:
    for step, given in _of(answer, "lineinfile"):
        present = given.get("state", "present") == "present"
        if present and "line" not in given and not step.around.defaults:
            yield step.misuse("lineinfile-line", "lineinfile needs line where state is present")


def _special_time(answer: Answer) -> Iterator[Diagnostic]:
    for step, given in _of(answer, "cron"):
        fields = [each for each in _FIELDS if _is_fixed(given.get(each)) and given[each] != "*"]
        if fields and _is_fixed(given.get("special_time")):
            words = f"cron takes special_time or {fields[0]}, not both"
            yield step.misuse("cron-exclusive", words, fields[0])


def _task(task: str) -> str:
    play = "---\n- name: All hosts\n  hosts: all\n  tasks:\n    - name: Do it\n"
    return f"{play}      {BUILTIN}.{task}\n"


REFUSALS: tuple[Refusal[Answer], ...] = (
    Refusal(
        code="apt-exclusive",
        what="apt has one of a file, packages and an upgrade to do",
        source="argument_spec: mutually_exclusive",
        find=_exclusive("apt-exclusive", "apt", "deb", "name", "upgrade"),
        refused=_task("apt: {name: nginx, deb: /tmp/nginx.deb}"),
        accepted=_task("apt: {deb: /tmp/nginx.deb}"),
    ),
    Refusal(
        code="blockinfile-exclusive",
        what="a block stands before something or behind it",
        source="argument_spec: mutually_exclusive",
        find=_exclusive("blockinfile-exclusive", "blockinfile", "insertbefore", "insertafter"),
        refused=_task(
            'blockinfile: {path: /a, block: b, mode: "0644", insertbefore: BOF, insertafter: EOF}'
        ),
        accepted=_task('blockinfile: {path: /a, block: b, mode: "0644", insertbefore: BOF}'),
    ),
    Refusal(
        code="copy-exclusive",
        what="copy has a source or a content",
        source="plugins/action/copy.py: src and content are mutually exclusive",
        find=_exclusive("copy-exclusive", "copy", "src", "content"),
        refused=_task('copy: {src: a, content: b, dest: /a, mode: "0644"}'),
        accepted=_task('copy: {content: b, dest: /a, mode: "0644"}'),
    ),
    Refusal(
        code="copy-source",
        what="copy has something to copy",
        source="plugins/action/copy.py: src (or content) is required",
        find=_one_of("copy-source", ("copy",), "src", "content"),
        refused=_task('copy: {dest: /a, mode: "0644"}'),
        accepted=_task('copy: {src: a, dest: /a, mode: "0644"}'),
    ),
    Refusal(
        code="cron-exclusive",
        what="a job has a special time or fields of a time",
        source="cron.py: You cannot combine special_time with any of the time parameters",
        find=_special_time,
        refused=_task("cron: {name: a, job: /bin/b, special_time: daily, minute: '5'}"),
        accepted=_task("cron: {name: a, job: /bin/b, special_time: daily}"),
    ),
    Refusal(
        code="lineinfile-line",
        what="a line that is to be there is named",
        source="lineinfile.py: line is required with state=present",
        find=_line,
        refused=_task('lineinfile: {path: /a, regexp: "^b", mode: "0644"}'),
        accepted=_task('lineinfile: {path: /a, regexp: "^b", state: absent, mode: "0644"}'),
    ),
    Refusal(
        code="pip-exclusive",
        what="pip has names or a file of requirements",
        source="argument_spec: mutually_exclusive",
        find=_exclusive("pip-exclusive", "pip", "name", "requirements"),
        refused=_task("pip: {name: flask, requirements: /srv/requirements.txt}"),
        accepted=_task("pip: {requirements: /srv/requirements.txt}"),
    ),
    Refusal(
        code="pip-name",
        what="pip has something to install",
        source="argument_spec: required_one_of",
        find=_one_of("pip-name", ("pip",), "name", "requirements"),
        refused=_task("pip: {virtualenv: /srv/env}"),
        accepted=_task("pip: {name: flask, virtualenv: /srv/env}"),
    ),
    Refusal(
        code="service-state",
        what="a service is to run, or to start at boot, or not",
        source="argument_spec: required_one_of",
        find=_one_of("service-state", _SERVICES, "state", "enabled"),
        refused=_task("service: {name: nginx}"),
        accepted=_task("service: {name: nginx, enabled: true}"),
    ),
    Refusal(
        code="uri-exclusive",
        what="what is sent is a text or a file",
        source="argument_spec: mutually_exclusive",
        find=_exclusive("uri-exclusive", "uri", "body", "src"),
        refused=_task("uri: {url: 'http://a.example', method: PUT, body: a, src: b}"),
        accepted=_task("uri: {url: 'http://a.example', method: PUT, src: b}"),
    ),
    Refusal(
        code="wait-for-exclusive",
        what="what is waited for is a port or a file",
        source="wait_for.py: port and path parameter can not both be passed to wait_for",
        find=_exclusive("wait-for-exclusive", "wait_for", "port", "path"),
        refused=_task("wait_for: {port: 80, path: /a}") + _task("reboot:")[4:],
        accepted=_task("wait_for: {port: 80}") + _task("reboot:")[4:],
    ),
)
