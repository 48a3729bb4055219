"""The declarative model: what stands where in ``pipeline { … }``, and what Jenkins refuses.

Rules are those of the Pipeline Syntax page (jenkins.io/doc/book/pipeline/syntax) and of the plugin
``pipeline-model-definition`` (its ``ModelParser`` and ``ModelValidatorImpl``). What plugins may add
(options, triggers, kinds of parameters, tools, agents) is not judged here.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rewardsvc.types import JsonValue
from rewardsvc.verifiers.jenkinsfile.calls import (
    CODE_BLOCKS,
    Invocation,
    Values,
    called,
    invocation,
    works,
)
from rewardsvc.verifiers.jenkinsfile.groovy.nodes import (
    Assign,
    Call,
    Closure,
    Items,
    Literal,
    Name,
    Node,
    Other,
)

POST_CONDITIONS = (
    "always", "changed", "fixed", "regression", "aborted", "failure", "success", "unstable",
    "unsuccessful", "notBuilt", "cleanup",
)  # fmt: skip
_NESTING_CONDITIONS = frozenset({"allOf", "anyOf", "not"})
_PLAIN_CONDITIONS = frozenset(
    {"branch", "buildingTag", "changelog", "changeset", "changeRequest", "environment", "equals"}
    | {"expression", "isRestartedRun", "tag", "triggeredBy"}
)
_WHEN_FLAGS = frozenset({"beforeAgent", "beforeInput", "beforeOptions"})
_EXECUTING = ("steps", "stages", "parallel", "matrix")
_BLOCKED: Mapping[str, str] = {
    "stage": "the stage step cannot be used in a declarative pipeline",
    "parallel": "it may only be the only step of a steps block; use the parallel section",
    "properties": "use the options, triggers and parameters sections",
}
"""Steps that a ``steps`` block must not have (``ModelASTStep``)."""
_AGENT_FIELDS: Mapping[str, frozenset[str]] = {
    "docker": frozenset(
        {"image", "label", "args", "alwaysPull", "registryUrl", "registryCredentialsId"}
        | {"customWorkspace", "reuseNode", "containerPerStageRoot"}
    ),
    "dockerfile": frozenset(
        {"filename", "dir", "label", "args", "additionalBuildArgs", "registryUrl"}
        | {"registryCredentialsId", "customWorkspace", "reuseNode", "alwaysPull"}
    ),
    "node": frozenset({"label", "customWorkspace"}),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """What Jenkins refuses, with the line."""

    code: str
    message: str
    line: int


@dataclass(slots=True)
class Model:
    """What a file came to. ``tree`` is the documented ``ast``; ``works`` whether any stage that
    may run has a step that does something."""

    tree: dict[str, JsonValue] = field(default_factory=dict)
    objections: list[Objection] = field(default_factory=list)
    found: bool = False
    """Whether there is a ``pipeline`` block at all."""
    works: bool = False
    steps: list[Node] = field(default_factory=list)
    """The statements of every ``steps`` and ``post`` block."""


def read_model(script: Sequence[Node], text: str) -> Model:
    """The model of a script that parses."""
    return _Reader(text).read(script)


Handler = Callable[[Invocation], JsonValue]


class _Reader:
    def __init__(self, text: str) -> None:
        self._values = Values(text)
        self._model = Model()

    def read(self, script: Sequence[Node]) -> Model:
        blocks = [
            call
            for node in script
            if (call := invocation(node)) is not None and call.name == "pipeline"
        ]
        if not blocks:
            nested = next(
                (call for node in script for call in called(node) if call.name == "pipeline"), None
            )
            if nested is not None:
                self._refuse("pipeline", "pipeline must not stand within another block", nested)
                self._model.found = True
            return self._model
        self._model.found = True
        for other in blocks[1:]:
            self._refuse("pipeline", "a second pipeline block", other)
        self._model.tree = self._pipeline(blocks[0])
        return self._model

    def _refuse(self, code: str, message: str, at: Invocation | Node) -> None:
        self._model.objections.append(Objection(code, message, at.line))

    def _pipeline(self, pipeline: Invocation) -> dict[str, JsonValue]:
        tree: dict[str, JsonValue] = {
            "agent": None, "environment": {}, "options": [], "parameters": [], "triggers": [],
            "tools": {}, "libraries": [], "stages": [], "post": {},
        }  # fmt: skip
        body = self._block(pipeline)
        if body is None:
            return tree
        sections = self._sections(
            "pipeline",
            body,
            {
                "agent": self._agent,
                "environment": self._environment,
                "options": self._listed("option"),
                "parameters": self._listed("parameter"),
                "triggers": self._listed("trigger"),
                "tools": self._tools,
                "libraries": self._listed("library"),
                "stages": lambda call: self._stages(call, runs=True, inside=False),
                "post": self._post,
            },
        )
        for required in ("agent", "stages"):
            if required not in sections:
                self._refuse("required", f"missing required section {required!r}", pipeline)
        return tree | sections

    def _sections(
        self, owner: str, body: Iterable[Node], handlers: Mapping[str, Handler]
    ) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        for node in body:
            call = invocation(node)
            if call is None:
                what = " ".join(self._values.code(node).split())[:80]
                self._refuse("section", f"not a valid section of {owner}: {what}", node)
                continue
            handler = handlers.get(call.name)
            if handler is None:
                known = ", ".join(handlers)
                self._refuse(
                    "section", f"{call.name!r} is no section of {owner}; it may have {known}", call
                )
            elif call.name in found:
                self._refuse("section", f"{owner} has {call.name!r} twice", call)
            else:
                found[call.name] = handler(call)
        return found

    def _block(self, call: Invocation, *, empty: bool = False) -> tuple[Node, ...] | None:
        """The statements of a section's block; None, and an objection, where it has none."""
        if call.closure is None:
            self._refuse("block", f"{call.name} needs a block: {call.name} {{ … }}", call)
            return None
        if not call.closure.body and not empty:
            self._refuse("empty", f"{call.name} is empty", call)
            return None
        return call.closure.body

    # Stages.

    def _stages(self, call: Invocation, *, runs: bool, inside: bool) -> list[JsonValue]:
        found: list[JsonValue] = []
        names: Counter[str] = Counter()
        for node in self._block(call) or ():
            stage = invocation(node)
            if stage is None or stage.name != "stage":
                what = " ".join(self._values.code(node).split())[:80]
                self._refuse("stage", f"{call.name} may only have stages, not: {what}", node)
                continue
            tree = self._stage(stage, runs=runs, inside=inside)
            names[str(tree["name"])] += 1
            if names[str(tree["name"])] == 2:
                self._refuse("duplicate", f"duplicate stage name: {tree['name']!r}", stage)
            if not _never(stage.closure.body if stage.closure is not None else ()):
                found.append(tree)  # what checks see must be what runs
        return found

    def _stage(self, stage: Invocation, *, runs: bool, inside: bool) -> dict[str, JsonValue]:
        tree: dict[str, JsonValue] = {
            "name": "", "agent": None, "environment": {}, "options": [], "tools": {}, "when": [],
            "input": None, "steps": [], "stages": [], "parallel": [], "matrix": None,
            "failFast": False, "post": {}, "line": stage.line,
        }  # fmt: skip
        if len(stage.positional) == 1 and not stage.named:
            tree["name"] = self._values.of(stage.positional[0])
        if not isinstance(tree["name"], str) or not tree["name"].strip():
            self._refuse("stage", "a stage needs a name: stage('Build') { … }", stage)
        body = self._block(stage)
        if body is None:
            return tree
        runs = runs and not _never(body)
        below = {"runs": runs, "inside": inside}
        within = {"runs": runs, "inside": True}
        name = str(tree["name"])
        sections = self._sections(
            f"stage {name!r}",
            body,
            {
                "agent": self._agent,
                "environment": self._environment,
                "options": self._listed("option"),
                "tools": self._tools,
                "when": self._when,
                "input": self._input,
                "steps": lambda call: self._steps(call, runs=runs),
                "stages": lambda call: self._stages(call, **below),
                "parallel": lambda call: self._stages(call, **within),
                "matrix": lambda call: self._matrix(call, runs=runs),
                "failFast": self._flag,
                "post": self._post,
            },
        )
        self._one_kind_of_work(stage, name, sections, inside)
        return tree | sections

    def _one_kind_of_work(
        self, stage: Invocation, name: str, sections: Mapping[str, JsonValue], inside: bool
    ) -> None:
        kinds = [kind for kind in _EXECUTING if kind in sections]
        if len(kinds) != 1:
            which = ", ".join(_EXECUTING)
            self._refuse("stage", f"stage {name!r} needs exactly one of {which}", stage)
        branching = {"parallel", "matrix"} & sections.keys()
        if not branching:
            return
        if inside:
            self._refuse(
                "nested",
                f"stage {name!r}: parallel and matrix cannot be nested in each other",
                stage,
            )
        for key in ("agent", "tools"):
            if key in sections:
                self._refuse(
                    key, f"{key!r} is not allowed in stage {name!r}: it has parallel stages", stage
                )

    def _matrix(self, call: Invocation, *, runs: bool) -> JsonValue:
        body = self._block(call)
        if body is None:
            return None
        runs = runs and not _never(body)
        sections = self._sections(
            "matrix",
            body,
            {
                "axes": self._axes,
                "excludes": self._excludes,
                "agent": self._agent,
                "environment": self._environment,
                "options": self._listed("option"),
                "tools": self._tools,
                "when": self._when,
                "input": self._input,
                "stages": lambda inner: self._stages(inner, runs=runs, inside=True),
                "post": self._post,
            },
        )
        for required in ("axes", "stages"):
            if required not in sections:
                self._refuse("required", f"a matrix needs {required}", call)
        return {"axes": [], "excludes": [], "stages": []} | sections

    def _excludes(self, call: Invocation) -> JsonValue:
        found: list[JsonValue] = []
        for node in self._block(call) or ():
            exclude = invocation(node)
            if exclude is None or exclude.name != "exclude":
                self._refuse("matrix", "excludes may only have exclude blocks", node)
            else:
                found.append(self._axes(exclude, excluding=True))
        return found

    def _axes(self, call: Invocation, *, excluding: bool = False) -> JsonValue:
        found: list[JsonValue] = []
        for node in self._block(call) or ():
            axis = invocation(node)
            if axis is None or axis.name != "axis":
                self._refuse("matrix", f"{call.name} may only have axis blocks", node)
                continue
            parts = self._sections(
                "axis",
                self._block(axis) or (),
                {"name": self._texts, "values": self._texts}
                | ({"notValues": self._texts} if excluding else {}),
            )
            named = parts.get("name") or [""]
            if not (isinstance(named, list) and len(named) == 1 and named[0]):
                self._refuse("matrix", "an axis needs one name", axis)
            if not (parts.get("values") or parts.get("notValues")):
                self._refuse("matrix", "an axis needs values", axis)
            found.append(
                {
                    "name": named[0],
                    "values": parts.get("values", []),
                    **({"notValues": parts["notValues"]} if "notValues" in parts else {}),
                }
            )
        return found

    def _texts(self, call: Invocation) -> list[JsonValue]:
        for node in call.positional:
            if not isinstance(node, Literal):
                self._refuse("matrix", f"{call.name} takes literal strings only", node)
        return [self._values.of(node) for node in call.positional]

    def _flag(self, call: Invocation) -> JsonValue:
        values = [self._values.of(node) for node in call.positional]
        if values not in ([True], [False]):
            self._refuse("flag", f"{call.name} takes true or false", call)
        return values == [True]

    # Steps.

    def _steps(self, call: Invocation, *, runs: bool) -> JsonValue:
        body = self._block(call)
        if body is None:
            return []
        self._model.steps.extend(body)
        alone = len(body) == 1
        for node in body:
            self._step(node, only=alone)
        if runs and not self._model.works:
            self._model.works = works(body)
        return self._values.steps(body)

    def _step(self, node: Node, *, only: bool = False) -> None:
        call = invocation(node)
        if call is None:
            what = " ".join(self._values.code(node).split())[:80]
            if isinstance(node, Call):
                message = f"a method of an object may only be called in script {{ … }}: {what}"
            else:
                message = f"expected a step, not: {what}; other code belongs into script {{ … }}"
            self._refuse("step", message, node)
            return
        if call.name in _BLOCKED and not (call.name == "parallel" and only):
            self._refuse("step", f"{call.name}: {_BLOCKED[call.name]}", call)
            return
        if call.positional and call.named:
            self._refuse("step", f"{call.name}: named and unnamed arguments cannot be mixed", call)
        if call.name in CODE_BLOCKS or call.name == "parallel":
            if call.name in CODE_BLOCKS and call.closure is None:
                self._refuse("step", f"{call.name} needs a block", call)
            return
        for inner in call.closure.body if call.closure is not None else ():
            self._step(inner)

    def _post(self, call: Invocation) -> JsonValue:
        found: dict[str, JsonValue] = {}
        for node in self._block(call) or ():
            condition = invocation(node)
            if condition is None or condition.name not in POST_CONDITIONS:
                what = " ".join(self._values.code(node).split())[:60]
                known = ", ".join(POST_CONDITIONS)
                self._refuse("post", f"post may only have {known}, not: {what}", node)
                continue
            if condition.name in found:
                self._refuse("duplicate", f"post has {condition.name!r} twice", condition)
            body = self._block(condition) or ()
            self._model.steps.extend(body)
            for step in body:
                self._step(step, only=len(body) == 1)
            found[condition.name] = self._values.steps(body)
        return found

    # Directives.

    def _agent(self, call: Invocation) -> JsonValue:
        if call.closure is None:
            values = call.positional
            if len(values) == 1 and isinstance(values[0], Name) and values[0].name in _BARE_AGENTS:
                return {"type": values[0].name, "arguments": {}}
            self._refuse(
                "agent", "only 'agent any', 'agent none' and 'agent { … }' are allowed", call
            )
            return None
        body = self._block(call) or ()
        if len(body) > 1:
            self._refuse("agent", "only one type of agent is allowed", call)
        kind = invocation(body[0]) if body else None
        if body and (kind is None or not (kind.positional or kind.named or kind.closure)):
            self._refuse("agent", "expected a type of agent with its arguments", body[0])
        if kind is None:
            return None
        arguments = self._values.arguments(kind)
        if kind.closure is not None:
            arguments |= self._fields(kind)
        self._agent_fields(kind, arguments)
        return {"type": kind.name, "arguments": _named(kind, arguments)}

    def _agent_fields(self, kind: Invocation, arguments: Mapping[str, JsonValue]) -> None:
        known = _AGENT_FIELDS.get(kind.name)
        if kind.closure is None or known is None:
            return
        for name in arguments.keys() - known:
            self._refuse("agent", f"an agent of type {kind.name} has no {name!r}", kind)
        needed = {"docker": "image", "node": "label"}.get(kind.name)
        if needed and needed not in arguments:
            self._refuse("agent", f"an agent of type {kind.name} needs {needed!r}", kind)

    def _fields(self, call: Invocation) -> dict[str, JsonValue]:
        """``key value`` lines in a block."""
        found: dict[str, JsonValue] = {}
        for node in call.closure.body if call.closure is not None else ():
            entry = invocation(node)
            if entry is None or not (entry.positional or entry.named or entry.closure):
                what = " ".join(self._values.code(node).split())[:60]
                self._refuse("field", f"{call.name}: expected key 'value', not: {what}", node)
            elif entry.name in found:
                self._refuse("duplicate", f"{call.name} has {entry.name!r} twice", entry)
            elif entry.closure is not None:
                found[entry.name] = {"code": self._values.inside(entry.closure)}
            elif len(entry.positional) == 1 and not entry.named:
                found[entry.name] = self._values.of(entry.positional[0])
            else:
                found[entry.name] = self._values.arguments(entry)
        return found

    def _environment(self, call: Invocation) -> JsonValue:
        found: dict[str, JsonValue] = {}
        for node in self._block(call) or ():
            target = node.target if isinstance(node, Assign) and node.operator == "=" else None
            if not (isinstance(node, Assign) and isinstance(target, Name)):
                what = " ".join(self._values.code(node).split())[:60]
                self._refuse("environment", f"expected NAME = value, not: {what}", node)
                continue
            if target.name in found:
                self._refuse("duplicate", f"environment sets {target.name!r} twice", node)
            if isinstance(node.value, Items | Closure):
                self._refuse("environment", f"{target.name} must be a text or a call", node)
            found[target.name] = self._values.of(node.value)
        return found

    def _tools(self, call: Invocation) -> JsonValue:
        found: dict[str, JsonValue] = {}
        for node in self._block(call) or ():
            tool = invocation(node)
            if tool is None or len(tool.positional) != 1:
                self._refuse("tools", "expected someTool 'someVersion'", node)
            else:
                found[tool.name] = self._values.of(tool.positional[0])
        return found

    def _listed(self, kind: str) -> Handler:
        def read(section: Invocation) -> JsonValue:
            found: list[JsonValue] = []
            names: Counter[str] = Counter()
            for node in self._block(section) or ():
                call = invocation(node)
                if call is None or call.closure is not None:
                    what = " ".join(self._values.code(node).split())[:60]
                    self._refuse(section.name, f"expected the call of a {kind}, not: {what}", node)
                    continue
                names[call.name] += 1
                if kind in {"option", "trigger"} and names[call.name] == 2:
                    self._refuse("duplicate", f"{section.name} has {call.name!r} twice", call)
                found.append(self._values.call(call))
            return found

        return read

    def _input(self, call: Invocation) -> JsonValue:
        if call.closure is None:
            self._refuse("input", "input needs a block: input { message '…' }", call)
            return None
        fields = self._fields(call)
        if "message" not in fields:
            self._refuse("input", "input needs a message", call)
        return fields

    def _when(self, call: Invocation) -> JsonValue:
        found = self._conditions(self._block(call) or (), top=True)
        if call.closure is not None and call.closure.body and not found:
            self._refuse("when", "when needs a condition", call)
        return found

    def _conditions(self, body: Iterable[Node], *, top: bool = False) -> list[JsonValue]:
        found: list[JsonValue] = []
        for node in body:
            call = invocation(node)
            if call is None:
                what = " ".join(self._values.code(node).split())[:60]
                self._refuse("when", f"expected a condition, not: {what}", node)
            elif top and call.name in _WHEN_FLAGS:
                self._flag(call)
            elif call.name in _NESTING_CONDITIONS:
                inner = self._conditions(self._block(call) or ())
                if call.name == "not" and len(inner) > 1:
                    self._refuse("when", "not takes exactly one condition", call)
                found.append({"name": call.name, "conditions": inner})
            elif call.name not in _PLAIN_CONDITIONS:
                known = ", ".join(sorted(_PLAIN_CONDITIONS | _NESTING_CONDITIONS))
                self._refuse("when", f"unknown condition {call.name!r}; known: {known}", call)
            elif call.name == "expression":
                if call.closure is None:
                    self._refuse("when", "expression needs a block", call)
                else:
                    code = self._values.inside(call.closure)
                    found.append({"name": "expression", "arguments": {"code": code}})
            else:
                found.append(self._values.call(call))
        return found


_BARE_AGENTS = frozenset({"any", "none"})


def _named(kind: Invocation, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """``docker 'x'`` as ``docker { image 'x' }``."""
    sole = {"docker": "image", "label": "label", "dockerfile": "enabled"}.get(kind.name, "value")
    return {sole if name == "value" else name: value for name, value in arguments.items()}


def _never(body: Iterable[Node]) -> bool:
    """Whether a stage's ``when`` cannot hold."""
    for node in body:
        call = invocation(node)
        if call is not None and call.name == "when" and call.closure is not None:
            return any(_constant(inner) is False for inner in call.closure.body)
    return False


def _constant(node: Node) -> bool | None:
    """What a condition always is; None where it depends."""
    call = invocation(node)
    if call is not None and call.name == "equals":
        expected, actual = call.named.get("expected"), call.named.get("actual")
        if isinstance(expected, Literal) and isinstance(actual, Literal):
            return bool(expected.value == actual.value)
    if call is None or call.closure is None:
        return None
    if call.name == "expression":
        return _constant_code(call.closure.body)
    inner = [_constant(child) for child in call.closure.body]
    if call.name == "not" and len(inner) == 1 and inner[0] is not None:
        return not inner[0]
    if call.name == "allOf" and False in inner:
        return False
    if call.name == "anyOf" and inner and all(one is False for one in inner):
        return False
    return None


def _constant_code(body: Sequence[Node]) -> bool | None:
    if len(body) != 1:
        return None
    value = body[0]
    if isinstance(value, Other) and value.kind == "return" and value.children:
        value = value.children[0]
    if isinstance(value, Other) and value.kind == "parentheses" and len(value.children) == 1:
        value = value.children[0]
    return bool(value.value) if isinstance(value, Literal) else None
