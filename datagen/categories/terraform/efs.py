"""Terraform, EFS: a file system that several machines mount."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, lits, need, num
from datagen.categories.terraform.pieces import (
    in_groups,
    label,
    provider,
    quoted,
)
from datagen.needs import in_region
from datagen.pins import (
    all_refer,
    count_of,
    has,
    planned_all,
    planned_true,
)
from datagen.topic import Topic
from datagen.vocabulary import REGIONS, identifiers, named


@dataclass(frozen=True, slots=True)
class FileSystem:
    """An encrypted EFS with a mount target in each subnet and a way in for one application."""

    region: str
    token: str
    name: str
    throughput: int
    archive: str
    path: str
    user: int
    group: int
    permissions: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


def _sample_files(rng: Random) -> FileSystem:
    name = named(rng, "files", "share", "uploads", "home", "media")
    domain = name.partition("-")[0]
    return FileSystem(
        region=rng.choice(REGIONS),
        token=f"{name}-{rng.choice(('efs', 'token', 'fs'))}",
        name=name,
        throughput=rng.choice((16, 32, 48, 64, 100, 128, 256)),
        archive=f"AFTER_{rng.choice((7, 14, 30, 60, 90))}_DAYS",
        path=f"/{domain}/{rng.choice(('data', 'files', 'shared', 'export'))}",
        user=rng.choice((1000, 1001, 1100, 2000, 5000, 10001)),
        group=rng.choice((1000, 1010, 1200, 2000, 3000, 10001)),
        permissions=rng.choice(("0755", "0750", "0775", "0770", "0700")),
        subnets=identifiers(rng, "subnet", rng.choice((2, 3))),
        groups=identifiers(rng, "sg", 1),
    )


def _files_brief(s: FileSystem) -> Brief:
    kind, mount, access, policy = (
        "aws_efs_file_system",
        "aws_efs_mount_target",
        "aws_efs_access_point",
        "aws_efs_backup_policy",
    )
    root = "root_directory[0]"
    return Brief(
        need(
            f"EFS file system with the creation token {lit(s.token)}, tagged Name = {lit(s.name)}",
            f"a Terraform configuration for an EFS file system with the creation token"
            f" {lit(s.token)} and the Name tag {lit(s.name)}",
            f"Terraform code for an EFS file system (creation token {lit(s.token)}, Name tag"
            f" {lit(s.name)})",
            pins=[
                has(kind, {"creation_token": s.token, "tags.Name": s.name}),
                *(all_refer(type, "file_system_id", kind) for type in (mount, access, policy)),
            ],
        ),
        (
            in_region(s.region),
            need(
                f"encrypted, provisioned throughput of {num(s.throughput)} MiB/s",
                f"It is encrypted and has a provisioned throughput of {num(s.throughput)} MiB/s",
                f"Encrypt it, and provision {num(s.throughput)} MiB/s",
                pins=[
                    has(
                        kind,
                        {
                            "encrypted": True,
                            "throughput_mode": "provisioned",
                            "provisioned_throughput_in_mibps": s.throughput,
                        },
                    )
                ],
            ),
            need(
                f"files move to infrequent access {lit(s.archive)}; automatic backups on",
                f"Files move to infrequent access {lit(s.archive)}, and automatic backups are"
                f" enabled",
                f"The lifecycle policy to IA is {lit(s.archive)}; a backup policy is ENABLED",
                pins=[
                    planned_true(
                        kind, f"lifecycle_policy[?transition_to_ia == '{s.archive}'] | [0]"
                    ),
                    has(policy, {"backup_policy[0].status": "ENABLED"}),
                ],
            ),
            need(
                f"mount targets, one resource with for_each, in the existing subnets"
                f" {lits(s.subnets)}",
                f"Mount targets lie in the existing subnets {lits(s.subnets)}: one resource with"
                f" for_each",
                f"Use for_each to make a mount target in each of the subnets {lits(s.subnets)}",
                pins=[
                    planned_all(mount, "subnet_id", s.subnets),
                    count_of(mount, len(s.subnets)),
                ],
            ),
            in_groups(mount, "security_groups", s.groups, "the mount targets"),
            need(
                f"access point at {lit(s.path)} as user {num(s.user)} and group {num(s.group)}",
                f"An access point leads to {lit(s.path)} and acts as the POSIX user"
                f" {num(s.user)} of the group {num(s.group)}",
                f"Its access point has the root {lit(s.path)} and the POSIX user"
                f" {num(s.user)}, group {num(s.group)}",
                pins=[
                    has(
                        access,
                        {
                            "posix_user[0].uid": s.user,
                            "posix_user[0].gid": s.group,
                            f"{root}.path": s.path,
                        },
                    )
                ],
            ),
            need(
                f"that directory is created with {lit(s.permissions)}, owned by the same user and"
                f" group",
                f"The directory is created for the same owner with the permissions"
                f" {lit(s.permissions)}",
                f"Create the directory with {lit(s.permissions)}; it belongs to the same user and"
                f" group",
                pins=[
                    has(
                        access,
                        {
                            f"{root}.creation_info[0].owner_uid": s.user,
                            f"{root}.creation_info[0].owner_gid": s.group,
                            f"{root}.creation_info[0].permissions": s.permissions,
                        },
                    )
                ],
            ),
        ),
    )


def _files_answer(s: FileSystem) -> str:
    called = label(s.name)
    return f"""\
{provider(s.region)}
resource "aws_efs_file_system" "{called}" {{
  creation_token                  = "{s.token}"
  encrypted                       = true
  throughput_mode                 = "provisioned"
  provisioned_throughput_in_mibps = {s.throughput}

  lifecycle_policy {{
    transition_to_ia = "{s.archive}"
  }}

  tags = {{
    Name = "{s.name}"
  }}
}}

resource "aws_efs_backup_policy" "{called}" {{
  file_system_id = aws_efs_file_system.{called}.id

  backup_policy {{
    status = "ENABLED"
  }}
}}

resource "aws_efs_mount_target" "{called}" {{
  for_each = toset([{quoted(s.subnets)}])

  file_system_id  = aws_efs_file_system.{called}.id
  subnet_id       = each.value
  security_groups = [{quoted(s.groups)}]
}}

resource "aws_efs_access_point" "{called}" {{
  file_system_id = aws_efs_file_system.{called}.id

  posix_user {{
    uid = {s.user}
    gid = {s.group}
  }}

  root_directory {{
    path = "{s.path}"

    creation_info {{
      owner_uid   = {s.user}
      owner_gid   = {s.group}
      permissions = "{s.permissions}"
    }}
  }}
}}
"""


FILES = Topic(
    name="efs-file-system",
    format="terraform",
    sample=_sample_files,
    brief=_files_brief,
    answer=_files_answer,
    bench_only=True,
)
