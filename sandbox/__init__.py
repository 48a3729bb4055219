"""Runs every tool on every untrusted file: isolation, the toolchain, the Terraform engine."""
