"""Which modules there are: where a name leads, and which options a module of ansible-core takes.

What Ansible documents lies in the toolchain's folder. Of collections only the names are known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.errors import ToolchainError
from sandbox.toolchain.ansible import MODULES_INDEX

BUILTIN = "ansible.builtin"
_LEGACY = "ansible.legacy"

FREE_FORM = {
    f"{BUILTIN}.command": "cmd",
    f"{BUILTIN}.shell": "cmd",
    f"{BUILTIN}.raw": "cmd",
    f"{BUILTIN}.script": "cmd",
    f"{BUILTIN}.include_vars": "file",
    f"{BUILTIN}.include_tasks": "file",
    f"{BUILTIN}.import_tasks": "file",
    f"{BUILTIN}.import_playbook": "file",
    f"{BUILTIN}.meta": "action",
}
"""Modules that take a text, and what it is called in what checks see."""

ANY_OPTION = frozenset(
    f"{BUILTIN}.{name}"
    for name in ("add_host", "gather_facts", "package", "set_fact", "set_stats", "setup")
)
"""Modules whose options are variables, or another module's."""

UNDOCUMENTED = frozenset(
    {
        *((f"{BUILTIN}.service", name) for name in ("daemon_reload", "daemon-reload", "scope")),
        *((f"{BUILTIN}.{name}", "use") for name in ("dnf", "dnf5")),
        *((f"{BUILTIN}.{name}", "use_backend") for name in ("dnf", "dnf5")),
        *((f"{BUILTIN}.file", name) for name in ("_diff_peek", "_original_basename")),
        (f"{BUILTIN}.async_status", "_async_dir"),
        (f"{BUILTIN}.command", "executable"),
        (f"{BUILTIN}.copy", "_original_basename"),
    }
)
"""Options that are taken all the same: the module's own ``argument_spec`` has them (those of all
modules of ansible-core 2.19.14 were compared with their documentation), or what is run in its place
knows them."""

UNLESS = {(f"{BUILTIN}.git", "dest"): "clone"}
"""Options that are documented as required and are not where another one is given."""

_SAME = {f"{BUILTIN}.systemd": f"{BUILTIN}.systemd_service"}
"""Names of one module; the second is what it is called now."""

_REDIRECTS = 5
"""Followed of one name; they lead to each other, and in no circle."""

_NAMES = """
amazon.aws ansible.controller ansible.eda ansible.hub ansible.netcommon ansible.platform
ansible.posix ansible.scm ansible.security ansible.utils ansible.windows ansible.yang arista.eos
awx.awx azure.azcollection check_point.mgmt chocolatey.chocolatey cisco.aci cisco.asa cisco.dnac
cisco.intersight cisco.ios cisco.iosxr cisco.ise cisco.meraki cisco.mso cisco.nxos cisco.ucs
cloud.common cloudscale_ch.cloud community.aws community.ciscosmb community.crypto
community.digitalocean community.dns community.docker community.fortios community.general
community.grafana community.hashi_vault community.hrobot community.library_inventory_filtering_v1
community.libvirt community.mongodb community.mysql community.network community.okd
community.postgresql community.proxmox community.proxysql community.rabbitmq community.routeros
community.sap_libs community.skydive community.sops community.vmware community.windows
community.zabbix containers.podman cyberark.conjur cyberark.pas debops.debops dellemc.openmanage
dellemc.powerflex dellemc.unity devsec.hardening f5networks.f5_modules fedora.linux_system_roles
fortinet.fortimanager fortinet.fortios freeipa.ansible_freeipa google.cloud grafana.grafana
hashicorp.terraform hashicorp.vault hetzner.hcloud hitachivantara.vspone_block ibm.mq
ibm.power_aix ibm.qradar ibm.spectrum_virtualize ieisystem.inmanage infinidat.infinibox
infoblox.nios_modules junipernetworks.junos kaytus.ksmanage kubernetes.core kubevirt.core
lowlydba.sqlserver microsoft.ad microsoft.iis microsoft.sql middleware_automation.keycloak
netapp.cloudmanager netapp.ontap netapp.storagegrid netapp_eseries.santricity netbox.netbox
ngine_io.cloudstack openstack.cloud openvswitch.openvswitch oracle.oci ovirt.ovirt
prometheus.prometheus purestorage.flasharray purestorage.flashblade ravendb.ravendb
redhat.insights redhat.openshift redhat.rhel_system_roles redhat.satellite sensu.sensu_go
servicenow.itsm splunk.es t_systems_mms.icinga_director telekom_mms.icinga_director
theforeman.foreman vmware.vmware vmware.vmware_rest vultr.cloud vyos.vyos wti.remote
"""
COLLECTIONS = frozenset(_NAMES.split())
"""Collections that are published and widely used, those of the package ``ansible`` among them."""


class Found(Enum):
    """Where the name of a module leads."""

    CORE = "a module of ansible-core"
    COLLECTION = "a module of a collection that is known and not here"
    OPEN = "where only a run knows"
    NO = "nowhere"


@dataclass(frozen=True, slots=True)
class Module:
    """A module by a name. ``name``: its full name, where that is known."""

    found: Found
    name: str

    @property
    def collection(self) -> str:
        """What it belongs to: ``community.general``."""
        return ".".join(self.name.split(".")[:2])


@dataclass(frozen=True, slots=True)
class Modules:
    """What Ansible documents of its modules, and where names of others lead.

    ``options``: from the full name of a module to its options; ``redirects``: from the name of a
    module that ansible-core had once to its full name now; ``collections``: those that are known.
    """

    options: Mapping[str, Mapping[str, Mapping[str, Any]]]
    redirects: Mapping[str, str]
    collections: frozenset[str]

    def find(self, name: str, among: Sequence[str] = ()) -> Module:
        """What a task that names a module so would run, if the answer has no such module.

        ``among``: collections in which a short name is looked for as well.
        """
        found = self._find(name)
        if found.found is not Found.NO or "." in name or not name.isidentifier():
            return found
        known = next((each for each in among if each in self.collections), None)
        return found if known is None else Module(Found.COLLECTION, f"{known}.{name}")

    def collection_of(self, name: str) -> str:
        """The known collection that a plugin of that full name is of, "" where none is."""
        parts = name.split(".")
        collection = ".".join(parts[:2])
        whole = len(parts) > 2 and all(part.isidentifier() for part in parts)
        return collection if whole and collection in self.collections else ""

    def _find(self, name: str) -> Module:
        if "{" in name:
            return Module(Found.OPEN, name)
        full = name if "." in name else f"{BUILTIN}.{name}"
        full = f"{BUILTIN}{full.removeprefix(_LEGACY)}" if full.startswith(_LEGACY) else full
        for _ in range(_REDIRECTS):
            if full in self.options:
                return Module(Found.CORE, _SAME.get(full, full))
            namespace, _, last = full.rpartition(".")
            if namespace != BUILTIN:
                return Module(Found.COLLECTION if self.collection_of(full) else Found.NO, full)
            if last not in self.redirects:
                return Module(Found.NO, name)
            full = self.redirects[last]
        return Module(Found.NO, name)


@lru_cache(maxsize=4)
def modules_in(folder: Path) -> Modules:
    """What lies in the toolchain's folder.

    Raises:
        ToolchainError: it cannot be read: our installation is broken.
    """
    try:
        index = json.loads((folder / MODULES_INDEX).read_text(encoding="utf-8"))
        options, redirects = index["modules"], index["redirects"]
    except (OSError, ValueError, KeyError) as error:
        raise ToolchainError(f"Ansible's index of modules cannot be read: {error}") from error
    gone_to = {".".join(name.split(".")[:2]) for name in redirects.values()}
    return Modules(options, redirects, (COLLECTIONS | gone_to) - {BUILTIN})
