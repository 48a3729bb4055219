"""A box in which Terraform installs its providers from the mirror and starts them itself.

Nothing in it is warm. Credentials and the way to the emulator come the ordinary way, from
environment variables; what in a ``provider "aws"`` block would go before them (profiles, roles,
keys, endpoints: the relay's list) is blanked in the copy that Terraform reads. Pure but for paths.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sandbox.base import Bind
from sandbox.hcl.addresses import REGISTRIES, REGISTRY
from sandbox.hcl.outline import Block, HclAttribute
from sandbox.hcl.survey import OutlinedFile
from sandbox.terraform.emulator import ENDPOINT
from sandbox.terraform.places import TOOLS
from sandbox.terraform.plugins.configure import AWS_DROPPED, AWS_SET, DEFAULT_REGION
from sandbox.terraform.relax import TextEdit, apply, without

ENVIRONMENT: Mapping[str, str] = {
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_ACCESS_KEY_ID": str(AWS_SET["access_key"]),
    "AWS_SECRET_ACCESS_KEY": str(AWS_SET["secret_key"]),
    "AWS_REGION": DEFAULT_REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": str(AWS_SET["max_retries"]),
}
"""What turns the AWS provider to the emulator."""

_MIRROR = f"{TOOLS}/mirror"
_ACCOUNT = AWS_DROPPED | AWS_SET.keys()


def mirror_binds(mirrors: tuple[Path, ...], registry: str = REGISTRY) -> tuple[Bind, ...]:
    """The mirrors, where :func:`cli_config` says they are.

    What a mirror has of another public registry is there under ``registry``, too: they publish the
    same plugins.
    """
    binds = [Bind(mirror, f"{_MIRROR}/{number}") for number, mirror in enumerate(mirrors)]
    for number, mirror in enumerate(mirrors):
        others = (mirror / other for other in REGISTRIES if other != registry)
        for other in (folder for folder in others if folder.is_dir()):
            if not (mirror / registry).is_dir():
                binds.append(Bind(other, f"{_MIRROR}/{number}-too/{registry}"))
    return tuple(binds)


def cli_config(mirrors: tuple[Path, ...], registry: str = REGISTRY) -> bytes:
    """Terraform's own configuration: providers come from the mirrors and from nowhere else."""
    targets = (bind.target.removesuffix(f"/{registry}") for bind in mirror_binds(mirrors, registry))
    blocks = "".join(f'  filesystem_mirror {{\n    path = "{path}"\n  }}\n' for path in targets)
    return f"disable_checkpoint = true\nprovider_installation {{\n{blocks}}}\n".encode()


def neutral(sources: tuple[OutlinedFile, ...]) -> dict[str, bytes]:
    """The files whose ``provider "aws"`` blocks name their author's account, without that."""
    changed = ((source, neutral_edits(source)) for source in sources)
    return {source.path: apply(source.text, edits).encode() for source, edits in changed if edits}


def neutral_edits(source: OutlinedFile) -> list[TextEdit]:
    """The edits that take its author's account out of one file."""
    return [
        without(source, part)
        for block in source.body.named("provider")
        if block.labels == ("aws",)
        for part in _account(block)
    ]


def _account(block: Block) -> Iterator[HclAttribute | Block]:
    yield from (at for at in block.body.attributes if at.name in _ACCOUNT)
    yield from block.body.named(*_ACCOUNT)
