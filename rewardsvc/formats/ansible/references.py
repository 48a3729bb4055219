"""What tasks name, and where it leads: modules, roles, files of tasks, handlers."""

from collections.abc import Iterator

from rewardsvc.formats.ansible.documents import Answer, Play, answers_to
from rewardsvc.formats.ansible.modules import BUILTIN, Found, Modules
from rewardsvc.formats.ansible.plays import Step, names
from rewardsvc.formats.ansible.tasks import actions_named
from rewardsvc.means import Lack, LackKind
from rewardsvc.nearest import nearest
from rewardsvc.types import Diagnostic

_LONG = 100
"""Characters of a name that nobody has mistyped."""


def problems(answer: Answer, modules: Modules) -> Iterator[Diagnostic]:
    """What leads nowhere."""
    yield from dict.fromkeys(answer.walk.problems)
    for play in answer.plays:
        for step in (*play.steps, *play.handlers):
            yield from _of_module(step, answer, modules)
        if not answer.walk.open_ended:
            yield from _of_handlers(play)


def lacks(answer: Answer) -> Iterator[Lack]:
    """What it leans on that is not here: collections, and roles and playbooks of others."""
    for play in answer.plays:
        for step in (*play.steps, *play.handlers):
            if step.action.module.found is Found.COLLECTION:
                yield Lack(LackKind.COLLECTION, step.action.module.collection)
    for name in sorted(answer.walk.loops):
        if (collection := answer.walk.modules.collection_of(name)) != "":
            yield Lack(LackKind.COLLECTION, collection)
    for name in answer.elsewhere:
        yield Lack(LackKind.MODULE, name)


def is_own(step: Step, answer: Answer) -> bool:
    """Whether a task runs a module that the answer brings itself."""
    module = step.action.module
    return module.found is Found.NO and step.action.written in answer.walk.project.own_modules


def _of_module(step: Step, answer: Answer, modules: Modules) -> Iterator[Diagnostic]:
    written = step.action.written
    if not written:
        yield step.problem("module", "a task without a module")
    elif actions_named(step.task) > 1:
        words = f"a task with more than one module: {written[:_LONG]} and another"
        yield step.problem("module", words)
    elif step.action.module.found is Found.NO and not is_own(step, answer):
        known = [name.removeprefix(f"{BUILTIN}.") for name in modules.options]
        short = written.removeprefix(f"{BUILTIN}.")
        hint = nearest(short, known) if len(short) < _LONG else ""
        yield step.problem("module", f"there is no module {written[:_LONG]}{hint}")


def _of_handlers(play: Play) -> Iterator[Diagnostic]:
    known = {name for handler in play.handlers for name in answers_to(handler)}
    if any("{" in name for name in known):
        return  # only a run knows what it is called
    for step in (*play.steps, *play.handlers):
        for name in names(step.task.get("notify")):
            if name not in known and "{" not in name:
                yield step.problem("handler", f"no handler is called {name[:_LONG]!r}")
