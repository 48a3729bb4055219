"""Ansible: playbooks and roles."""

from datagen.categories.ansible import access, roles, servers, upkeep
from datagen.topic import Category

CATEGORY = Category(
    name="ansible",
    summary="Ansible playbooks and roles",
    topics=(
        servers.SITE,
        servers.UPDATE,
        access.ACCOUNTS,
        access.SSH,
        upkeep.BACKUP,
        upkeep.RETIREMENT,
        roles.ROLE,
    ),
)
