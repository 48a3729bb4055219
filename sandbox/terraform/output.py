"""Reads what Terraform's commands print: JSON where there is JSON, its framed text elsewhere. Pure.

https://developer.hashicorp.com/terraform/internals/machine-readable-ui and
https://developer.hashicorp.com/terraform/cli/commands/validate#json-output-format
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sandbox.base import StepResult
from sandbox.errors import ToolCrashed
from sandbox.jsontext import read_json
from sandbox.terraform.base import Phase, Problem

_FRAME = re.compile(r"^[╷│╵] ?", re.MULTILINE)
_HEAD = re.compile(r"^(Error|Warning): ", re.MULTILINE)
_PLACE = re.compile(r"^[^\S\n]*+(?:on|with) .*?(?<!\S)(\S++) line (\d{1,9})", re.MULTILINE)
_SNIPPET = re.compile(r"^[^\S\n]*+(?:on \S+ line \d+.*|with \S+.*|\d+:.*|[├│└].*)$", re.MULTILINE)
_PANICKED = 11
"""Terraform's exit code where it caught a panic (internal/logging/panic.go)."""
_PANIC = re.compile(rb"\A(?>.*?^panic: ).*?^goroutine \d+ \[", re.MULTILINE | re.DOTALL)
"""What Go's runtime writes of a panic that nobody caught. Both at the start of a line: a piece of
the configuration, which may hold the same words, is shown indented."""
_TIMEOUTS_OWN = 124
"""From here on exit codes are those of ``timeout`` and of signals, which say enough."""
_OVERRIDES = "Provider development overrides are in effect"
_SUMMING_UP = "Terraform encountered problems during initiali"
_LOST = re.compile(
    r"Plugin did not respond|rpc error: code = (?:Unavailable|Canceled)|"
    r"Failed to (?:instantiate provider|load plugin schemas)|connection refused.{0,300}\.sock"
)
_OF_PLUGINS = re.compile("Plugin |Failed to |Could not load ")
"""How the summaries begin in which Terraform itself tells of a plugin; a provider's own may quote
whatever its user wrote (the name of a file that is not there)."""
_QUOTING = re.compile(
    r"(?:Resource|Module output value) (?:pre|post)condition failed|Check block assertion failed|"
    r"Invalid value for (?:input )?variable|Invalid function argument|Error in function call|"
    r"Failed to (?:download|read|install) module|Module (?:not found|version requirements)|"
    r"Unreadable module|Invalid module|Unable to find remote state|Failed to get state|"
    r"Error loading state|(?:local-exec|remote-exec|file) provisioner error"
)
"""Summaries of Terraform's own that come with words of the configuration's author: somebody who
writes "StatusCode: 501" there must not pass for the emulator, nor his failure for ours."""
_UNIMPLEMENTED = re.compile(
    r"StatusCode: 501|NotImplemented|not (?:yet )?(?:been )?implemented|Not yet implemented"
)

_GARBLED = re.compile(
    r"\A(?>.*?operation error [\w ]{1,100}+: \w{1,100}+, ).*?"
    r"(?:StatusCode: (?:0|2\d\d|5\d\d)\b|request send failed|deserialization failed)"
    r"|RequestError: send request failed|SerializationError: failed",
    re.DOTALL,
)
"""How AWS's SDKs for Go say that they got no answer, half of one, or one that they cannot read: a
request that AWS refuses has a status of 4xx. Seen under load, once in thousands of plans."""

_ELSEWHERE = re.compile(r"lookup \S+: no such host")
"""How Go says that nobody has an address of that name."""


def phase_of_validate(step: StepResult) -> Phase:
    """What ``terraform validate -json`` said.

    Raises:
        ToolCrashed: it printed no such answer.
    """
    try:
        answer = json.loads(step.stdout)
        problems = [_problem(item) for item in answer["diagnostics"]]
    except (ValueError, KeyError, TypeError) as error:
        raise crash(step) from error
    return _phase(step, problems)


def phase_of_stream(step: StepResult) -> Phase:
    """What ``terraform plan -json`` said.

    Raises:
        ToolCrashed: it failed and named no problem.
    """
    return _phase(step, _streamed(step.stdout))


def phase_of_init(step: StepResult) -> Phase:
    """What ``terraform init -json`` said of the configuration, each problem once.

    It repeats the problems of the root module, and sums them up in one more.

    Raises:
        ToolCrashed: it failed and named no problem.
    """
    problems = dict.fromkeys(_streamed(step.stdout))
    if len(problems) > 1:
        problems = {item: None for item in problems if not item.summary.startswith(_SUMMING_UP)}
    return _phase(step, list(problems))


def phase_of_text(step: StepResult) -> Phase:
    """What a command without JSON output said (``fmt``, ``get``).

    Raises:
        ToolCrashed: it failed and named no problem.
    """
    return _phase(step, problems_in_text(step.stderr.decode(errors="replace")))


def readable(step: StepResult) -> bool:
    """Whether a step of which something may be cut off tells what it came to."""
    read = _READERS.get(step.name)
    if read is None or step.exit_code >= _TIMEOUTS_OWN:
        return True
    try:
        read(step)
    except ToolCrashed:
        return False
    return True


def plan_of_show(step: StepResult) -> Mapping[str, Any]:
    """The plan that ``terraform show -json`` printed.

    Raises:
        ToolCrashed: it printed none.
        RecursionError: it is nested deeper than Python reads (about 1000).
    """
    try:
        plan = read_json(step.stdout)
    except ValueError as error:
        raise crash(step) from error
    if step.exit_code or not isinstance(plan, dict):
        raise crash(step)
    return plan


def unformatted_of(step: StepResult) -> tuple[str, ...]:
    """The files that ``terraform fmt -list`` named."""
    return tuple(step.stdout.decode(errors="replace").split("\n")[:-1])


def problems_in_text(text: str) -> list[Problem]:
    """The diagnostics in Terraform's framed text."""
    plain = _FRAME.sub("", text)
    heads = list(_HEAD.finditer(plain))
    ends = [*(head.start() for head in heads[1:]), len(plain)]
    problems = []
    for head, end in zip(heads, ends, strict=False):
        block = plain[head.end() : end]
        summary, _, rest = block.partition("\n")
        place = _PLACE.search(rest)
        detail = " ".join(_SNIPPET.sub("", rest).split())
        problems.append(
            Problem(
                severity="error" if head[1] == "Error" else "warning",
                summary=summary.strip(),
                detail=detail,
                file=place[1] if place else "",
                line=int(place[2]) if place else 0,
            )
        )
    return problems


def lost_plugin(problems: Iterable[Problem]) -> str:
    """How Terraform says that it lost a provider it was attached to; "" where it does not."""
    return _first(_LOST, (each for each in problems if _OF_PLUGINS.match(each.summary)))


def emulator_gap(problems: Iterable[Problem]) -> str:
    """What a plan that failed says of a call that the emulator does not know; "" where nothing."""
    gap = _first(_UNIMPLEMENTED, problems)
    return f"the AWS emulator does not know this call: {gap}" if gap else ""


def emulator_fault(problems: Iterable[Problem]) -> str:
    """What it says of an emulator that gave no answer, or one that is none; "" where nothing.

    One that says that it does not know a call has answered, and a name of a host that is not the
    emulator's was never asked of it: some services have one for each thing that they keep.
    """
    said = tuple(problems)
    garbled = "" if emulator_gap(said) else _first(_GARBLED, said)
    if _ELSEWHERE.search(garbled):
        return ""
    return f"the AWS emulator gave no answer that can be read: {garbled}" if garbled else ""


def words_of_the_author(problem: Problem) -> bool:
    """Whether a problem comes with words that whoever wrote the configuration chose."""
    return bool(_QUOTING.match(problem.summary))


def problems_of_stream(step: StepResult) -> tuple[Problem, ...]:
    """The problems in the output of a command with ``-json`` that was ended before its end."""
    return tuple(_streamed(step.stdout))


def provisioning(step: StepResult) -> bool:
    """Whether an ``apply -json`` that was ended before its end was running a provisioner."""
    under_way: set[str] = set()
    for line in _lines(step.stdout):
        kind, _, what = str(line.get("type", "")).partition("_")
        if kind == "provision":
            address = str(((line.get("hook") or {}).get("resource") or {}).get("addr", ""))
            if what in ("start", "progress"):
                under_way.add(address)
            else:
                under_way.discard(address)
    return bool(under_way)


def crash(step: StepResult) -> ToolCrashed:
    """The error for a step whose output says nothing about its input."""
    said = (step.stderr or step.stdout)[-400:].decode(errors="replace").strip()
    return ToolCrashed(f"terraform {step.name} ended with {step.exit_code}: {said or 'no output'}")


_READERS: Mapping[str, Callable[[StepResult], object]] = {
    **dict.fromkeys(("fmt", "get"), phase_of_text),
    **dict.fromkeys(("validate", "unparsed"), phase_of_validate),
    **dict.fromkeys(("plan", "apply", "again", "destroy"), phase_of_stream),
    "init": phase_of_init,
}
"""Who reads what a step printed; a plan that is cut off has words of its own."""


def _first(pattern: re.Pattern[str], problems: Iterable[Problem]) -> str:
    """The first error that has the words, unless they may be its author's; "" where none has."""
    for problem in problems:
        text = f"{problem.summary}: {problem.detail}"
        ours = problem.severity == "error" and not words_of_the_author(problem)
        if ours and pattern.search(text):
            return text
    return ""


def _phase(step: StepResult, problems: list[Problem]) -> Phase:
    if step.exit_code == _PANICKED or (step.exit_code and _PANIC.search(step.stderr)):
        raise crash(step)
    kept = tuple(item for item in problems if item.summary != _OVERRIDES)
    passed = step.exit_code == 0
    if not passed and not any(item.severity == "error" for item in kept):
        raise crash(step)
    return Phase(passed, kept, step.seconds)


def _streamed(stdout: bytes) -> list[Problem]:
    return [_problem(item["diagnostic"]) for item in _lines(stdout) if "diagnostic" in item]


def _lines(stdout: bytes) -> Iterator[dict[str, Any]]:
    for line in stdout.splitlines():
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if isinstance(item, dict):
            yield item


def _problem(diagnostic: Mapping[str, Any]) -> Problem:
    place = diagnostic.get("range") or {}
    return Problem(
        severity="error" if diagnostic["severity"] == "error" else "warning",
        summary=str(diagnostic.get("summary", "")),
        detail=" ".join(str(diagnostic.get("detail", "")).split()),
        file=str(place.get("filename", "")),
        line=int((place.get("start") or {}).get("line", 0)),
        address=str(diagnostic.get("address", "")),
    )
