"""What the plays of an answer do, task by task: files and roles followed, blocks taken apart.

:class:`Walk` gives every task of a play in the order in which Ansible runs them, each with what it
has from the blocks, roles and includes around it, and whether it ever runs; what leads nowhere on
the way is told, too.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from rewardsvc.formats.ansible.conditions import (
    NO_CONSTANTS,
    Constants,
    always,
    holds,
    never,
    nothing_in,
)
from rewardsvc.formats.ansible.modules import BUILTIN, Modules
from rewardsvc.formats.ansible.reading import Project
from rewardsvc.formats.ansible.tasks import BLOCKS, KEYWORDS, Action, action_of, loop_of
from rewardsvc.types import Diagnostic, JsonValue
from rewardsvc.verification.yaml_files import YamlFile

MAX_TASKS = 5000
"""Followed of one answer, through all that includes each other; what is beyond does not count."""

MAX_DEPTH = 20
"""Files and roles that include each other."""

SECTIONS = ("pre_tasks", "roles", "tasks", "post_tasks")
"""Of a play, in the order in which they run."""

INHERITED = frozenset(
    {
        *("become", "become_user", "become_method", "delegate_to", "environment"),
        *("ignore_errors", "no_log", "remote_user", "run_once"),
    }
)
"""Keywords of a play or block that its tasks have where they do not say otherwise."""

_FILES = frozenset({f"{BUILTIN}.import_tasks", f"{BUILTIN}.include_tasks"})
_ROLES = frozenset({f"{BUILTIN}.import_role", f"{BUILTIN}.include_role"})
_DYNAMIC = tuple(
    f"{prefix}{name}"
    for prefix in ("", f"{BUILTIN}.", "ansible.legacy.")
    for name in ("include_tasks", "include_role")
)
"""What is included while a play runs has only what ``apply`` says of the task that includes it."""
_FAILING = frozenset({"false", "/bin/false", "/usr/bin/false", "exit 1"})
_COMMANDS = frozenset(f"{BUILTIN}.{name}" for name in ("command", "shell", "raw"))
_ENDS = frozenset({"end_play", "end_batch", "end_host", "end_role"})

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """What a task has from around it."""

    source: YamlFile
    playbook: str
    when: tuple[JsonValue, ...] = ()
    tags: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()
    keywords: Mapping[str, JsonValue] = field(default_factory=dict)
    constants: Constants = NO_CONSTANTS
    role: str = ""
    live: bool = True
    defaults: bool = False
    """Whether arguments may come from ``module_defaults``."""
    collections: tuple[str, ...] = ()
    """Where short names of modules are looked for before anywhere else."""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One task that runs a module, as it stands in a play."""

    task: Mapping[str, Any]
    place: Place
    action: Action
    around: Around
    live: bool

    def problem(self, code: str, message: str) -> Diagnostic:
        """A diagnostic about it."""
        return self.around.source.problem(code, message, self.place)

    def misuse(self, code: str, message: str, option: str = "") -> Diagnostic:
        """A diagnostic about how its module is used, or about one of the options, as written."""
        given = (self.action.written, option) if option else (self.action.written,)
        return self.around.source.problem(code, message, (*self.place, *given))


@dataclass(slots=True)
class Walk:
    """The way through the plays of one answer, and what was found on it."""

    project: Project
    modules: Modules
    problems: list[Diagnostic] = field(default_factory=list)
    absent_roles: set[str] = field(default_factory=set)
    """Named, and not in the answer."""
    open_ended: bool = False
    """Whether something is included that only a run knows, or that is not here."""
    loops: set[str] = field(default_factory=set)
    """Lookups of collections that tasks loop over: ``with_community.general.filetree``."""
    left: int = MAX_TASKS
    changing: Set[str] = frozenset()
    """Variables that tasks set: their values are open."""

    def __post_init__(self) -> None:
        """Look for what tasks set."""
        self.changing = frozenset(
            name for file in self.project.files.values() for name in _set_in(file.value)
        )

    def steps(self, play: Mapping[str, Any], source: YamlFile, at: int) -> Iterator[Step]:
        """The tasks of a play, in order."""
        around = self._around(play, source)
        for section in SECTIONS:
            entries = play.get(section)
            follow = self._roles if section == "roles" else self._tasks
            for step in follow(entries, (at, section), around):
                yield step
                if step.live and _ends(step):
                    around = replace(around, live=False)

    def handlers(
        self, play: Mapping[str, Any], source: YamlFile, at: int, roles: Sequence[str]
    ) -> Iterator[Step]:
        """The handlers that a play has, those of the roles that it uses among them."""
        around = self._around(play, source)
        yield from self._tasks(play.get("handlers"), (at, "handlers"), around)
        for role in dict.fromkeys(roles):
            file = self.project.main_of(role, "handlers")
            if file is not None:
                inside = replace(self._in_role(role, around), source=file)
                yield from self._tasks(file.value, (), inside)

    def runs(self, entry: Mapping[str, Any]) -> bool:
        """Whether an entry of a playbook that imports another one ever does."""
        constants = NO_CONSTANTS.with_variables(entry.get("vars"), self.changing)
        return "never" not in texts(entry.get("tags")) and not never(entry.get("when"), constants)

    def role_steps(self, role: str, source: YamlFile) -> Iterator[Step]:
        """The tasks of a role that no play of the answer uses."""
        yield from self._role(role, Around(source, source.file.path))

    def _around(self, play: Mapping[str, Any], source: YamlFile) -> Around:
        """What the tasks and handlers of a play have from it."""
        constants = NO_CONSTANTS
        for path in self._variables_of_groups(play, source):
            constants = constants.with_variables(self.project.files[path].value, self.changing)
        constants = constants.with_variables(play.get("vars"), self.changing)
        for name in names(play.get("vars_files")):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source.file.path), name))
            if path in self.project.files:
                constants = constants.with_variables(self.project.files[path].value, self.changing)
        return Around(
            source,
            source.file.path,
            keywords={key: play[key] for key in INHERITED & play.keys()},
            constants=constants,
            live=not (_is_on(play.get("check_mode")) or "never" in texts(play.get("tags"))),
            defaults="module_defaults" in play,
            collections=names(play.get("collections")),
        )

    def _variables_of_groups(self, play: Mapping[str, Any], source: YamlFile) -> Iterator[str]:
        """Files of variables beside a playbook: of all hosts, then of the group that it is for."""
        hosts = play.get("hosts")
        for group in ("all", *([hosts] if isinstance(hosts, str) and hosts != "all" else ())):
            base = posixpath.join(posixpath.dirname(source.file.path), "group_vars", group)
            files = (f"{base}.yml", f"{base}.yaml")
            yield from filter(self.project.files.__contains__, files)

    def _in_role(self, name: str, around: Around) -> Around:
        """What the tasks and handlers of a role have from it and from around it."""
        constants = around.constants
        if (defaults := self.project.main_of(name, "defaults")) is not None:
            constants = constants.with_defaults(defaults.value, self.changing)
        if (variables := self.project.main_of(name, "vars")) is not None:
            constants = constants.with_variables(variables.value, self.changing)
        return replace(around, role=name, constants=constants, depth=around.depth + 1)

    def _tasks(self, tasks: JsonValue, place: Place, around: Around) -> Iterator[Step]:
        for at, task in enumerate(tasks if isinstance(tasks, list) else ()):
            if not isinstance(task, dict) or self.left <= 0:
                continue
            self.left -= 1
            here = (*place, at)
            within = self._within(task, around)
            is_block = any(part in task for part in BLOCKS)
            steps = (self._block if is_block else self._task)(task, here, within)
            for step in steps:
                yield step
                if step.live and _ends(step):
                    around = replace(around, live=False)

    def _block(self, task: Mapping[str, Any], here: Place, around: Around) -> Iterator[Step]:
        rescued = isinstance(task.get("rescue"), list) and bool(task["rescue"])
        for part in BLOCKS:
            # What is only for the case of a failure may run, and is no evidence of anything.
            inside = replace(around, live=around.live and part != "rescue")
            for step in self._tasks(task.get(part), (*here, part), inside):
                yield replace(step, live=False) if rescued and _fails(step) else step

    def _task(self, task: Mapping[str, Any], here: Place, around: Around) -> Iterator[Step]:
        action = action_of(task, self.modules, around.collections)
        step = Step(task, here, action, around, around.live)
        if action.module.name in _FILES:
            yield from self._included(step)
        elif action.module.name in _ROLES:
            yield from self._role_named(step)
        else:
            yield step

    def _included(self, step: Step) -> Iterator[Step]:
        around = step.around
        name = (step.action.args or {}).get("file")
        if not isinstance(name, str) or "{" in name:
            self.open_ended = True
            return
        file = next(
            (
                found
                for path in _candidates(name, around)
                if (found := self.project.files.get(path))
            ),
            None,
        )
        if file is None:
            self.open_ended = True
            self.problems.append(step.problem("file", f"{name} is not among the files"))
        elif around.depth < MAX_DEPTH:
            inside = replace(around, source=file, depth=around.depth + 1)
            yield from self._tasks(file.value, (), inside)

    def _role_named(self, step: Step) -> Iterator[Step]:
        args = step.action.args or {}
        name, part = args.get("name", args.get("role")), args.get("tasks_from", "main")
        if not isinstance(name, str) or not isinstance(part, str) or "{" in name + part:
            self.open_ended = True
            return
        if (role := self._here(name, step.around.source, step.place)) is not None:
            yield from self._role(role, step.around, part)

    def _roles(self, roles: JsonValue, place: Place, around: Around) -> Iterator[Step]:
        for at, entry in enumerate(roles if isinstance(roles, list) else ()):
            if self.left <= 0:
                return
            self.left -= 1
            name = entry.get("role", entry.get("name")) if isinstance(entry, dict) else entry
            if not isinstance(name, str) or "{" in name:
                self.open_ended = True
                continue
            inside = around
            if isinstance(entry, dict):
                loose = {key: entry[key] for key in entry.keys() - KEYWORDS - {"role"}}
                inside = self._within(entry, around)
                constants = around.constants.with_variables(loose, self.changing)
                inside = replace(
                    inside, constants=constants.with_variables(entry.get("vars"), self.changing)
                )
            if (role := self._here(name, around.source, (*place, at))) is not None:
                yield from self._role(role, inside)

    def _here(self, name: str, source: YamlFile, place: Place) -> str | None:
        """The role of that name or path, None where it is not in the answer."""
        role = name.rstrip("/").rpartition("/")[2]
        if role in self.project.role_at:
            return role
        self.open_ended = True
        self.absent_roles.add(role)
        if not is_remote(role):
            self.problems.append(source.problem("role", f"there is no role {name}", place))
        return None

    def _role(self, name: str, around: Around, part: str = "main") -> Iterator[Step]:
        if around.depth >= MAX_DEPTH:
            return
        inside = self._in_role(name, around)
        meta = self.project.main_of(name, "meta")
        if meta is not None and isinstance(meta.value, dict):
            of_meta = replace(inside, source=meta)
            yield from self._roles(meta.value.get("dependencies"), ("dependencies",), of_meta)
            listed = names(meta.value.get("collections"))
            inside = replace(inside, collections=(*listed, *inside.collections))
        file = self.project.file_of(name, "tasks", part)
        if file is not None:
            yield from self._tasks(file.value, (), replace(inside, source=file))
        elif part != "main":
            words = f"the role {name} has no tasks called {part}"
            self.problems.append(around.source.problem("role", words))

    def _within(self, task: Mapping[str, Any], around: Around) -> Around:
        """What a task or block hands on, and whether it runs."""
        constants = around.constants.with_variables(task.get("vars"), self.changing)
        self.loops |= {key[5:] for key in task if key.startswith("with_") and "." in key}
        tags = texts(task.get("tags"))
        off = (
            _is_on(task.get("check_mode"))
            or "never" in tags
            or never(task.get("when"), constants)
            or nothing_in(loop_of(task), constants)
        )
        handed = _handed_on(task)
        own = {key: handed[key] for key in INHERITED & handed.keys()}
        return replace(
            around,
            when=(*around.when, *conditions(task.get("when"))),
            tags=(*around.tags, *(tags if handed is task else texts(handed.get("tags")))),
            notify=(*around.notify, *names(handed.get("notify"))),
            keywords={**around.keywords, **own},
            constants=constants,
            live=around.live and not off,
            defaults=around.defaults or "module_defaults" in task,
            collections=(*names(task.get("collections")), *around.collections),
        )


def _handed_on(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of a task's keywords those have that it brings: of a dynamic include, ``apply``."""
    for name in _DYNAMIC:
        if name in task:
            given = task[name]
            applied = given.get("apply") if isinstance(given, dict) else None
            return applied if isinstance(applied, dict) else {}
    return task


def _is_on(value: JsonValue) -> bool:
    """Whether a keyword that is a switch is on."""
    return value is True or (
        isinstance(value, str)
        and (value.strip().lower() in {"yes", "on", "true"} or holds(value, NO_CONSTANTS) is True)
    )


def is_remote(role: str) -> bool:
    """Whether a role has a name that roles of Galaxy have: its author's before its own."""
    return "." in role


def texts(value: JsonValue) -> tuple[str, ...]:
    """The texts of a list, or of one text in which commas are between them."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def names(value: JsonValue) -> tuple[str, ...]:
    """The names of a list, or one name."""
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def conditions(value: JsonValue) -> tuple[JsonValue, ...]:
    """The conditions of a ``when``."""
    return tuple(value) if isinstance(value, list) else () if value is None else (value,)


def _ends(step: Step) -> bool:
    """Whether nothing of the play runs behind a task."""
    if loop_of(step.task) is not None or not always(step.around.when, step.around.constants):
        return False
    if step.action.module.name == f"{BUILTIN}.meta":
        return (step.action.args or {}).get("action") in _ENDS
    return _fails(step) and not _is_on(step.around.keywords.get("ignore_errors"))


def _fails(step: Step) -> bool:
    """Whether a task is there to fail."""
    constants = step.around.constants
    if not always(step.around.when, constants):
        return False
    if step.task.get("failed_when") is not None:
        claims = conditions(step.task["failed_when"])
        return bool(claims) and always(claims, constants)
    if step.action.module.name == f"{BUILTIN}.fail":
        return True
    args = step.action.args or {}
    if step.action.module.name in _COMMANDS:
        words = args.get("argv")
        command = " ".join(map(str, words)) if isinstance(words, list) else args.get("cmd", "")
        return str(command).strip() in _FAILING
    return step.action.module.name == f"{BUILTIN}.assert" and never(args.get("that"), constants)


def _set_in(value: JsonValue) -> Iterator[str]:
    """The variables that tasks set, anywhere in a file."""
    if isinstance(value, list):
        for each in value:
            yield from _set_in(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "register" and isinstance(inner, str):
                yield inner
            elif key.rpartition(".")[2] == "set_fact" and isinstance(inner, dict):
                yield from inner
            else:
                yield from _set_in(inner)


def _candidates(name: str, around: Around) -> Iterator[str]:
    """Where a file of tasks is looked for."""
    here = posixpath.dirname(around.source.file.path)
    base = posixpath.dirname(around.playbook)
    for folder in dict.fromkeys((here, posixpath.join(here, "tasks"), base)):
        yield posixpath.normpath(posixpath.join(folder, name))
        yield posixpath.normpath(posixpath.join(folder, "tasks", name))
