"""Sends canaries through live AWS providers, and takes those out that are wrong."""

import itertools
import logging
from collections.abc import Iterable
from dataclasses import replace

from sandbox.base import Ended
from sandbox.errors import ProviderFailed, ToolCrashed
from sandbox.terraform import canary
from sandbox.terraform.attached import LIMITS, AttachedTerraform
from sandbox.terraform.base import Depth
from sandbox.terraform.emulator import LivingEmulator
from sandbox.terraform.plugins.pool import Pinned, ProviderPool
from sandbox.terraform.plugins.provider import Provider
from sandbox.terraform.plugins.use import Use
from sandbox.terraform.prepare import Installed, prepare

_LIMITS = replace(LIMITS, wall_seconds=canary.SECONDS)
_LOG = logging.getLogger(__name__)


class Inspector:
    """Inspects the providers of one pool. ``source`` is what configurations call AWS here."""

    def __init__(
        self,
        pool: ProviderPool,
        source: str,
        emulator: LivingEmulator,
        terraform: AttachedTerraform,
        installed: Installed,
    ) -> None:
        self._pool = pool
        self._source = source
        self._emulator = emulator
        self._terraform = terraform
        self._installed = installed
        self._numbers = itertools.count(1)

    async def inspect_all(self) -> None:
        """Inspect every provider, one after the other.

        Raises:
            sandbox.errors.*: they could not be inspected.
        """
        for provider in self._pool.providers:
            await self.inspect(provider)

    async def inspect(self, provider: Provider) -> str:
        """Send the canaries through an AWS provider; one that lies goes. What it said wrong."""
        pool = self._pool
        if not await pool.take_this(provider):
            return ""
        try:
            losses = self._emulator.losses
            lie = await self._lie_of(provider)
            if lie:
                await self._emulator.see_alive()
            if not lie or self._emulator.losses > losses:
                return ""
            _LOG.warning("%s is replaced: %s", provider.source, lie)
            await pool.discard(provider, at_once=True)
            return lie
        finally:
            pool.give_back(provider)

    async def _lie_of(self, provider: Provider) -> str:
        """What a provider that was taken says wrong, "" where nothing.

        Raises:
            TimedOutByUs: this machine is too busy to tell.
        """
        number = next(self._numbers)  # what it has answered before, it is not asked again
        try:
            for files, lie_about in (
                (canary.good(number), canary.lie_about_good),
                (canary.bad(number), canary.lie_about_bad),
            ):
                prepared = prepare(files, self._installed)
                use = Use(Pinned(self._pool, provider), provider)
                try:
                    outcome, _ = await self._terraform.run(
                        prepared, Depth.PLAN, {self._source: use}, several=False, limits=_LIMITS
                    )
                finally:
                    await use.close()
                if outcome.ended is Ended.WALL_TIME:
                    return f"a canary took more than {canary.SECONDS:g} s"
                if lie := lie_about(outcome):
                    return lie
        except (ProviderFailed, ToolCrashed) as error:
            return str(error)
        return ""

    async def see_no_lie(self, asked: Iterable[Provider]) -> None:
        """Tell a run that took its time by itself from one that waited for a broken provider.

        Raises:
            ProviderFailed: it may have waited.
            TimedOutByUs: this machine is too busy to tell.
        """
        lies = [await self.inspect(provider) for provider in asked]
        if any(lies):
            raise ProviderFailed(f"a plan waited for a provider that is broken: {max(lies)}")
