"""What set-up reads of a provider's documentation: classes out of a wheel, matched with types."""

import asyncio
import gzip
import json
import zipfile
from pathlib import Path

import pytest

from sandbox.errors import ToolchainError
from sandbox.toolchain.discover import discover
from sandbox.toolchain.documentation.folder import TYPES, made, make, rows_of, write
from sandbox.toolchain.documentation.wheel import read_wheel

QUEUE = '''
@pulumi.input_type
class QueueArgs:
    def __init__(__self__, *,
                 delay_seconds: Optional[pulumi.Input[builtins.int]] = None):
        """
        The set of arguments for constructing a Queue resource.
        :param pulumi.Input[builtins.int] delay_seconds: Of the arguments' class.
        """

class Queue(pulumi.CustomResource):
    @overload
    def __init__(__self__,
                 resource_name: str,
                 opts: Optional[pulumi.ResourceOptions] = None,
                 __props__=None):
        """
        Makes a queue.

        Messages wait in it.

        ## Example Usage

        ```python
        import pulumi_aws as aws

        jobs = aws.sqs.Queue("jobs", delay_seconds=90)
        ```

        ## Import

        :param str resource_name: The name of the resource.
        :param pulumi.ResourceOptions opts: Options for the resource.
        :param pulumi.Input[builtins.int] delay_seconds: Seconds that a message
               waits. From 0 to 900.
        :param pulumi.Input[Sequence[pulumi.Input[Union['QueueRuleArgs', 'QueueRuleArgsDict']]]] rules: What is let in.
        """
        ...
'''  # noqa: E501 (as the generator writes it)
INPUTS = '''
@pulumi.input_type
class QueueRuleArgs:
    def __init__(__self__, *,
                 kind: pulumi.Input[builtins.str]):
        """
        :param pulumi.Input[builtins.str] kind: One of `fast` or `slow`.
        """
        pulumi.set(__self__, "kind", kind)
'''
SCHEMA = {
    "attributes": {
        "arn": {"type": "string", "computed": True, "description_kind": "plain"},
        "delay_seconds": {"type": "number", "optional": True},
        "id": {"type": "string", "optional": True, "computed": True},
    },
    "block_types": {
        "rule": {
            "nesting_mode": "list",
            "block": {"attributes": {"kind": {"type": "string", "required": True}}},
        }
    },
}


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel in the generator's form, with one class."""
    path = tmp_path / "pulumi_aws-6.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pulumi_aws/sqs/queue.py", QUEUE)
        archive.writestr("pulumi_aws/sqs/_inputs.py", INPUTS)
        archive.writestr("pulumi_aws/sqs/get_queue.py", "def get_queue(): ...")
    return path


def test_a_class_tells_introduction_arguments_and_examples(wheel: Path) -> None:
    (queue,) = read_wheel(wheel, "pulumi_aws")

    assert queue.name == "sqs.Queue"
    assert queue.introduction == "Makes a queue.\n\nMessages wait in it."
    assert queue.arguments["delay_seconds"].text == "Seconds that a message waits. From 0 to 900."
    assert queue.examples == (
        'import pulumi_aws as aws\n\njobs = aws.sqs.Queue("jobs", delay_seconds=90)\n',
    )


def test_a_type_has_the_texts_of_its_class_by_terraforms_names(wheel: Path) -> None:
    other = {"attributes": {"rate": {"type": "number", "required": True}}}
    rows = rows_of({"aws_sqs_queue": SCHEMA, "aws_alarm": other}, read_wheel(wheel, "pulumi_aws"))
    alarm, queue = rows

    assert alarm["class"] == ""
    assert queue["class"] == "sqs.Queue"
    assert queue["arguments"] == {
        "delay_seconds": "Seconds that a message waits. From 0 to 900.",
        "rule": "What is let in.",
        "rule.kind": "One of `fast` or `slow`.",
    }
    assert queue["schema"]["attributes"]["arn"] == {"type": "string", "computed": True}


def test_a_wheel_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.whl"
    broken.write_bytes(b"no archive")

    with pytest.raises(ToolchainError, match=r"broken\.whl cannot be read"):
        read_wheel(broken, "pulumi_aws")


def test_what_an_older_version_made_is_made_anew(tmp_path: Path) -> None:
    write(tmp_path / TYPES, {"reader": 0}, [{"type": "aws_sqs_queue"}])

    assert not made(tmp_path)
    with gzip.open(tmp_path / TYPES, "rt", encoding="utf-8") as file:
        assert [json.loads(line) for line in file] == [{"reader": 0}, {"type": "aws_sqs_queue"}]


def test_without_terraform_it_says_what_is_needed(tmp_path: Path) -> None:
    found = discover(tmp_path / "tools", tmp_path / "mirror", search_path="")

    with pytest.raises(ToolchainError, match="Terraform and its AWS provider are needed"):
        asyncio.run(make(found, tmp_path / "tools", lambda _: None))
