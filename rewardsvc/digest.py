"""A digest of the code that judges: where it is the same, equal requests earn equal verdicts.

It is of the files on the way of a completion and of the libraries that they use. What brings
requests, shows verdicts, measures them or sets tools up may change, and cached verdicts stay: what
tools there are, with their contents, is a digest of its own (:class:`sandbox.toolchain.Toolchain`).
"""

import hashlib
import re
from importlib import metadata
from pathlib import Path

import assay

import rewardsvc
import sandbox
from rewardsvc.errors import CannotServe

_JUDGE_NOTHING = {
    "rewardsvc": frozenset(
        {
            *("__init__.py", "__main__.py"),  # the public names
            "audit",  # looks on from outside
            "report",
            *("cli", "doctor.py", "program.py", "progress.py", "replay.py"),  # speak with people
            *("comparison.py", "leaning.py", "llm/paid.py", "records.py", "tasks.py"),  # data sets
            *("preferences.py", "prompts.py"),  # their pairs, and what a model is asked
            *("focus.py", "yaml_file.py"),  # what is to be made
            "judge/cases.py",  # for a judge who is asked outside of a verdict
            *(
                "client.py",
                "concurrency.py",
                "grpc_status.py",
                "scorer.py",
                "window.py",
            ),  # ask a server
            *("server.py", "http.py", "http_connections.py", "trainers"),  # let others ask
            *("access.py", "calls.py", "describe.py", "outbox.py", "security.py", "wire/long.py"),
        }
    ),
    "sandbox": frozenset(
        f"toolchain/{name}.py"  # bring tools, and tell of them
        for name in (
            "__main__",
            "carried",
            "export",
            "module_fetch",
            "providers",
            "report",
            "setup",
        )
    )
    | {"toolchain/documentation"},  # for who makes tasks
}
"""By package, files and folders. Everything else is hashed, so what is forgotten here only throws
verdicts away; tests/rewardsvc/test_digest.py holds that the way of a completion imports none of it
and all of the rest."""

_OF_FORMATS = frozenset({"comparison", "gaming", "leaning", "mutants"})
"""What formats defer (:class:`rewardsvc.format.Deferred`)."""

_JUDGE_NOTHING_EITHER = frozenset(
    {"all", "calibrate", "collect", "datagen", "dev", "export", "gpu", "judge", "report", "rl"}
    | {"ray", "teachers"}
)
"""The extras whose libraries no verdict depends on. A judge's model is among the conditions, and
what an SDK changes about the asking, its answers show."""

_NEITHER_DO = frozenset({"click", "grpcio-health-checking", "grpcio-reflection", "rich"})
"""Of what the server requires, the libraries that no code that judges imports."""

_REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)\s*(?:\[(?P<extras>[^]]*)])?(?:.*\bextra == ["'](?P<of>[^"']+))?"""
)
"""As metadata has it: ``name[extra,extra]<3,>=1; python_version > "3" and extra == 'rl'``."""


def digest_of_code() -> str:
    """A digest of :func:`code_that_judges` and of the versions of :func:`libraries_that_judge`.

    Raises:
        CannotServe: the libraries cannot be told.
    """
    digest = hashlib.sha256()
    for name, file in code_that_judges():
        digest.update(f"{name}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for name, version in libraries_that_judge():
        digest.update(f"{name} {version}\n".encode())
    return digest.hexdigest()


def code_that_judges() -> list[tuple[str, Path]]:
    """Name (``rewardsvc/pipeline.py``) and place of each file that a verdict depends on."""
    return [
        (file.relative_to(folder.parent).as_posix(), file)
        for package in (assay, rewardsvc, sandbox)
        for folder in map(Path, package.__path__)
        for file in sorted(folder.rglob("*.py"))
        if _judges(package.__name__, file.relative_to(folder))
    ]


_ALONE = frozenset({"common-expression-language"})
"""Libraries that require others for a command of their own alone."""


def libraries_that_judge() -> list[tuple[str, str]]:
    """Name and version of what is required for judging, and of what that requires in turn.

    Raises:
        CannotServe: what this package itself requires is not to be had.
    """
    if not (required := _requirements("assay")):
        # Of no libraries the digest would be the same whatever their versions.
        raise CannotServe(
            "verdicts cannot be kept: assay is not installed, so nothing says which libraries "
            "it judges with; pip install -e . in its checkout, or set ASSAY_CACHE=false"
        )
    found: set[tuple[str, str]] = set()
    waiting = [
        (name, asked)
        for name, asked, extra in required
        if extra not in _JUDGE_NOTHING_EITHER and name not in _NEITHER_DO
    ]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            name, extra = each
            waiting += [
                (other, asked)
                for other, asked, condition in _requirements(name)
                if condition in ("", extra)
                and name not in _ALONE
                and not (name == "assay" and other in _NEITHER_DO)
            ]
    names = {name for name, _ in found}
    return sorted((name, version) for name in names if (version := _version(name)))


def _judges(package: str, file: Path) -> bool:
    """Whether a file does, by its place in its package."""
    if file.parts[0] == "formats" and not _OF_FORMATS.isdisjoint(file.with_suffix("").parts[2:]):
        return False
    idle = _JUDGE_NOTHING.get(package, frozenset())
    return idle.isdisjoint(each.as_posix() for each in (file, *file.parents))


def _requirements(name: str) -> list[tuple[str, str, str]]:
    """What an installed library requires: the name, each extra asked of it ("" for the library
    itself), and of which extra the requirement is ("" for those that always hold)."""
    try:
        listed = metadata.requires(name) or ()
    except metadata.PackageNotFoundError:
        return []  # this platform has none: a requirement with a marker
    requirements = []
    for found in map(_REQUIREMENT.match, listed):
        assert found is not None
        other = re.sub(r"[-_.]+", "-", found["name"]).lower()
        for asked in ("", *filter(None, re.split(r"[\s,]+", found["extras"] or ""))):
            requirements.append((other, asked, found["of"] or ""))
    return requirements


def _version(name: str) -> str:
    """Of a library; "" where this platform has none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
