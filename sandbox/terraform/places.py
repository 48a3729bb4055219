"""Where things lie in the boxes of Terraform."""

from sandbox.base import WORK

TOOLS = "/assay"
"""Where the sandbox sees what is bound into it."""

TERRAFORM = f"{TOOLS}/terraform"
CONFIG = "config"
"""The folder, in the work directory, of the configuration that Terraform plans; the root module
may lie in a sub-folder of it (``Prepared.at_root``)."""
ORIGINAL = "original"
"""The folder of the files as they were given, for ``fmt``."""
CLI_CONFIG = "cli.tfrc"
PLAN_FILE = f"{WORK}/plan.bin"
