"""What is collected: the keys of a settings file, and the flags of the command."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rewardsvc.yaml_file import YamlMapping, read_yaml_mapping, validated

PERMISSIVE = (
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unlicense",
    "UPL-1.0",
    "Zlib",
)
"""Licences that let their text be used and passed on in data; most ask for their notice."""


class CollectionSettings(BaseModel):
    """``max_repos_per_search``: repositories that one search gives at most.
    ``min_terraform_files``: a repository with fewer Terraform files is left alone, unless other
    formats alone are wanted. ``cache_ttl_hours``: how long clones and pages of searches are used
    again. ``licences``: SPDX names that are allowed; ``unknown_licences``: whether a repository
    whose licence nobody can tell is, too. ``min_quality``: in [0, 1], as ``quality`` measures it.
    ``formats``: only these; all that are told by a path where none is named.
    ``queries``: searches for repositories, in GitHub's words. ``code_queries``: searches for files,
    whose repositories are taken. ``created_since``: the oldest that a search is sliced down to.
    ``max_repository_megabytes``: larger ones, as the service or the clone says, are left out.
    ``max_file_kilobytes``: larger files are not fetched. ``max_units_per_repository``: modules and
    files of one at most. ``forks``, ``archived``: whether these are taken.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_repos_per_search: int = Field(default=500, ge=1, le=100_000)
    min_terraform_files: int = Field(default=3, ge=0)
    cache_ttl_hours: float = Field(default=24.0, ge=0.0, allow_inf_nan=False)
    licences: tuple[str, ...] = PERMISSIVE
    unknown_licences: bool = False
    min_quality: float = Field(default=0.5, ge=0.0, le=1.0)
    formats: tuple[str, ...] = ()
    queries: tuple[str, ...] = ("language:HCL",)
    code_queries: tuple[str, ...] = ()
    created_since: date = date(2014, 1, 1)  # Terraform is of July 2014
    max_repository_megabytes: int = Field(default=200, ge=1)
    max_file_kilobytes: int = Field(default=64, ge=1, le=256)
    max_units_per_repository: int = Field(default=20, ge=1)
    forks: bool = False
    archived: bool = False


def read_collection_settings(file: Path | None, chosen: Mapping[str, object]) -> CollectionSettings:
    """What a YAML file says, and flags over it; those that are None or empty say nothing.

    Raises:
        rewardsvc.errors.InvalidFile: names the key that is wrong, and the nearest right one.
    """
    said = YamlMapping("flags", {}) if file is None else read_yaml_mapping(file)
    given = {name: value for name, value in chosen.items() if value not in (None, ())}
    return validated(CollectionSettings, YamlMapping(said.shown, said.values | given, said.lines))
