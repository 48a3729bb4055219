"""Terraform at the speed of the process: a warm provider behind a relay, or cold for reference."""

from sandbox.terraform.base import (
    Deployment,
    Depth,
    Phase,
    Problem,
    TerraformEngine,
    TerraformOutcome,
    TerraformRunner,
)
from sandbox.terraform.engine import open_engine

__all__ = [
    "Deployment",
    "Depth",
    "Phase",
    "Problem",
    "TerraformEngine",
    "TerraformOutcome",
    "TerraformRunner",
    "open_engine",
]
