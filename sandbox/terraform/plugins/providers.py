"""The table of providers: which are known, where each runs, and how its Configure is made harmless.

A provider in the table that is not installed is a gap of this machine; one that is neither in the
table nor installed is a mistake of the configuration. What is installed beyond the table is known
by being there. Adding a provider is a row, and a rewriter in ``configure`` where its settings can
name an account or a machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sandbox.base import MIB
from sandbox.hcl.addresses import REGISTRIES
from sandbox.terraform.emulator import ENDPOINT
from sandbox.terraform.plugins import configure
from sandbox.terraform.plugins.configure import Rewriter, unchanged


@dataclass(frozen=True, slots=True)
class Row:
    """How a provider is run.

    ``warm``: started once in a box of its own and reached through the relay, which gives its
    settings to ``rewriter``. Otherwise Terraform starts it inside the configuration's box, because
    it reads the configuration's files or is small.
    ``check``: what is left out where it is asked whether its settings are right.
    ``emulated``: the AWS emulator stands in for what it calls; its box leads there.
    ``environment``: what its process finds beside the plugin handshake.
    ``memory_bytes``: what one process may take.
    ``leased``: whether a plan has one to itself, which it configures.
    ``gap``: a pattern of what it says where nothing here stands in for what it calls: a fault of
    this machine, not of the configuration.
    """

    warm: bool
    rewriter: Rewriter = unchanged
    check: Rewriter = unchanged
    emulated: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: int = 256 * MIB
    leased: bool = True
    gap: str = ""


_OFFLINE = (
    r"dial tcp|connection refused|no such host|network is unreachable"
    r"|could not acquire access token"
)
"""How a cloud that is not there shows."""

_CLOUD_BYTES = 1144 * MIB
"""1.2 GB: those of the large clouds hold 350 to 720 MB after some plans (AWS, measured)."""

_COLLECT = {"GOGC": "400", "GOMEMLIMIT": "900MiB"}
"""Go collects garbage seldom, for most of what a provider holds is its schema; from the second
figure on in earnest, rather than run into the limit of its box."""

_ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "hashicorp/aws": Row(
            warm=True,
            rewriter=configure.rewrite_aws,
            check=configure.check_aws,
            emulated=True,
            environment=MappingProxyType(
                {**_COLLECT, "AWS_ENDPOINT_URL": ENDPOINT, "AWS_EC2_METADATA_DISABLED": "true"}
            ),
            memory_bytes=_CLOUD_BYTES,
            gap=(
                r"StatusCode: 501|NotImplemented|not (?:yet )?(?:been )?implemented"
                r"|Not yet implemented"
            ),
        ),
        "hashicorp/google": Row(
            True, configure.rewrite_google, memory_bytes=_CLOUD_BYTES, gap=_OFFLINE
        ),
        "hashicorp/google-beta": Row(
            True, configure.rewrite_google, memory_bytes=_CLOUD_BYTES, gap=_OFFLINE
        ),
        # Its Configure asks for a token: a plan is out of reach without an emulator of the login.
        "hashicorp/azurerm": Row(
            True, configure.rewrite_azurerm, memory_bytes=_CLOUD_BYTES, gap=_OFFLINE
        ),
        "hashicorp/kubernetes": Row(True, configure.rewrite_kubernetes, gap=_OFFLINE),
        "hashicorp/helm": Row(True, configure.rewrite_helm, gap=_OFFLINE),
        "hashicorp/random": Row(True),
        "hashicorp/null": Row(True),
        "hashicorp/time": Row(True),
        "hashicorp/tls": Row(True),
        "hashicorp/cloudinit": Row(True),
        # They read or write files of the configuration, or start its programs.
        "hashicorp/local": Row(False),
        "hashicorp/archive": Row(False),
        "hashicorp/external": Row(False),
        "hashicorp/http": Row(False),
    }
)
"""By namespace and name, whichever registry a source names."""


def row(source: str) -> Row | None:
    """The row of a provider by its source in full; None where the table has none."""
    host, _, name = source.partition("/")
    return _ROWS.get(name) if host in REGISTRIES else None


def is_warm(source: str) -> bool:
    """Whether the provider is started once and reached through the relay."""
    entry = row(source)
    return entry is not None and entry.warm


_KNOWN = {
    "hashicorp": (
        "ad archive assert aws awscc azuread azurerm azurestack boundary cloudinit consul dns "
        "external google google-beta googleworkspace hcp hcs helm http kubernetes local nomad "
        "null opc oraclepaas random salesforce template tfe time tls vault vsphere"
    ),
    "aliyun": "alicloud",
    "alekc": "kubectl",
    "auth0": "auth0",
    "azure": "azapi azuredevops modtm",
    "bpg": "proxmox",
    "carlpett": "sops",
    "cloudflare": "cloudflare",
    "confluentinc": "confluent",
    "cyrilgdn": "postgresql",
    "databricks": "databricks",
    "datadog": "datadog",
    "dbt-labs": "dbtcloud",
    "digitalocean": "digitalocean",
    "dnsimple": "dnsimple",
    "elastic": "ec elasticstack",
    "fastly": "fastly",
    "fluxcd": "flux",
    "gavinbunney": "kubectl",
    "gitlabhq": "gitlab",
    "goauthentik": "authentik",
    "grafana": "grafana",
    "hetznercloud": "hcloud",
    "ibm-cloud": "ibm",
    "integrations": "github",
    "jianyuan": "sentry",
    "keycloak": "keycloak",
    "kreuzwerker": "docker",
    "launchdarkly": "launchdarkly",
    "linode": "linode",
    "loafoe": "ssh",
    "microsoft": "azuredevops",
    "mongodb": "mongodbatlas",
    "newrelic": "newrelic",
    "ns1-terraform": "ns1",
    "okta": "okta",
    "opensearch-project": "opensearch",
    "oracle": "oci",
    "ovh": "ovh",
    "pagerduty": "pagerduty",
    "petoju": "mysql",
    "rancher": "rancher2",
    "scaleway": "scaleway",
    "siderolabs": "talos",
    "snowflake-labs": "snowflake",
    "snowflakedb": "snowflake",
    "spotinst": "spotinst",
    "telmate": "proxmox",
    "tehcyx": "kind",
    "terraform-aws-modules": "http",
    "terraform-provider-openstack": "openstack",
    "vultr": "vultr",
    "yandex-cloud": "yandex",
}

KNOWN = frozenset(
    f"{registry}/{namespace}/{name}"
    for registry in REGISTRIES
    for namespace, names in _KNOWN.items()
    for name in names.split()
)
"""Sources of published providers that configurations commonly name."""
