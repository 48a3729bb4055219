"""The published wheel whose docstrings are the AWS provider's documentation."""

from sandbox.toolchain.pip import Archive

WHEEL = Archive(
    distribution="pulumi-aws",
    version="6.83.4",
    sha256="ec89e219a1f7f8c752e7b15e0a53a5b465c0f189da84352173f93ff88b6efa3b",
    wheel=True,
)
"""The last release that is made from the documentation of the provider's version 5. Checksum: the
package index's own listing of the file."""

ROOT = "pulumi_aws"
"""The package in the wheel."""

LICENCES = "Apache-2.0 (the client), made from the AWS provider's documentation, MPL-2.0"
