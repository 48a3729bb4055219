"""The table of providers: which are known, and how each is run.

A provider in the table that is not installed is a gap of this machine; one that is neither in the
table nor installed is a mistake of the configuration. What is installed beyond the table is known
by being there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sandbox.terraform.configure import Rewriter, rewrite_aws

REGISTRY = "registry.terraform.io"
BUILTIN = "terraform.io/builtin/terraform"
AWS = f"{REGISTRY}/hashicorp/aws"


@dataclass(frozen=True, slots=True)
class Warm:
    """How a provider is kept warm: started once, reached through the relay.

    ``rewriter`` turns its settings to the emulator. Any other provider is started by Terraform
    itself inside the sandbox, for it may read files and is small.
    """

    rewriter: Rewriter


WARM: Mapping[str, Warm] = MappingProxyType({AWS: Warm(rewrite_aws)})

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
    f"{REGISTRY}/{namespace}/{name}"
    for namespace, names in _KNOWN.items()
    for name in names.split()
)
"""Sources of published providers that configurations commonly name."""


def canonical_source(source: str) -> str:
    """A source address in full: "aws" is registry.terraform.io/hashicorp/aws."""
    parts = source.lower().split("/")
    if parts == ["terraform"]:
        return BUILTIN
    return "/".join([*[REGISTRY, "hashicorp"][: 3 - len(parts)], *parts])
