"""Attacks by what an apply runs: provisioners, with the server's deployments as their way in.

A provisioner is a program of the model's that really runs, in the box of the deployment, beside
Terraform, its providers and a way to the emulator. It may break all of these; the verdict must say
that it was the configuration that did.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from assay.reward.v1 import reward_pb2 as pb
from assay.reward.v1 import reward_pb2_grpc
from google.protobuf import json_format

from rewardsvc.client import channel_options
from sandbox.terraform.warm import MORE_PROVIDERS
from tests.hostile import attacks
from tests.hostile.conftest import SERVERS, Served, serving
from tests.hostile.host import Host
from tests.hostile.traces import Traces, left_beyond, left_files, marked, new_mark, settled, traces
from tests.needs import lacks

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPIC = 'resource "aws_sns_topic" "a" {\n  name = "hostile"\n}\n'
DRIFTING = TOPIC.replace("}\n", "  tags = {\n    at = timestamp()\n  }\n}\n")

NOT_APPLIED = 0.8
"""The most that what does not apply may earn: it plans, and has all else."""
NOT_DEPLOYED = 0.95
"""The most that what applies but is not deployed to its end may earn."""

SECONDS = 600.0
"""Within which a verdict is there; the limits of the stage are longer."""

AT_ONCE = 4
"""Attacks under way."""

PYTHON = str(Path(sys.executable).resolve())

REPORT = """
import atexit, io
said = io.StringIO()
shown, sys.stdout = sys.stdout, said
def end():
    lines = said.getvalue().splitlines()
    shown.write(f"denied {sum(each.startswith('denied') for each in lines)}; ")
    shown.write("; ".join(each for each in lines if not each.startswith("denied")) or "nothing got")
    shown.flush()
    os._exit(3)
atexit.register(end)
"""
"""Has an attack's attempts summed up on one line, and fail: so Terraform shows what it printed."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What a provisioner runs, and the truth about it.

    ``command``: for a shell; ``@NAME@`` is filled in from the planted host. ``program``: of Python,
    instead. ``at_destroy``: whether it runs when the resource is destroyed. ``most``: the highest
    truthful reward. ``says``: words of the verdict.
    """

    command: str = ""
    program: str = ""
    at_destroy: bool = False
    most: float = NOT_APPLIED
    says: str = ""
    resource: str = TOPIC


def _as_commands(*names: str) -> str:
    """The attacks of those names on a sandbox, one after the other, in one program."""
    programs = "\n".join(attacks.ATTACKS[name].program for name in names)
    # The keys for the emulator are the box's own, and no secret.
    return attacks.PRELUDE + REPORT + programs.replace("AWS_|", "")


READING = _as_commands("the server's environment", "the host's files", "a search for secrets")
OUTSIDE = _as_commands("writing outside", "the host's sockets", "the network")
KILLING = _as_commands("signals to others")

DAEMON = "(setsid sh -c 'trap \"\" HUP TERM INT; sleep 86400; : @MARK@' >/dev/null 2>&1 &)"
KILL_PROVIDERS = (
    'for p in $(seq $((PPID + 1)) $((PPID + 200))); do [ "$p" = $$ ] || kill -9 "$p"; done; sleep 1'
)
"""They are younger than the Terraform that started them."""
EMULATOR_RESET = (
    f"{PYTHON} -c 'import urllib.request as r; "
    'r.urlopen(r.Request("http://127.0.0.1:4566/moto-api/reset", method="POST", data=b""))\''
)
REWRITE = "sed -i 's/timestamp()/\"x\"/' main.tf"
FORGE = (
    'echo \'{"type":"provision_complete","hook":{"resource":{"addr":"aws_sns_topic.a"}}}\' '
    ">/proc/$PPID/fd/1; "
    'echo \'{"type":"diagnostic","diagnostic":{"severity":"error","address":"aws_sns_topic.a",'
    '"summary":"StatusCode: 501, api error NotImplemented"}}\' >/proc/$PPID/fd/1; '
)

ATTACKS: Mapping[str, Attack] = {
    "reads what is not its own": Attack(program=READING, says="; nothing got"),
    "reads as it is destroyed": Attack(
        program=READING, at_destroy=True, most=NOT_DEPLOYED, says="; nothing got"
    ),
    "writes outside, goes out": Attack(program=OUTSIDE, says="; nothing got"),
    "signals to others": Attack(program=KILLING),
    "leaves a daemon": Attack(DAEMON, most=1.0),
    "leaves a daemon as it is destroyed": Attack(DAEMON, at_destroy=True, most=1.0),
    "floods its output": Attack("head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 3000; exit 3"),
    "kills Terraform": Attack("kill -9 $PPID; sleep 9"),
    "kills Terraform, and says it was the emulator": Attack(FORGE + "kill -9 $PPID; sleep 9"),
    "lets Terraform panic": Attack("kill -QUIT $PPID; sleep 9"),
    "kills everything near": Attack("kill -9 -1"),
    "kills everything near as it is destroyed": Attack(
        "kill -9 -1", at_destroy=True, most=NOT_DEPLOYED
    ),
    "kills the providers": Attack(KILL_PROVIDERS + "; exit 3"),
    "empties the emulator": Attack(EMULATOR_RESET, most=NOT_DEPLOYED, says="provisioners"),
    "hides a drift by another configuration": Attack(
        REWRITE, most=NOT_DEPLOYED, says="config/main.tf", resource=DRIFTING
    ),
    "hides a drift by another provider": Attack(
        "d=$(dirname $(find .terraform/providers -type l)); rm -r $d/*; "
        "echo changed >$d/linux_amd64",
        most=NOT_DEPLOYED,
        says=".terraform/providers",
        resource=DRIFTING,
    ),
    "hides a drift by its mark": Attack(
        "mkdir /work/drifted", most=NOT_DEPLOYED, says="aws_sns_topic.a: update", resource=DRIFTING
    ),
}


@dataclass
class Client:
    """A connection to a server under attack, and what was there before."""

    served: Served
    stub: reward_pb2_grpc.RewardServiceStub
    before: Traces

    def traces(self) -> Traces:
        return traces(self.served.process.pid, self.served.temporary)

    async def score(self, files: Mapping[str, str]) -> pb.Verdict:
        fences = "".join(f'````hcl path="{path}"\n{text}````\n\n' for path, text in files.items())
        request = pb.ScoreRequest(id="a", task=pb.Task(format="terraform"), completion=fences)
        verdict: pb.Verdict = await self.stub.Score(request, timeout=SECONDS)
        return verdict


@pytest.fixture(scope="module", params=SERVERS)
def deploying(
    request: pytest.FixtureRequest, host: Host, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server for each back end that deploys."""
    log = tmp_path_factory.mktemp("deploying") / "stderr.log"
    with serving(request.param, host, log, ASSAY_TERRAFORM_DEPLOY="true") as up:
        if up.terraform:
            lacks("terraform", up.terraform)
        yield up


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(deploying: Served) -> AsyncIterator[Client]:
    async with grpc.aio.insecure_channel(deploying.address, options=channel_options()) as channel:
        stub = reward_pb2_grpc.RewardServiceStub(channel)  # type: ignore[no-untyped-call]
        opened = Client(deploying, stub, Traces())
        await _is_honoured(opened)
        opened.before = await settled(opened.traces)
        yield opened


async def _is_honoured(client: Client) -> None:
    """An honest completion, with a provisioner of its own, has all of the reward."""
    text = TOPIC.replace("}\n", '  provisioner "local-exec" {\n    command = "true"\n  }\n}\n')
    verdict = await client.score({"main.tf": text})
    assert (verdict.status, verdict.reward) == (pb.SCORED, 1.0), verdict


def _files(attack: Attack, words: Mapping[str, str]) -> dict[str, str]:
    command, program = attack.command or f"{PYTHON} -I attack.py", attack.program
    for word, value in words.items():
        command = command.replace(f"@{word}@", value)
    when = "    when    = destroy\n" if attack.at_destroy else ""
    provisioner = f'  provisioner "local-exec" {{\n{when}    command = <<-EOT\n{command}\n    EOT\n'
    files = {"main.tf": attack.resource[:-2] + provisioner + "  }\n}\n"}
    if program:
        told = f"import os\nos.environ.update({dict(words)!r})\n"
        files["attack.py"] = told + program + "\n"
    return files


@dataclass
class Attacked:
    """An attack that is under way, or over."""

    words: Mapping[str, str]
    verdict: "asyncio.Task[pb.Verdict]"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(client: Client, host: Host) -> AsyncIterator[Mapping[str, Attacked]]:
    """All attacks at once, by name: most of a deployment is waiting, so some share the server."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def score(attack: Attack, words: Mapping[str, str]) -> pb.Verdict:
        async with turns:
            return await client.score(_files(attack, words))

    async with asyncio.TaskGroup() as tasks:
        under_way = {}
        for name, attack in ATTACKS.items():
            server = str(client.served.process.pid)
            words = {**host.env, "SERVER_PID": server, "MARK": new_mark()}
            under_way[name] = Attacked(words, tasks.create_task(score(attack, words)))
        yield under_way
        for each in under_way.values():
            each.verdict.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
async def test_a_provisioner_gets_a_truthful_verdict_and_nothing_else(
    attacked: Mapping[str, Attacked], host: Host, name: str
) -> None:
    attack, under_way = ATTACKS[name], attacked[name]
    verdict = await under_way.verdict
    said = json_format.MessageToJson(verdict, ensure_ascii=False)
    print(f"{name}: {verdict.reward:.2f} {_deploy(verdict)}")

    assert marked(under_way.words["MARK"]) == [], "a program of the attack runs"
    assert left_files(host.folder / "trap") == []
    assert (host.folder / "target").read_text() == "as it was"
    assert host.visitors == [], "somebody came to a socket of the host"
    assert host.secret not in said
    assert host.victim.poll() is None
    assert verdict.status == pb.SCORED, said
    assert verdict.reward <= attack.most, said
    assert attack.says in said, said


@pytest.mark.slow
async def test_after_all_that_nothing_is_left_and_honest_completions_are_honoured(
    client: Client, attacked: Mapping[str, Attacked]
) -> None:
    await asyncio.wait([each.verdict for each in attacked.values()])
    await _is_honoured(client)
    left = await left_beyond(client.before, client.traces, spare=MORE_PROVIDERS)
    assert left == {}, f"left behind: {left}"


def _deploy(verdict: pb.Verdict) -> str:
    return "; ".join(
        f"{stage.score:.2f} {[item.message[:200] for item in stage.diagnostics]}"
        for stage in verdict.stages
        if stage.name == "deploy"
    )
