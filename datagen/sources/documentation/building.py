"""Builds topics: an example is completed, planned, mended by what was said, and planned again.

A task of a built topic costs one plan; what had to be found out is found out here. A fault of the
scoring machinery says nothing about a type: it is tried again by the next run.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from datagen.errors import StageFault
from datagen.sources.documentation.checking import pins_of
from datagen.sources.documentation.completion import Completion, Configuration, Unfit
from datagen.sources.documentation.learnt import Learnt
from datagen.sources.documentation.lint import silly_signs
from datagen.sources.documentation.pages import Pages, TypePage
from datagen.sources.documentation.rendering import Setting, hcl
from datagen.sources.documentation.repair import repaired
from datagen.sources.documentation.store import TopicEntry, TopicState
from datagen.sources.documentation.topics import Built
from datagen.sources.documentation.values import Choice, leaves
from datagen.sources.documentation.variation import with_choices
from datagen.topic import fenced
from rewardsvc.scorer import Scorer
from rewardsvc.types import Check, Diagnostic, ScoreRequest, Status, Task, Verdict

_ROUNDS = 6
_EXAMPLES = 3
_PIN = re.compile(r"^pin (\d+)\b")
_OTHER = Setting(project="billing", stage="dev", region="us-east-1", octet=75)
"""A second specification, for what must hold whatever the names are."""


@dataclass
class _Try:
    """One type's work: how many plans it took, and why it did not come to something."""

    page: TypePage
    plans: int = 0
    reasons: list[str] = field(default_factory=list)


class Builder:
    """Builds the topics of types with a scorer."""

    def __init__(self, pages: Pages, scorer: Scorer) -> None:
        self._pages = pages
        self._scorer = scorer
        self._learnt = Learnt.of(pages)

    async def build(
        self,
        types: Sequence[str],
        done: Callable[[str, TopicEntry | StageFault], None],
        *,
        concurrency: int,
    ) -> None:
        """Build each type; ``done`` hears of it as it is ready, of faults, too.

        Raises:
            DatagenError, rewardsvc.errors.RewardServiceError: nothing more can be done at all.
        """
        places = asyncio.Semaphore(concurrency)

        async def one(type: str) -> None:
            async with places:
                try:
                    done(type, await self.entry(type))
                except StageFault as fault:
                    done(type, fault)

        try:
            async with asyncio.TaskGroup() as group:
                for type in types:
                    group.create_task(one(type))
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def entry(self, type: str) -> TopicEntry:
        """What a type comes to.

        Raises:
            StageFault: a plan could not be made.
        """
        work = _Try(self._pages.pages[type])
        examples = [*enumerate(work.page.examples[:_EXAMPLES]), (-1, "")]
        for number, example in examples:
            try:
                configuration = await self._planned(work, example)
                configuration = await self._extended(work, configuration)
                unheld = await self._unheld(work, configuration)
            except Unfit as unfit:
                work.reasons.append(str(unfit))
                continue
            built = Built(type, number, configuration, frozenset(unheld))
            state = TopicState.ACCEPTED if number >= 0 else TopicState.PARTIAL
            return TopicEntry(type, state, "", work.plans, built)
        return TopicEntry(type, TopicState.REFUSED, work.reasons[0], work.plans)

    async def _planned(self, work: _Try, example: str) -> Configuration:
        completion = Completion(self._pages, self._learnt, work.page)
        configuration = completion.configuration(example)
        said: Sequence[Diagnostic] = ()
        for _ in range(_ROUNDS):
            text = self._text(configuration, Setting())
            if signs := silly_signs(configuration, self._pages.pages):
                raise Unfit(signs[0])
            said = await self._complaints(work, text)
            if not said:
                return configuration
            mended = repaired(configuration, text, said, completion, self._pages)
            if mended is None or not any(e.type == work.page.type for e in mended.resources):
                break
            configuration = mended
        raise Unfit(f"does not plan: {said[0].message[:200]}" if said else "does not settle")

    async def _extended(self, work: _Try, configuration: Configuration) -> Configuration:
        """With another resource where it stands alone, and with what may vary."""
        if len(configuration.resources) == 1:
            joined = Completion(self._pages, self._learnt, work.page).joined(configuration)
            if joined is not None and await self._plans(work, joined):
                configuration = joined
        for numbers, texts in ((True, True), (True, False)):
            varied = with_choices(configuration, self._pages, numbers=numbers, texts=texts)
            options = (1, 2) if varied != configuration else (1,)
            settings = [_taking(varied, option) for option in options]
            if all(
                [not await self._complaints(work, self._text(varied, each)) for each in settings]
            ):
                return varied
        if await self._complaints(work, self._text(configuration, _OTHER)):
            raise Unfit("plans with some names only")
        return configuration

    async def _plans(self, work: _Try, configuration: Configuration) -> bool:
        if silly_signs(configuration, self._pages.pages):
            return False
        return not await self._complaints(work, self._text(configuration, Setting()))

    async def _unheld(self, work: _Try, configuration: Configuration) -> set[int]:
        """The positions of pins that do not hold on the plan of the topic's own answer."""
        setting = Setting()
        pins = [pin for each in pins_of(configuration, setting).values() for pin in each]
        checks = tuple(
            replace(pin.check, description=f"pin {number}") for number, pin in enumerate(pins)
        )
        verdict = await self._verdict(work, self._text(configuration, setting), checks)
        return {
            int(match[1])
            for stage in verdict.stages
            for found in stage.diagnostics
            if (match := _PIN.match(found.message))
        }

    def _text(self, configuration: Configuration, setting: Setting) -> str:
        try:
            return hcl(configuration, setting, self._pages.pages)
        except ValueError as error:
            raise Unfit(str(error)) from error

    async def _complaints(self, work: _Try, text: str) -> list[Diagnostic]:
        verdict = await self._verdict(work, text, ())
        components = verdict.components
        assert components is not None  # it is SCORED
        if components.syntax == components.correctness == 1.0:
            return []
        return [
            found
            for stage in verdict.stages
            for found in stage.diagnostics
            if found.severity != "info"
        ]

    async def _verdict(self, work: _Try, text: str, checks: tuple[Check, ...]) -> Verdict:
        work.plans += 1
        task = Task(
            category="terraform", format="terraform", instruction=work.page.type, checks=checks
        )
        request = ScoreRequest(
            id=f"{work.page.type}/{work.plans}", task=task, completion=fenced("terraform", text)
        )
        (verdict,) = await self._scorer.score([request])
        if verdict.status is Status.UNSCORED:
            raise StageFault(verdict.failure_reason)
        return verdict


def _taking(configuration: Configuration, option: int) -> Setting:
    """A specification that takes one of the alternatives everywhere."""
    choices = {
        leaf.slot: leaf.options[min(option, len(leaf.options) - 1)]
        for each in configuration.resources
        for _, leaf in leaves(each.body)
        if isinstance(leaf, Choice)
    }
    base = _OTHER if option == 1 else Setting(project="routing", stage="staging", octet=190)
    return replace(base, choices=choices)
