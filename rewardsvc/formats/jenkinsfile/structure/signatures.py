"""What steps, options, triggers, parameters and conditions of Jenkins' own take.

The plugin asks the classes of what is installed (``ModelValidatorImpl.validateDescribable`` and
``validateElement(ModelASTMethodCall)``); here is what comes with every Jenkins that runs pipelines:
jenkins.io/doc/pipeline/steps (workflow-basic-steps, workflow-durable-task-step, git, core …) and
jenkins.io/doc/book/pipeline/syntax. What is not listed may take anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rewardsvc.formats.jenkinsfile.calls import Invocation
from rewardsvc.formats.jenkinsfile.groovy.nodes import Items, Literal, Node, Pair
from rewardsvc.nearest import mistyped


@dataclass(frozen=True, slots=True)
class Signature:
    """``required``: in their order; ``optional``; each with the type of its value.

    ``others``: it may have further ones, by a newer version or another plugin. ``counted``: as many
    as are required may stand without a name.
    """

    required: Mapping[str, type | None]
    optional: Mapping[str, type | None]
    others: bool = False
    counted: bool = True

    def misfits(self, call: Invocation) -> Iterator[str]:
        """Why Jenkins cannot make a call, [] where it can."""
        if call.positional and call.named:
            return  # said elsewhere
        if call.named:
            yield from self._named(call)
        else:
            yield from self._unnamed(call)

    def _named(self, call: Invocation) -> Iterator[str]:
        for name, value in call.named.items():
            if name not in self.required and name not in self.optional:
                if not self.others:
                    known = ", ".join((*self.required, *self.optional))
                    yield f"{call.name} has no parameter {name!r}; it may have {known}"
                continue
            kind = self.required.get(name, self.optional.get(name))
            if words := _misfit(kind, value):
                yield f"{call.name}: {name}: {words}"
        for name in self.required:
            if name in call.named or not self.counted or self.others:
                continue
            if not mistyped(name, call.named.keys() - self.required.keys() - self.optional.keys()):
                yield f"{call.name} needs the parameter {name!r}"

    def _unnamed(self, call: Invocation) -> Iterator[str]:
        if not self.counted or any(isinstance(value, Items) for value in call.positional):
            return
        if len(call.positional) != len(self.required):
            count, wanted = len(call.positional), len(self.required)
            which = f" ({', '.join(self.required)})" if self.required else ""
            yield (
                f"{call.name} takes {wanted} unnamed arguments{which}, not {count};"
                " others must be named"
            )
            return
        for kind, value in zip(self.required.values(), call.positional, strict=True):
            if words := _misfit(kind, value):
                yield f"{call.name}: {words}"


def _misfit(kind: type | None, value: Node) -> str:
    """Jenkins converts neither numbers nor truth values to texts, nor those to numbers."""
    if not isinstance(value, Literal) or value.value is None:
        return ""
    number = isinstance(value.value, int | float)  # a truth value is an int
    if kind is str and number:
        return f"expected a text, not {_shown(value)}"
    if kind is int and (isinstance(value.value, bool) or not number):
        return f"expected a whole number, not {_shown(value)}"
    return ""


def _shown(value: Literal) -> str:
    return str(value.value).lower() if isinstance(value.value, bool) else repr(value.value)


def repeated(call: Invocation) -> Iterator[str]:
    """The names that are given twice."""
    seen: set[str] = set()
    for argument in getattr(call.node, "arguments", ()):
        if isinstance(argument, Pair) and isinstance(argument.key, str):
            if argument.key in seen:
                yield argument.key
            seen.add(argument.key)


def _takes(
    required: str = "", optional: str = "", *, others: bool = False, counted: bool = True
) -> Signature:
    """``time:int``, ``script:str``, ``unit``."""
    return Signature(_typed(required), _typed(optional), others, counted)


def _typed(words: str) -> Mapping[str, type | None]:
    types: Mapping[str, type | None] = {"int": int, "str": str, "": None}
    return {name: types[kind] for name, _, kind in (word.partition(":") for word in words.split())}


_SHELL = _takes("script:str", "encoding:str label:str returnStatus returnStdout")
_TIMEOUT = _takes("time:int", "unit activity")
_RETRY = _takes("count:int", "conditions")

STEPS: Mapping[str, Signature] = {
    "archiveArtifacts": _takes(
        "artifacts:str",
        "allowEmptyArchive caseSensitive defaultExcludes excludes:str fingerprint followSymlinks"
        " onlyIfSuccessful",
    ),
    "bat": _SHELL,
    "build": _takes("job:str", others=True),
    "deleteDir": _takes(),
    "dir": _takes("path:str"),
    "echo": _takes("message:str"),
    "error": _takes("message:str"),
    "fileExists": _takes("file:str"),
    "git": _takes("url:str", "branch:str changelog credentialsId:str poll"),
    "isUnix": _takes(),
    "powershell": _SHELL,
    "pwsh": _SHELL,
    "readFile": _takes("file:str", "encoding:str"),
    "retry": _RETRY,
    "sh": _SHELL,
    "sleep": _takes("time:int", "unit"),
    "stash": _takes("name:str", "allowEmpty excludes:str includes:str useDefaultExcludes"),
    "timeout": _TIMEOUT,
    "unstable": _takes("message:str"),
    "unstash": _takes("name:str"),
    "withEnv": _takes("overrides"),
    "writeFile": _takes("file:str text:str", "encoding:str"),
}

OPTIONS: Mapping[str, Signature] = {
    "buildDiscarder": _takes("strategy"),
    "checkoutToSubdirectory": _takes("subdirectory:str"),
    "disableConcurrentBuilds": _takes("", "abortPrevious", others=True),
    "disableResume": _takes(),
    "newContainerPerStage": _takes(),
    "parallelsAlwaysFailFast": _takes(),
    "quietPeriod": _takes("quietPeriod:int"),
    "retry": _RETRY,
    "skipStagesAfterUnstable": _takes(),
    "timeout": _TIMEOUT,
    "timestamps": _takes(),
}

TRIGGERS: Mapping[str, Signature] = {
    "cron": _takes("spec:str", others=True),
    "pollSCM": _takes("scmpoll_spec:str", "ignorePostCommitHooks", others=True),
}

_NAMED = "name:str description:str"
PARAMETERS: Mapping[str, Signature] = {
    "booleanParam": _takes("", f"{_NAMED} defaultValue", counted=False),
    "choice": _takes("", f"{_NAMED} choices", counted=False),
    "string": _takes("", f"{_NAMED} defaultValue:str trim", counted=False),
    "text": _takes("", f"{_NAMED} defaultValue:str trim", counted=False),
}

CONDITIONS: Mapping[str, Signature] = {
    "branch": _takes("pattern:str", "comparator:str"),
    "buildingTag": _takes(),
    "changeRequest": _takes(
        "",
        "id:str target:str branch:str fork:str url:str title:str author:str authorDisplayName:str"
        " authorEmail:str comparator:str",
    ),
    "changelog": _takes("pattern:str", "caseSensitive comparator:str"),
    "changeset": _takes("", "pattern:str glob:str caseSensitive comparator:str", counted=False),
    "environment": _takes("name:str value:str", "ignoreCase"),
    "equals": _takes("expected actual"),
    "isRestartedRun": _takes(),
    "tag": _takes("", "pattern:str comparator:str", counted=False),
    "triggeredBy": _takes("cause:str", "detail:str"),
}

NOT_IN_STAGES = frozenset(
    {"buildDiscarder", "disableConcurrentBuilds", "disableRestartFromStage", "disableResume"}
    | {"durabilityHint", "newContainerPerStage", "overrideIndexTriggers"}
    | {"parallelsAlwaysFailFast", "preserveStashes", "quietPeriod", "rateLimitBuilds"}
    | {"skipStagesAfterUnstable"}
)
"""Options of a whole pipeline (properties of its job; ``canUseInStage`` is false)."""

NO_OPTIONS: Mapping[str, str] = {
    "parameters": "parameters are a directive of their own: parameters { … }",
    "triggers": "triggers are a directive of their own: triggers { … }",
    "pipelineTriggers": "triggers are a directive of their own: triggers { … }",
    **dict.fromkeys(
        ("bat", "checkout", "echo", "error", "git", "junit", "mail", "powershell", "pwsh", "sh"),
        "only a step that takes a block may be an option",
    ),
}
"""What ``options`` refuse (``Options.groovy``, ``ParametersAndTriggersInOptions.java``)."""
