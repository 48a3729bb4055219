"""What a server says of itself: formats, tools, what means can name, the reward rule."""

import functools
import json
from pathlib import Path

from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.formats import FORMATS
from rewardsvc.means import Inventory
from rewardsvc.reward import rule_of
from rewardsvc.types import Components
from rewardsvc.wire.protobuf import rule_to_proto
from sandbox.toolchain import Toolchain
from sandbox.toolchain.report import rows


def describe(toolchain: Toolchain, weights: Components) -> pb.DescribeResponse:
    """The answer of ``Describe``: the same table that ``rewardsvc doctor`` prints."""
    return pb.DescribeResponse(
        formats=[
            pb.FormatDescription(
                format=row.name,
                available=row.scored,
                reason=row.why,
                tools=FORMATS[row.name].verifier.tools,
            )
            for row in rows(toolchain).formats
            if row.name in FORMATS
        ],
        tools=[
            pb.ToolDescription(name=tool.name, version=tool.version, source=tool.source.value)
            for tool in toolchain.tools.values()
        ],
        providers=[
            pb.ProviderDescription(name=source.partition("/")[2], versions=[version])
            for source in sorted({*toolchain.providers, *toolchain.standins})
            if (version := toolchain.version_of(source)) is not None
        ],
        crds=_crds(toolchain.crd_schemas, toolchain.digest),
        libraries=Inventory(toolchain).libraries,
        toolchain=toolchain.digest,
        rule=rule_to_proto(rule_of(weights)),
    )


@functools.lru_cache(maxsize=4)
def _crds(folder: Path | None, digest: str) -> tuple[str, ...]:
    """The kinds of custom resources with a schema; ``digest`` names what is in the folder."""
    found = set()
    for path in folder.glob("*_*_*.json") if folder is not None else ():
        try:
            properties = json.loads(path.read_bytes())["properties"]
            found.add(f"{properties['apiVersion']['const']}/{properties['kind']['const']}")
        except (OSError, ValueError, KeyError, TypeError):
            continue  # one that somebody else has put there, in a form of its own
    return tuple(sorted(found))
