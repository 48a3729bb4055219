"""What a configuration leans on and is not here, told from what is wrong with it by itself."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.base import Limits
from sandbox.checked import checked_files
from sandbox.lack import Lack, LackKind
from sandbox.terraform.base import Phase, Problem
from sandbox.terraform.lacking import REMOTE_MODULES, REMOTE_STATES, lacks_of, without_providers
from sandbox.terraform.places import CONFIG, ORIGINAL
from sandbox.terraform.prepare import Installed, PreparedConfiguration, prepare

AWS = "registry.terraform.io/hashicorp/aws"
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
FINE = Phase(True, (), 0.0)
DATA = "data.aws_vpc.main"
EMPTY = Problem("error", "no matching EC2 VPC found", "", "main.tf", 1, DATA)
OWN = Problem("error", "Reference to undeclared resource", "No.", "main.tf", 7)
OF_ANOTHER_VERSION = Problem("error", "Unsupported argument", "No.", "main.tf", 7)


def _prepared(text: str) -> PreparedConfiguration:
    installed = Installed(Path("terraform"), "1.11.4", {AWS: Path("aws")}, {AWS: "5.100.0"})
    return prepare({"main.tf": text.encode()}, installed)


def _pinned(constraint: str) -> str:
    source = f'source  = "hashicorp/aws"\n      version = "{constraint}"'
    return (
        f"terraform {{\n  required_providers {{\n    aws = {{\n      {source}\n    }}\n  }}\n}}\n"
    )


def _failed(*problems: Problem) -> Phase:
    return Phase(False, problems, 0.0)


def _not_fetched(line: int) -> Problem:
    return Problem("error", REMOTE_MODULES, "it cannot be looked into", "main.tf", line)


def _kinds(lacks: tuple[Lack, ...]) -> dict[LackKind, bool]:
    """The kinds of what is not here, and whether it is overlooked."""
    return {lack.kind: lack.overlooked for lack in lacks}


# --- providers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "telling", "overlooked"),
    [
        ("hashicorp/random", True, False),
        ("hashicorp/random", False, True),  # it is wrong by itself, too
        ("acme/rocket", True, True),  # nobody knows it: a mistake
    ],
)
def test_a_provider_is_missing(source: str, telling: bool, overlooked: bool) -> None:
    text = f'terraform {{\n  required_providers {{\n    x = {{\n      source = "{source}"\n'
    prepared = _prepared(f"{text}    }}\n  }}\n}}\n{BUCKET}")
    (lack,) = without_providers(prepared, telling=telling)
    assert lack == Lack(LackKind.PROVIDER, f"registry.terraform.io/{source}", overlooked=overlooked)


# --- versions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("constraint", ["~> 5.0", ">= 5.40, < 6.0", "5.100.0", "!= 4.0.0"])
def test_a_version_that_is_here_lacks_nothing(constraint: str) -> None:
    prepared = _prepared(_pinned(constraint) + BUCKET)
    assert lacks_of(prepared, _failed(OF_ANOTHER_VERSION), None) == ()


@pytest.mark.parametrize("constraint", ["~> 4.0", ">= 6.0", "= 99.9.9", "< 5.0, > 4.1"])
@pytest.mark.parametrize(
    ("validate", "overlooked"),
    [
        (FINE, True),
        (_failed(OWN), True),
        (_failed(OWN, OF_ANOTHER_VERSION), True),
        (_failed(OF_ANOTHER_VERSION), False),
    ],
)
def test_a_version_that_is_not_counts_where_nothing_else_is_wrong(
    constraint: str, validate: Phase, overlooked: bool
) -> None:
    (lack,) = lacks_of(_prepared(_pinned(constraint) + BUCKET), validate, None)
    assert lack == Lack(LackKind.VERSION, "aws", constraint, "5.100.0", overlooked)


def test_the_version_of_terraform_itself_is_no_means() -> None:
    text = 'terraform {\n  required_version = ">= 9.0"\n}\n'
    assert lacks_of(_prepared(text + BUCKET), FINE, FINE) == ()


# --- what lies elsewhere -----------------------------------------------------------------------


def test_modules_and_states_of_others_are_lacking_and_terraform_says_so() -> None:
    text = 'module "v" {\n  source = "acme-networks/vpc/aws"\n}\n'
    (module,) = lacks_of(_prepared(text + BUCKET), _failed(_not_fetched(1)), None)
    assert module == Lack(LackKind.MODULE, "acme-networks/vpc/aws", overlooked=True)
    states = _failed(Problem("error", REMOTE_STATES))
    (state,) = lacks_of(_prepared(BUCKET), FINE, states)
    assert (state.kind, state.overlooked) == (LackKind.MODULE, True)
    assert lacks_of(_prepared('module "v" {\n  source = "./v"\n}\n'), FINE, FINE) == ()


@pytest.mark.parametrize(
    ("validate", "overlooked"),
    [
        (FINE, True),
        (_failed(OWN), True),
        (_failed(_not_fetched(1)), False),
        (_failed(_not_fetched(1), OWN), True),  # it is wrong by itself, too
        (_failed(_not_fetched(1), _not_fetched(4)), True),  # and so it is with what nobody knows
    ],
)
def test_a_module_that_the_table_knows_counts_where_nothing_else_is_wrong(
    validate: Phase, overlooked: bool
) -> None:
    vpc, other = "terraform-aws-modules/vpc/aws", "acme-networks/vpc/aws"
    text = f'module "v" {{\n  source = "{vpc}"\n}}\nmodule "w" {{\n  source = "{other}"\n}}\n'
    assert lacks_of(_prepared(text), validate, None) == (
        Lack(LackKind.MODULE, vpc, overlooked=overlooked),
        Lack(LackKind.MODULE, other, overlooked=True),
    )


# --- facts -------------------------------------------------------------------------------------

UNKNOWN: Mapping[str, Problem] = {
    "an empty account": EMPTY,
    "no image": Problem("error", "Your query returned no results. Please", address=DATA),
    "a parameter": Problem("error", "reading SSM Parameter (/a): couldn't find resource",
                           address="module.a.data.aws_ssm_parameter.x"),
    "an offer": Problem("error", "no RDS Orderable DB Instance Options found matching criteria",
                        address=DATA),
    "the network": Problem("error", "downloading IP ranges", "dial tcp: lookup a: no such host",
                           address=DATA),
    "a call": Problem("error", "reading X", "https response error StatusCode: 501, RequestID: "),
    "an answer in another form": Problem(
        "error", "listing X", "StatusCode: 404, error while deserializing", address=DATA
    ),
    "an object to import": Problem("error", "Cannot import non-existent remote object", "While"),
}  # fmt: skip

KNOWN: Mapping[str, Problem] = {
    "a mistake": OWN,
    "a wrong argument": Problem("error", '"arn" (x) is an invalid ARN', address=DATA),
    "words of its author": Problem(
        "error", "Resource precondition failed", "StatusCode: 501, NotImplemented", address=DATA
    ),
    "a resource that is not found": Problem(
        "error", "reading X: couldn't find resource", address="aws_vpc.main"
    ),
    "a refusal": Problem("error", "operation error, StatusCode: 400, Invalid", address=DATA),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_only_a_real_cloud_knows_is_lacking(what: str) -> None:
    prepared = _prepared(BUCKET)
    assert _kinds(lacks_of(prepared, FINE, _failed(UNKNOWN[what]))) == {LackKind.FACT: False}
    assert lacks_of(prepared, FINE, Phase(True, (UNKNOWN[what],), 0.0)) == ()


@pytest.mark.parametrize("what", KNOWN)
def test_what_is_wrong_by_itself_is_not(what: str) -> None:
    assert lacks_of(_prepared(BUCKET), FINE, _failed(KNOWN[what])) == ()
    beside = lacks_of(_prepared(BUCKET), FINE, _failed(EMPTY, KNOWN[what]))
    assert _kinds(beside) == {LackKind.FACT: True}, "and is excused by nothing beside it"


# --- names of files ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", [".keep", ".keep/x.tf", ".terraform/x.tf", "x.tf/y.tf"])
def test_whatever_files_are_called_they_can_be_laid_out(path: str) -> None:
    installed = Installed(Path("terraform"), "1.11.4", {}, {})
    for files in ({path: b""}, {path: b"", "main.tf": BUCKET.encode()}):
        laid_out = prepare(files, installed).files
        assert checked_files(laid_out, Limits()) == laid_out
        assert {name.partition("/")[0] for name in laid_out} == {ORIGINAL, CONFIG}
