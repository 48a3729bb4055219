"""Gives moto what every account sees: images with dates, public parameters, databases on offer.

moto's own are kept. What it has no date of would be as old as the request, and ``most_recent``
would choose by chance: the date in an image's name is its date.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from moto.core.responses import PaginatedResult
from moto.ec2.models.amis import Ami, AmiBackend
from moto.rds.responses import RDSResponse
from moto.ssm.models import Parameter, ParameterDict

from sandbox.emulated.facts import Facts, date_in

PUBLIC = "/aws/service/"
"""What the names of parameters begin with that AWS keeps for everybody."""

_OF_EVERY_IMAGE = {"ena-support": "true", "sriov-net-support": "simple"}
"""Filters that moto does not know, with what they say of every image that it or the table has."""

_ALIKE = {"status": frozenset({"available"}), "engine-mode": frozenset({"provisioned"})}
"""What every version of an engine has that the facts name."""


def seed(facts: Facts) -> None:
    """Have every account and region of this process start with the facts."""
    _seed_images(facts)
    _seed_parameters(facts)
    _seed_databases(facts)


def _seed_images(facts: Facts) -> None:
    load, value_of = AmiBackend._load_amis, Ami.get_filter_value

    def with_facts(self: Any) -> None:
        load(self)
        for known in self.amis.values():
            known.creation_date = date_in(known.name or "") or known.creation_date
        for image in facts.images(self.region_name):
            self.amis[image.id] = Ami(
                self,
                image.id,
                name=image.name,
                description=image.name,
                owner_id=image.owner,
                owner_alias="amazon",
                public=True,
                virtualization_type="hvm",
                architecture=image.architecture,
                creation_date=image.created,
                platform=image.platform,
                image_location=f"amazon/{image.name}",
                hypervisor="xen",
                root_device_type="ebs",
                root_device_name=image.device,
                region_name=f"{self.region_name}a",
            )

    def filtered(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name == "platform-details":
            return "Windows" if self.platform == "windows" else "Linux/UNIX"
        if filter_name in _OF_EVERY_IMAGE:
            return _OF_EVERY_IMAGE[filter_name]
        return value_of(self, filter_name, method_name)

    _replace(AmiBackend, _load_amis=with_facts)
    _replace(Ami, get_filter_value=filtered)


def _seed_parameters(facts: Facts) -> None:
    load = ParameterDict._check_loading_status
    parameter: Any = Parameter
    when = datetime.combine(facts.date, time(), UTC)

    def with_facts(self: Any, key: str) -> None:
        load(self, key)
        if not str(key or "").startswith(PUBLIC) or getattr(self, "has_facts", False):
            return
        self.has_facts = True
        for name, value in facts.parameters(self.region_name).items():
            versions = super(ParameterDict, self).__getitem__(name)
            versions.append(
                parameter(
                    account_id=self.account_id,
                    name=name,
                    value=value,
                    parameter_type="String",
                    description=None,
                    allowed_pattern=None,
                    keyid=None,
                    last_modified_date=when,
                    version=1,
                    data_type="aws:ec2:image",
                )
            )

    _replace(ParameterDict, _check_loading_status=with_facts)


def _seed_databases(facts: Facts) -> None:
    orderable = RDSResponse.describe_orderable_db_instance_options

    def engine_versions(self: Any) -> Any:
        asked: Mapping[str, Any] = self.params
        engine = str(asked.get("Engine"))
        if engine not in facts.engines or not _filters_of_all(asked):
            # moto's own word for what it lacks, which is no fault of who asks: an empty list would
            # say that there is no such version.
            raise NotImplementedError(f"versions of {engine}, or by these filters, are not known")
        family = asked.get("DBParameterGroupFamily")
        found = [
            each
            for each in facts.engines[engine]
            if _within(each.version, str(asked.get("EngineVersion") or ""))
            and family in (None, each.family)
        ]
        if str(asked.get("DefaultOnly")).lower() == "true":
            found = found[-1:]
        return PaginatedResult(
            {
                "DBEngineVersions": [
                    {
                        "Engine": each.engine,
                        "EngineVersion": each.version,
                        "DBParameterGroupFamily": each.family,
                        "DBEngineDescription": each.engine,
                        "DBEngineVersionDescription": f"{each.engine} {each.version}",
                        "Status": "available",
                        "SupportedEngineModes": ["provisioned"],
                    }
                    for each in found
                ]
            }
        )

    def orderable_options(self: Any) -> Any:
        asked: Mapping[str, Any] = self.params
        engine, engine_version = str(asked.get("Engine")), asked.get("EngineVersion")
        offer = facts.offer(engine)
        if offer is None:
            return orderable(self)
        known = facts.engines[engine]
        # Who asks for every version gets the newest of each line: thousands are all alike.
        newest = {each.family: each.version for each in known}.values()
        versions = [each.version for each in known if each.version == engine_version]
        aurora = engine.startswith("aurora")
        options = [
            {
                "Engine": engine,
                "EngineVersion": version,
                "DBInstanceClass": name,
                "LicenseModel": offer.license,
                "StorageType": storage,
                "AvailabilityZones": [{"Name": f"{self.region}{zone}"} for zone in "abc"],
                "MultiAZCapable": not aurora,
                "ReadReplicaCapable": True,
                "Vpc": True,
                "SupportsStorageEncryption": True,
                "SupportsIops": storage in ("io1", "gp3"),
                "SupportsEnhancedMonitoring": True,
                "SupportsIAMDatabaseAuthentication": True,
                "SupportsPerformanceInsights": True,
                "SupportsStorageAutoscaling": not aurora,
                "SupportsStorageThroughput": storage == "gp3",
                "SupportsGlobalDatabases": aurora,
                "SupportsClusters": aurora,
                "SupportedEngineModes": ["provisioned"],
                "SupportedNetworkTypes": ["IPV4", "DUAL"],
            }
            for version in (versions if engine_version else newest)
            for name in offer.classes
            for storage in offer.storage
            if asked.get("DBInstanceClass") in (None, name)
            and asked.get("LicenseModel") in (None, offer.license)
        ]
        return PaginatedResult({"OrderableDBInstanceOptions": options})

    _replace(RDSResponse, describe_db_engine_versions=engine_versions)
    _replace(RDSResponse, describe_orderable_db_instance_options=orderable_options)


def _replace(owner: type, **methods: Callable[..., Any]) -> None:
    """Give a class of moto's other methods."""
    for name, method in methods.items():
        setattr(owner, name, method)


def _filters_of_all(asked: Mapping[str, Any]) -> bool:
    """Whether the filters of a request hold of every version that is known."""
    return all(
        set(each.get("Values") or ()) & _ALIKE.get(str(each.get("Name")), frozenset())
        for each in asked.get("Filters") or ()
    )


def _within(version: str, asked: str) -> bool:
    """Whether a version is the one that is asked for, or of the line that is."""
    return not asked or version == asked or version.startswith(f"{asked}.")
