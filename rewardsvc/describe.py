"""What a server says of itself: formats, tools, the reward rule."""

from assay.reward.v1 import reward_pb2 as pb

from rewardsvc.reward import rule_of
from rewardsvc.types import Components
from rewardsvc.verifiers import VERIFIERS
from rewardsvc.wire import rule_to_proto
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
                tools=VERIFIERS[row.name].tools,
            )
            for row in rows(toolchain).formats
            if row.name in VERIFIERS
        ],
        tools=[
            pb.ToolDescription(name=tool.name, version=tool.version, source=tool.source.value)
            for tool in toolchain.tools.values()
        ],
        toolchain=toolchain.digest,
        rule=rule_to_proto(rule_of(weights)),
    )
