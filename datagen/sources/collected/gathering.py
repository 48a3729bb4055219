"""From a provider to candidates: each repository is cloned, looked through and counted.

What is left out is counted by its reason, so that statistics add up: a repository is taken or left
for one reason, a candidate likewise.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from datagen.errors import CloneFailed
from datagen.sources.collected.clones import CloneCache, RepositoryTree
from datagen.sources.collected.leaks import secrets_in
from datagen.sources.collected.licences import (
    allowed,
    licence_files,
    licence_of_texts,
    licensed_folder,
)
from datagen.sources.collected.paths import COLLECTED_FORMATS, TERRAFORM, is_terraform
from datagen.sources.collected.provider import FoundRepository, RepositoryProvider
from datagen.sources.collected.quality import quality_of
from datagen.sources.collected.settings import CollectionSettings
from datagen.sources.collected.units import Unit, calls_own_modules, unit_of, units_of
from datagen.sources.collected.wording import Wording, worded

SECRET = "secret"
"""The reason of what is dropped for one."""

TOO_FEW_FILES = "too few Terraform files"
"""The reason of a repository's modules together."""

_AT_ONCE = 4
"""Clones that are on their way: a service counts connections, too."""
_LOOKED_AT = 5
"""Times as many candidates as may be taken of a repository are read at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit that may be kept, with what a row tells of its source."""

    repository: str
    page: str
    commit: str
    licence: str
    quality: float
    unit: Unit
    wording: Wording


@dataclass(slots=True)
class Gathered:
    """``left``: repositories by the reason for which they gave nothing. ``dropped``: candidates by
    theirs. ``failures``: what was wrong with repositories that could not be cloned, by name.
    ``secrets``: where what looks like one stands, with the repository and what it looks like."""

    candidates: list[Candidate] = field(default_factory=list)
    repositories: int = 0
    left: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)


async def gather(
    provider: RepositoryProvider,
    cache: CloneCache,
    settings: CollectionSettings,
    *,
    found: Callable[[], None] = lambda: None,
    looked_at: Callable[[str], None] = lambda _: None,
) -> Gathered:
    """All candidates, in the order in which the provider gives repositories.

    ``found`` hears of each repository that a provider gives, ``looked_at`` of each that is done.

    Raises:
        CollectionRefused, CollectionUnavailable: of the provider.
        OutputUnusable, SourceMissing: the cache cannot be written, or there is no git.
    """
    places = asyncio.Semaphore(_AT_ONCE)
    waiting: list[asyncio.Task[Gathered]] = []

    async def look(repository: FoundRepository) -> Gathered:
        async with places:
            harvest = await _harvest(repository, cache, settings)
        looked_at(repository.name)
        return harvest

    try:
        async with asyncio.TaskGroup() as group:
            async for repository in provider.repositories():
                found()
                waiting.append(group.create_task(look(repository)))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    whole = Gathered()
    for harvest in (task.result() for task in waiting):
        whole.candidates += harvest.candidates
        whole.repositories += 1
        whole.left += harvest.left
        whole.dropped += harvest.dropped
        whole.failures |= harvest.failures
        whole.secrets += harvest.secrets
    return whole


def repository_refusal(found: FoundRepository, settings: CollectionSettings) -> str:
    """Why a repository is not even cloned, "" where it is. Pure."""
    if found.gone:
        return "gone"
    if found.fork and not settings.forks:
        return "a fork"
    if found.archived and not settings.archived:
        return "archived"
    if (found.kilobytes or 0) > settings.max_repository_megabytes * 1024:
        return "too large"
    if found.licence and not allowed(found.licence, settings.licences, unknown=True):
        return f"licence {found.licence}"
    return ""


async def _harvest(
    found: FoundRepository, cache: CloneCache, settings: CollectionSettings
) -> Gathered:
    harvest = Gathered()
    refusal = repository_refusal(found, settings)
    if not refusal:
        try:
            tree = await cache.tree(found)
            licences = _Licences(tree, found.licence)
            refusal = _licence_refusal(await licences.above("."), settings)
            if not refusal:
                await _look_through(tree, found, licences, settings, harvest)
                refusal = "" if harvest.candidates else "nothing to take"
        except CloneFailed as failure:
            refusal = "not cloned"
            harvest.failures[found.name] = str(failure)
    if refusal:
        harvest.left[refusal] += 1
    return harvest


class _Licences:
    """Those of a repository's folders, each read once."""

    def __init__(self, tree: RepositoryTree, known: str) -> None:
        """``known``: the root's, as the provider says; "" where its files are to say it."""
        self._tree = tree
        self._files = licence_files(tree.sizes)
        self._known = {".": known} if known else {}

    async def above(self, path: str) -> str:
        """The licence that is nearest above a file; "" where nobody can tell.

        Raises:
            CloneFailed: its text cannot be read.
        """
        folder = licensed_folder(path, self._files)
        if folder not in self._known:
            texts = await self._tree.texts(self._files.get(folder, ()))
            self._known[folder] = licence_of_texts(texts.values())
        return self._known[folder]


def _licence_refusal(licence: str, settings: CollectionSettings) -> str:
    if allowed(licence, settings.licences, unknown=settings.unknown_licences):
        return ""
    return f"licence {licence or 'unknown'}"


async def _look_through(
    tree: RepositoryTree,
    found: FoundRepository,
    licences: _Licences,
    settings: CollectionSettings,
    harvest: Gathered,
) -> None:
    formats = frozenset(settings.formats or COLLECTED_FORMATS)
    modules = sum(map(is_terraform, tree.sizes))
    if modules < settings.min_terraform_files:
        if modules and TERRAFORM in formats:
            harvest.dropped[TOO_FEW_FILES] += 1
        formats -= {TERRAFORM}
    most = settings.max_units_per_repository
    for paths in units_of(tree.sizes, formats)[: most * _LOOKED_AT]:
        if len(harvest.candidates) >= most:
            break
        licence = await licences.above(paths.members[0])
        if refusal := _licence_refusal(licence, settings):
            harvest.dropped[refusal] += 1
            continue
        unit = unit_of(paths, await tree.texts(paths.members))
        reason, wording, quality = (
            ("no text", None, 0.0) if unit is None else _judged(unit, settings)
        )
        if unit is None or wording is None:
            harvest.dropped[reason] += 1
            if unit is not None and reason == SECRET:
                harvest.secrets += [f"{found.name}: {each}" for each in _secrets_of(unit)]
            continue
        harvest.candidates.append(
            Candidate(
                repository=found.name,
                page=found.page,
                commit=tree.commit,
                licence=licence,
                quality=round(quality, 3),
                unit=unit,
                wording=wording,
            )
        )


def _secrets_of(unit: Unit) -> list[str]:
    """``path:line: kind`` of each, the path in the repository."""
    module = unit.format == TERRAFORM and unit.path != "."
    folder = f"{unit.path}/" if module else ""
    names = {name: f"{folder}{name}" for name in unit.files}
    if unit.format != TERRAFORM:
        names = dict.fromkeys(unit.files, unit.path)
    return secrets_in({names[name]: text for name, text in unit.files.items()})


def _judged(unit: Unit, settings: CollectionSettings) -> tuple[str, Wording | None, float]:
    """Why a unit is not taken, or what is asked for with its quality."""
    quality, _ = quality_of(unit)
    if quality < settings.min_quality:
        return "quality", None, quality
    if calls_own_modules(unit):
        return "calls modules of its own", None, quality
    if any("```" in text for text in unit.files.values()):
        return "has fences", None, quality
    if secrets_in(unit.files):
        return SECRET, None, quality
    return "says too little", worded(unit), quality
