"""What checks see of an Ansible answer: its plays, each with the tasks that run, in order.

However a task is written (short or full name of the module, ``key=value`` or a mapping, an alias
of an option), it looks the same here; and what is in a role, in a file or in a block stands where
it runs. What never runs is not there, nor is a handler that nobody notifies.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rewardsvc.formats.ansible.arguments import canonical, problems
from rewardsvc.formats.ansible.conditions import never
from rewardsvc.formats.ansible.modules import BUILTIN, Modules
from rewardsvc.formats.ansible.plays import SECTIONS, Step, Walk, is_remote, names, texts
from rewardsvc.formats.ansible.reading import Project
from rewardsvc.formats.ansible.tasks import KEYWORDS, loop_of
from rewardsvc.formats.ansible.variables import Filler
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

_OURS = frozenset({"action", "args", "local_action", "loop", "notify", "tags", "when", "listen"})
"""Keywords of a task that look another way here."""

_IMPORT = f"{BUILTIN}.import_playbook"


@dataclass(frozen=True, slots=True)
class Play:
    """One play, or a role that no play uses, followed to its tasks.

    ``steps``: all of them, also those that never run; ``handlers`` likewise.
    """

    source: YamlFile
    at: int
    play: Mapping[str, Any]
    steps: tuple[Step, ...]
    handlers: tuple[Step, ...]
    roles: tuple[str, ...]
    targets: bool
    """Whether there are hosts to run on, as far as the answer says."""

    @property
    def running(self) -> list[Step]:
        """The tasks that run."""
        return [step for step in self.steps if step.live] if self.targets else []

    @property
    def notified(self) -> list[Step]:
        """The handlers that somebody notifies who runs."""
        by_name: dict[str, list[int]] = {}
        for at, handler in enumerate(self.handlers):
            for name in answers_to(handler) if handler.live else ():
                by_name.setdefault(name, []).append(at)
        waiting = [
            name
            for step in self.running
            if not never(step.task.get("changed_when"), step.around.constants)
            for name in step.around.notify
        ]
        reached: set[int] = set()
        while waiting:
            for at in by_name.pop(waiting.pop(), ()):
                if at not in reached:
                    reached.add(at)
                    waiting += self.handlers[at].around.notify
        return [self.handlers[at] for at in sorted(reached)]


@dataclass(frozen=True, slots=True)
class Answer:
    """All plays of an answer. ``elsewhere``: playbooks and roles that are not in it."""

    plays: tuple[Play, ...]
    walk: Walk
    elsewhere: tuple[str, ...] = ()


def followed(project: Project, modules: Modules) -> Answer:
    """Every play of an answer, followed to its tasks."""
    walk = Walk(project, modules)
    imports = [each for source in project.playbooks for each in _imports(source, walk)]
    started = _started(project, imports)
    elsewhere = [each.name for each in imports if _is_elsewhere(each.name)]
    walk.problems += [
        each.problem() for each in imports if each.path not in project.files and not _open(each)
    ]
    plays: list[Play] = []
    for source in project.playbooks:
        for at, play in enumerate(source.value if isinstance(source.value, list) else ()):
            if isinstance(play, dict) and _imported(play) is None:
                targets = source.file.path in started and _targets(play.get("hosts"))
                plays.append(_play(walk, play, source, at, targets=targets))
    used = {role for play in plays for role in play.roles}
    if not project.playbooks:
        for role in project.role_at:
            file = project.main_of(role, "tasks")
            if role not in used and file is not None:
                steps = tuple(walk.role_steps(role, file))
                handlers = tuple(walk.handlers({}, file, 0, [role]))
                plays.append(Play(file, 0, {"hosts": "all"}, steps, handlers, (role,), True))
    return Answer(tuple(plays), walk, (*elsewhere, *sorted(filter(is_remote, walk.absent_roles))))


def shown(answer: Answer) -> list[JsonValue]:
    """The plays as checks see them, without tasks whose module refuses their arguments."""
    filler = Filler()
    return [_shown(play, answer.walk.modules, filler) for play in answer.plays]


def answers_to(handler: Step) -> set[str]:
    """What a handler may be notified by."""
    found = {*names(handler.task.get("listen"))}
    if isinstance(name := handler.task.get("name"), str):
        found |= {name, f"{handler.around.role} : {name}"}
    return found


@dataclass(frozen=True, slots=True)
class _Import:
    """One ``import_playbook``. ``path``: of the file that it names, from the root."""

    source: YamlFile
    at: int
    name: str
    path: str
    live: bool

    def problem(self) -> Diagnostic:
        """That there is no such file."""
        return self.source.problem("file", f"{self.name} is not among the files", (self.at,))


def _imported(play: Mapping[str, Any]) -> JsonValue:
    """What an entry of a playbook imports, None where it is a play."""
    return play.get("import_playbook", play.get(_IMPORT))


def _imports(source: YamlFile, walk: Walk) -> Iterator[_Import]:
    for at, entry in enumerate(source.value if isinstance(source.value, list) else ()):
        name = _imported(entry) if isinstance(entry, dict) else None
        if isinstance(name, str):
            folder = posixpath.dirname(source.file.path)
            path = posixpath.normpath(posixpath.join(folder, name))
            yield _Import(source, at, name, path, walk.runs(entry))


def _started(project: Project, imports: Sequence[_Import]) -> set[str]:
    """The playbooks that run: those that no other imports, and what they import."""
    named = {each.path for each in imports}
    waiting = [each.file.path for each in project.playbooks if each.file.path not in named]
    by_file: dict[str, list[str]] = {}
    for each in imports:
        if each.live:
            by_file.setdefault(each.source.file.path, []).append(each.path)
    reached: set[str] = set()
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting += by_file.pop(path, ())
    return reached


def _open(imported: _Import) -> bool:
    """Whether only a run, or who has the collection, knows what is imported."""
    return "{" in imported.name or _is_elsewhere(imported.name)


def _is_elsewhere(name: str) -> bool:
    """Whether a playbook has a name that those of collections have."""
    parts = name.split(".")
    return len(parts) > 2 and all(part.isidentifier() for part in parts)


def _play(walk: Walk, play: Mapping[str, Any], source: YamlFile, at: int, *, targets: bool) -> Play:
    steps = tuple(walk.steps(play, source, at))
    roles = tuple(dict.fromkeys(step.around.role for step in steps if step.around.role))
    named = [role for role in _named_roles(play) if role in walk.project.role_at]
    handlers = tuple(walk.handlers(play, source, at, (*roles, *named)))
    return Play(source, at, play, steps, handlers, roles, targets)


def _named_roles(play: Mapping[str, Any]) -> Iterator[str]:
    for entry in play.get("roles") or () if isinstance(play.get("roles"), list) else ():
        name = entry.get("role", entry.get("name")) if isinstance(entry, dict) else entry
        if isinstance(name, str):
            yield name


def _targets(hosts: JsonValue) -> bool:
    patterns = _patterns(hosts)
    wanted = [each for each in patterns if not each.startswith(("!", "&"))]
    return bool(wanted) and "!all" not in patterns and "!*" not in patterns


def _patterns(hosts: JsonValue) -> list[str]:
    """The patterns of ``hosts``, in whichever of its ways."""
    listed: Sequence[str] = texts(hosts)
    if isinstance(hosts, str) and "{" in hosts:
        return [hosts]
    return [part for each in listed for part in each.split(":") if part and "[" not in each] + [
        each for each in listed if "[" in each
    ]


def _shown(play: Play, modules: Modules, filler: Filler) -> JsonValue:
    kept = {
        key: value
        for key, value in play.play.items()
        if key not in (*SECTIONS, "handlers", "hosts", "tags")
    }
    return {
        **kept,
        "hosts": _patterns(play.play.get("hosts")),
        "roles": list(play.roles),
        "tasks": _tasks(play.running, modules, filler),
        "handlers": _tasks(play.notified, modules, filler),
    }


def _tasks(steps: Sequence[Step], modules: Modules, filler: Filler) -> list[JsonValue]:
    return [_task(step, modules, filler) for step in steps if _fits(step, modules)]


def _fits(step: Step, modules: Modules) -> bool:
    return not any(problems(step.action, modules, defaults=step.around.defaults))


def _task(step: Step, modules: Modules, filler: Filler) -> JsonValue:
    own = {key: value for key, value in step.task.items() if key in KEYWORDS and key not in _OURS}
    lists = {
        "when": list(step.around.when),
        "notify": list(step.around.notify),
        "tags": list(step.around.tags),
        "listen": list(names(step.task.get("listen"))),
    }
    constants = step.around.constants
    loop = filler.filled(loop_of(step.task), constants)
    action = step.action
    args = None if action.args is None else filler.filled(dict(action.args), constants)
    return {
        **step.around.keywords,
        **own,
        "module": step.action.module.name,
        "args": canonical(replace(action, args=args), modules),
        **{key: value for key, value in lists.items() if value},
        **({"loop": loop} if loop is not None else {}),
        **({"role": step.around.role} if step.around.role else {}),
    }
