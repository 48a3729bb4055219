"""Which format a file is in, told by its path alone. Pure.

Python is not told apart from other Python by a path, nor is a script's purpose by its name; helm's
charts and overlays of kustomize are folders that need others. These are not collected.
"""

import re

TERRAFORM = "terraform"

_PATTERNS = {
    "github-actions": r"(?:^|/)\.github/workflows/[^/]+\.ya?ml",
    "gitlab-ci": r"(?:^|/)\.gitlab-ci\.ya?ml",
    "azure-pipelines": r"(?:^|/)\.?azure-pipelines[\w.-]*\.ya?ml",
    "circleci": r"(?:^|/)\.circleci/config\.ya?ml",
    "bitbucket-pipelines": r"(?:^|/)bitbucket-pipelines\.ya?ml",
    "compose": r"(?:^|/)(?:docker-)?compose(?:[.-][\w-]+)?\.ya?ml",
    "dockerfile": r"(?:^|/)(?:(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|[\w.-]+\.[Dd]ockerfile)",
    "cloudformation": (
        r"(?:^|/)[\w.-]+\.(?:template|cfn)(?:\.(?:ya?ml|json))?"
        r"|(?:^|/)(?:cloudformation|cfn)/.+\.ya?ml"
    ),
    "ansible": r"(?:^|/)(?:playbooks/[^/]+|site|playbook[\w-]*)\.ya?ml",
    "kubernetes": r"(?:^|/)(?:k8s|kubernetes|kube|manifests|deploy|deployments?)/.+\.ya?ml",
}
"""In the order in which they are asked; the first that fits the end of a path counts."""

_TOLD = {name: re.compile(rf"(?:.*?)(?:{pattern})\Z") for name, pattern in _PATTERNS.items()}
_NEVER = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|testdata|fixtures?|\.terraform|templates|charts)/"
    r"|(?:^|/)(?:kustomization|Chart|values[\w.-]*)\.ya?ml\Z"
)
_TERRAFORM_FILE = re.compile(r"[^/]+\.tf\Z")

COLLECTED_FORMATS = (TERRAFORM, *_PATTERNS)
"""The formats that are told by a path."""

CATEGORY_OF = {
    TERRAFORM: "terraform",
    "kubernetes": "kubernetes",
    "dockerfile": "docker",
    "compose": "docker",
    "cloudformation": "cloudformation",
    "ansible": "ansible",
    "github-actions": "cicd",
    "gitlab-ci": "cicd",
    "azure-pipelines": "cicd",
    "circleci": "cicd",
    "bitbucket-pipelines": "cicd",
}
"""What rows of a format are about."""


def format_of(path: str) -> str | None:
    """The format of a file that is an answer alone; None of others, Terraform's among them."""
    if _NEVER.search(path):
        return None
    return next((name for name, pattern in _TOLD.items() if pattern.match(path)), None)


def is_terraform(path: str) -> bool:
    """Whether a file is part of a Terraform module."""
    return not _NEVER.search(path) and _TERRAFORM_FILE.search(path) is not None
