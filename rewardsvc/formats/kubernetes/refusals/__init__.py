"""What the API server and operators refuse beyond their schemas: a table of rows by API area.

Sources are Kubernetes' own validation at the release they name; a row is added where its area's
are, with an example of each side, and nothing else changes.
"""

from rewardsvc.formats.kubernetes.manifests import Manifest
from rewardsvc.formats.kubernetes.refusals.access import ACCESS
from rewardsvc.formats.kubernetes.refusals.admission import ADMISSION
from rewardsvc.formats.kubernetes.refusals.certificates import CERTIFICATES
from rewardsvc.formats.kubernetes.refusals.cluster import CLUSTER
from rewardsvc.formats.kubernetes.refusals.containers import CONTAINERS
from rewardsvc.formats.kubernetes.refusals.definitions import DEFINITIONS
from rewardsvc.formats.kubernetes.refusals.drivers import DRIVERS
from rewardsvc.formats.kubernetes.refusals.endpoints import ENDPOINTS
from rewardsvc.formats.kubernetes.refusals.inference import INFERENCE
from rewardsvc.formats.kubernetes.refusals.istio import ISTIO
from rewardsvc.formats.kubernetes.refusals.knative import KNATIVE
from rewardsvc.formats.kubernetes.refusals.meshes import MESHES
from rewardsvc.formats.kubernetes.refusals.metadata import METADATA
from rewardsvc.formats.kubernetes.refusals.monitoring import MONITORING
from rewardsvc.formats.kubernetes.refusals.network import NETWORK
from rewardsvc.formats.kubernetes.refusals.operators import OPERATORS
from rewardsvc.formats.kubernetes.refusals.pods import PODS
from rewardsvc.formats.kubernetes.refusals.quotas import QUOTAS
from rewardsvc.formats.kubernetes.refusals.revisions import REVISIONS
from rewardsvc.formats.kubernetes.refusals.rules import RuleTree
from rewardsvc.formats.kubernetes.refusals.storage import STORAGE
from rewardsvc.formats.kubernetes.refusals.systems import SYSTEMS
from rewardsvc.formats.kubernetes.refusals.workflows import WORKFLOWS
from rewardsvc.formats.kubernetes.refusals.workloads import WORKLOADS
from rewardsvc.verification.refusals import Refusal

REFUSALS: tuple[Refusal[Manifest], ...] = (
    *METADATA,
    *PODS,
    *CONTAINERS,
    *SYSTEMS,
    *WORKLOADS,
    *NETWORK,
    *ENDPOINTS,
    *STORAGE,
    *DRIVERS,
    *QUOTAS,
    *ACCESS,
    *ADMISSION,
    *CLUSTER,
    *DEFINITIONS,
    *OPERATORS,
    *WORKFLOWS,
    *INFERENCE,
    *CERTIFICATES,
    *MONITORING,
    *KNATIVE,
    *REVISIONS,
    *ISTIO,
    *MESHES,
)

RULES = RuleTree.of(REFUSALS)
"""The rows as one tree for each kind: a resource is walked once for all of them."""
