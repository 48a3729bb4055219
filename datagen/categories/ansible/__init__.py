"""Ansible: playbooks and roles."""

from datagen.categories.ansible import hosts, roles, servers
from datagen.topic import Category

CATEGORY = Category(
    name="ansible",
    summary="Ansible playbooks and roles",
    topics=(
        servers.SITE,
        servers.UPDATE,
        hosts.ACCOUNTS,
        hosts.SSH,
        hosts.BACKUP,
        hosts.RETIREMENT,
        roles.ROLE,
    ),
)
