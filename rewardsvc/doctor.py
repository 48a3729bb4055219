"""``rewardsvc doctor``: what this machine can score, and whether its sandbox holds."""

import asyncio

from rich.console import Console
from rich.markup import escape

from rewardsvc.formats import FORMATS
from rewardsvc.settings import Settings
from sandbox.bubblewrap import BubblewrapSandbox
from sandbox.errors import SandboxError
from sandbox.select import open_sandbox
from sandbox.selftest import self_test
from sandbox.toolchain import discover
from sandbox.toolchain.report import render, rows


async def examine(settings: Settings, console: Console) -> bool:
    """Print the table; True if isolation holds and some format can be scored."""
    toolchain = await asyncio.to_thread(discover, settings.tools, settings.terraform_mirror)
    table = rows(toolchain)
    render(table, console)
    for name, format in FORMATS.items():
        if format.examined is not None:
            said = await asyncio.to_thread(format.examined.load(), toolchain)
            console.print(escape(f"{name}: {said}"))
    console.print(f"toolchain digest {toolchain.digest[:16]}…\n")
    holds = await _examine_sandbox(settings, console)
    some = any(row.scored for row in table.formats)
    if not some:
        console.print("[red]no format can be scored: run `make setup`[/red]")
    return holds and some


async def _examine_sandbox(settings: Settings, console: Console) -> bool:
    try:
        async with open_sandbox(settings.sandbox, image=settings.docker_image) as sandbox:
            promises = await self_test(sandbox)
            name = sandbox.name
            remarks = sandbox.remarks if isinstance(sandbox, BubblewrapSandbox) else ()
    except SandboxError as error:
        console.print(f"[red]sandbox: {escape(str(error))}[/red]")
        return False
    console.print(f"Sandbox: {name}")
    for remark in remarks:
        console.print(f"  {escape(remark)}")
    for promise in promises:
        mark = "[green]holds[/green]" if promise.holds else "[red]BROKEN[/red]"
        detail = "" if promise.holds else f": {promise.detail}"
        console.print(f"  {mark}  {escape(promise.name + detail)}")
    return all(promise.holds for promise in promises)
