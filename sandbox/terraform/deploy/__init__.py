"""A configuration that plans taken further: applied on an emulator, planned again, destroyed."""

from sandbox.terraform.deploy.deployer import Deployer

__all__ = ["Deployer"]
