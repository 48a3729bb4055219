"""What is copied for an image, and what is refused."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import ToolchainError
from sandbox.toolchain.export import export_to, package_hash
from sandbox.toolchain.mirror import platform_name
from sandbox.toolchain.model import Source, Tool, Toolchain
from sandbox.toolchain.table import BINARIES, MACHINES, Binary, ProviderPin, binary

AWS = "registry.terraform.io/hashicorp/aws"


@pytest.fixture
def found(tmp_path: Path) -> Toolchain:
    """A terraform on PATH, and a provider in a mirror that somebody named."""
    program = tmp_path / "bin/terraform"
    program.parent.mkdir()
    program.write_bytes(b"terraform")
    plugin = tmp_path / "named" / AWS / "5.0.0" / platform_name() / "terraform-provider-aws"
    plugin.parent.mkdir(parents=True)
    plugin.write_bytes(b"plugin")
    tools = {entry.name: Tool(entry.name, "", Source.MISSING, None, "") for entry in BINARIES}
    tools["terraform"] = Tool("terraform", "1.11.4", Source.PATH, program, "")
    return Toolchain(
        tools=tools,
        digest="",
        terraform_mirror=tmp_path / "named",
        terraform_mirrors=(tmp_path / "named",),
        providers={AWS: plugin},
        provider_versions={AWS: "5.0.0"},
        crd_schemas=None,
    )


def _pinned(content: bytes) -> tuple[Binary, ...]:
    entry = binary("terraform")
    assert entry.release is not None
    digest = hashlib.sha256(content).hexdigest()
    return (
        replace(
            entry,
            release=replace(entry.release, program_sha256=dict.fromkeys(MACHINES.values(), digest)),
        ),
    )


def _provider(found: Toolchain, h1: str = "") -> tuple[ProviderPin, ...]:
    right = package_hash(found.providers[AWS].parent)
    return (ProviderPin(AWS, "5.0.0", h1={platform_name(): h1 or right}),)


def test_what_has_its_checksum_is_copied_to_where_it_is_found(
    found: Toolchain, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    binaries = _pinned(b"terraform")
    lines = list(export_to(out, found, binaries=binaries, providers=_provider(found)))
    assert len(lines) == 2
    version = binaries[0].release.version if binaries[0].release else ""
    assert (out / f"tools/terraform/{version}/terraform").read_bytes() == b"terraform"
    plugin = out / "mirror" / AWS / "5.0.0" / platform_name() / "terraform-provider-aws"
    assert plugin.read_bytes() == b"plugin"


def test_a_program_or_provider_that_is_another_is_refused(found: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="the toolchain table says"):
        list(export_to(tmp_path / "out", found, binaries=_pinned(b"another"), providers=()))
    with pytest.raises(ToolchainError, match="h1:"):
        list(export_to(tmp_path / "out", found, binaries=(), providers=_provider(found, "wrong")))


def test_a_provider_without_a_checksum_stays_behind(found: Toolchain, tmp_path: Path) -> None:
    (line,) = export_to(tmp_path / "out", found, binaries=(), providers=())
    assert "left behind" in line
    assert not (tmp_path / "out").exists()


def test_a_provider_that_set_up_mirrored_itself_comes_along(
    found: Toolchain, tmp_path: Path
) -> None:
    ours = tmp_path / "terraform-mirror"
    (tmp_path / "named").rename(ours)
    plugin = ours / found.providers[AWS].relative_to(tmp_path / "named")
    (line,) = export_to(
        tmp_path / "out", replace(found, providers={AWS: plugin}), binaries=(), providers=()
    )
    assert line == f"{AWS} 5.0.0"


def test_the_checksum_is_the_one_of_terraforms_lock_files(tmp_path: Path) -> None:
    # golang.org/x/mod/sumdb/dirhash.Hash1: sha256 of "sha256(file)  name\n", in base64.
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    one, two = (hashlib.sha256(each).hexdigest() for each in (b"1", b"2"))
    listing = f"{one}  a\n{two}  b\n".encode()
    assert package_hash(tmp_path) == base64.b64encode(hashlib.sha256(listing).digest()).decode()
