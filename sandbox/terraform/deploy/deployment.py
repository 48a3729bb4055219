"""What is deployed of a configuration, and what the results of its steps mean. Pure.

Whose fault it is where a step failed is in ``quirks``.
"""

import posixpath
from collections.abc import Iterator

from sandbox.base import Result, StepResult
from sandbox.errors import EmulatorFailed
from sandbox.hcl.outline import Block, HclAttribute
from sandbox.hcl.survey import OutlinedFile
from sandbox.terraform import output
from sandbox.terraform.base import Deployment, Phase, Problem
from sandbox.terraform.deploy.quirks import drift_of, gap_in
from sandbox.terraform.mirrored import neutral_edits
from sandbox.terraform.outcome import LIMITS
from sandbox.terraform.places import CONFIG
from sandbox.terraform.plugins.providers import row
from sandbox.terraform.prepare import PreparedConfiguration
from sandbox.terraform.relax import TextEdit, apply, without

PROTECTIONS = frozenset(
    {
        "deletion_protection",
        "deletion_protection_enabled",
        "disable_api_termination",
        "enable_deletion_protection",
    }
)
"""Arguments that keep what they belong to from being destroyed, beside ``prevent_destroy``."""

OUT_OF_TIME = frozenset({124, 137})
"""How ``timeout`` exits where the program did not end in time, or only when it was killed."""

NAMED = 5
"""Of the files that an apply changed, so many are named."""

_INSTALLED = ".terraform"
"""The folder of what ``init`` installed: everything below it counts."""


def deployable(
    prepared: PreparedConfiguration, *, provisioned: bool = True
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files to apply, and what was changed in words.

    Provider blocks are neutral, and what protects from ``destroy`` is off: it is a virtue of a
    configuration, and would fail the last step by design. ``provisioned``: whether its
    provisioners, programs of its author's, are left in.
    """
    files = {path: text for path, text in prepared.files.items() if path.startswith(f"{CONFIG}/")}
    notes = []
    for source in prepared.sources:
        edits = neutral_edits(source)
        if not provisioned:
            edits += [without(source, part) for part in _provisioners(source)]
        for attribute in _protections(source):
            value = source.text[attribute.start : attribute.end].strip()
            if value != "false":
                edits.append(TextEdit(attribute.start, attribute.end, "false"))
                line = source.line(attribute.start)
                notes.append(
                    f"switched off to destroy it: {attribute.name} in {source.path}:{line}"
                )
        if edits:
            files[f"{CONFIG}/{source.path}"] = apply(source.text, edits).encode()
    return files, tuple(notes)


def provisions(prepared: PreparedConfiguration) -> bool:
    """Whether a configuration runs programs of its author's beside the emulator."""
    return any(True for source in prepared.sources for _ in _provisioners(source))


def without_provisioners(prepared: PreparedConfiguration) -> dict[str, bytes]:
    """Its files, with those programs left out."""
    files = dict(prepared.files)
    for source in prepared.sources:
        if edits := [without(source, part) for part in _provisioners(source)]:
            files[f"{CONFIG}/{source.path}"] = apply(source.text, edits).encode()
    return files


def blamed_on_provisioners(why: str, disturbed: Deployment | None, bare: Deployment) -> Deployment:
    """What a configuration with provisioners comes to whose deployment told nothing.

    ``why`` it told nothing, ``disturbed`` is how far it came (None: not to any end) and ``bare``
    what came of it without them: where that tells something, they were what kept the other from
    it, and so it is the configuration's own doing.
    """
    if bare.gap:
        return bare
    words = f"with its provisioners it cannot be deployed, and without them it can: {why}"
    failed = Phase(False, (Problem("error", words),), 0.0)
    if not bare.applied.passed:
        return bare
    if disturbed is None or not disturbed.applied.passed:
        return Deployment(failed, notes=bare.notes)
    return Deployment(disturbed.applied, failed, notes=bare.notes)


def without_emulator(prepared: PreparedConfiguration) -> tuple[str, ...]:
    """The providers that call something which nothing here stands in for."""
    rows = {source: row(source) for source in prepared.needs.providers}
    return tuple(
        sorted(
            source
            for source, each in rows.items()
            if each is not None and each.gap and not each.emulated
        )
    )


def deployment_of(result: Result, notes: tuple[str, ...]) -> Deployment:
    """What the steps of ``deploy`` came to; ``result`` has only steps that finished.

    Raises:
        EmulatorFailed: the emulator did not answer before anything was applied.
        ToolCrashed: Terraform said nothing that has a meaning.
    """
    reset, init = result.step("reset"), result.step("init")
    if reset is None or reset.exit_code:
        said = reset.stderr.decode(errors="replace").strip()[-200:] if reset else result.ended
        raise EmulatorFailed(f"the AWS emulator could not be reset: {said}")
    if init is not None and init.exit_code:
        raise output.crash(init)  # it was planned already, with the same providers and modules
    applied = _phase("apply", result)
    if not applied.passed:
        step = result.step("apply")
        stuck = step is not None and step.exit_code in OUT_OF_TIME
        own = stuck and step is not None and output.provisioning(step)
        return Deployment(
            applied, notes=notes, gap="" if own else gap_in(applied.problems, stuck=stuck)
        )
    if changed := _changed(result):
        words = f"applied, it changes what Terraform reads: {', '.join(changed)}"
        unchanged = Phase(False, (Problem("error", words),), 0.0)
        return Deployment(applied, unchanged, notes=notes)
    unchanged, found, gap = _unchanged(result)
    if gap:
        return Deployment(applied, unchanged, notes=notes, gap=gap)
    notes = (*notes, *(f"a difference of the emulator: {what}" for what in found))
    if not unchanged.passed and result.step("destroy") is None:
        return Deployment(applied, unchanged, notes=notes)
    destroyed = _phase("destroy", result)
    left = result.step("left")
    if not destroyed.passed:
        step = result.step("destroy")
        stuck = step is not None and step.exit_code in OUT_OF_TIME
        own = stuck and step is not None and output.provisioning(step)
        gap = "" if own else gap_in(destroyed.problems, stuck=stuck)
    elif left is None or left.exit_code:
        raise output.crash(left or result.steps[-1])
    elif still := left.stdout.decode(errors="replace").split():
        problem = Problem("error", f"destroy left {', '.join(still)} behind")
        destroyed = Phase(False, (*destroyed.problems, problem), destroyed.seconds)
    return Deployment(applied, unchanged, destroyed, notes, gap)


def _changed(result: Result) -> tuple[str, ...]:
    """The files that Terraform reads (``fingerprint.py``) and that are not what they were before
    it applied, by a provisioner or as a resource (``local_file``), so that the second plan would
    be of another configuration; a fingerprint that cannot be taken any more was prevented.

    A file in a folder that held none is read by nothing, whatever its name.
    """
    given, applied = result.step("given"), result.step("applied")
    if applied is None and result.step("apply") is result.steps[-1]:
        return ()  # a limit ended it there, and the next phase says so
    if given is None or given.exit_code:
        raise output.crash(given or result.steps[-1])
    if applied is None or applied.exit_code:
        return ("its folder",)
    before, after = _named(given), _named(applied)
    folders = {posixpath.dirname(name) for name in before}
    names = (
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
        and (name in before or posixpath.dirname(name) in folders or _INSTALLED in name.split("/"))
    )
    return tuple(sorted(names)[:NAMED])


def _named(fingerprint: StepResult) -> dict[str, str]:
    """The digest of each file, by its name."""
    lines = fingerprint.stdout.decode(errors="replace").splitlines()
    return {name: digest for digest, _, name in (line.partition(" ") for line in lines)}


def _unchanged(result: Result) -> tuple[Phase, tuple[str, ...], str]:
    """The second plan: whether it is empty, which differences do not count, the emulator's gap."""
    again = _phase("again", result)
    if not again.passed:
        step = result.step("again")
        stuck = step is not None and step.exit_code in OUT_OF_TIME
        return again, (), gap_in(again.problems, stuck=stuck)
    shown = result.step("drift")
    if shown is None:
        return _limit("show", result), (), ""
    if not shown.exit_code and not shown.stdout:
        return again, (), ""
    drift = drift_of(output.plan_of_show(shown))
    if drift.own:
        problems = tuple(Problem("error", f"planned again, {what}") for what in drift.own)
        return Phase(False, (*again.problems, *problems), again.seconds), drift.excused, ""
    gap = f"it does not keep what was applied: {'; '.join(drift.unsure)}" if drift.unsure else ""
    return again, drift.excused, gap


def _phase(name: str, result: Result) -> Phase:
    step = result.step(name)
    if step is None:
        return _limit(name, result)
    if step.exit_code in OUT_OF_TIME:
        late = Problem("error", f"terraform {name} did not come to its end in {step.seconds:.0f} s")
        return Phase(False, (*output.problems_of_stream(step), late), step.seconds)
    return output.phase_of_stream(step)


def _limit(name: str, result: Result) -> Phase:
    problem = Problem("error", f"terraform {name} {LIMITS[result.ended]}")
    return Phase(False, (problem,), result.usage.wall_seconds)


def _protections(source: OutlinedFile) -> Iterator[HclAttribute]:
    for block in source.body.named("resource"):
        yield from (at for at in block.body.attributes if at.name in PROTECTIONS)
        for inner in block.body.named("lifecycle"):
            yield from (at for at in inner.body.attributes if at.name == "prevent_destroy")


def _provisioners(source: OutlinedFile) -> Iterator[HclAttribute | Block]:
    for block in source.body.named("resource"):
        yield from block.body.named("provisioner")
        yield from (at for at in block.body.attributes if at.name == "provisioner")  # in JSON
