"""Secrets in texts: what has one is not taken.

Found by detect-secrets. Its detectors for high entropy are left out: without a baseline they take
every digest, image and ARN for a secret. What remains knows the forms of two dozen services' keys,
private keys, passwords in addresses, and literals behind words such as ``password``; a reference
(``var.password``, ``${{ secrets.TOKEN }}``) is none. It scans files of a folder, for their names
tell it how values are quoted.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from rewardsvc.extras import needing

_LONGEST_LINE = 2_000
"""Of a longer line nobody sees what it holds; expressions of the detectors take long over it, too
(Yelp/detect-secrets pull request 373)."""

_LONGEST_SUFFIX = 20
"""Characters; no kind of file that detect-secrets tells apart has as many. A repository's own name
for a file may be longer than a file system's names."""

_NAMES_A_PLACE = (
    r"secret_?(?:key_?ref|name|ref|id|arn)"
    r"|(?:token|secret|password|key)s?_?(?:length|file|path|enabled|type|policy|version|name|ref)"
)
"""Keys that name where a secret is, and hold none."""

_PLUGINS = (
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCloudIamDetector",
    "IbmCosHmacDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SoftlayerDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
_FILTERS = (
    "is_indirect_reference",
    "is_likely_id_string",
    "is_not_alphanumeric_string",
    "is_potential_uuid",
    "is_prefixed_with_dollar_sign",
    "is_sequential_string",
    "is_templated_secret",
)
_SETTINGS: dict[str, Any] = {
    "plugins_used": [
        *({"name": name} for name in _PLUGINS),
        {"name": "KeywordDetector", "keyword_exclude": _NAMES_A_PLACE},
    ],
    "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in _FILTERS],
}


def secrets_in(files: Mapping[str, str]) -> list[str]:
    """What looks like a secret, as ``file:line: kind``; never the secret itself.

    Raises:
        rewardsvc.extras.ExtraMissing: the library that finds them is not installed.
    """
    with needing("collect"):
        from detect_secrets.core.scan import scan_file
        from detect_secrets.settings import transient_settings
    found = []
    with tempfile.TemporaryDirectory(prefix="datagen-") as folder, transient_settings(_SETTINGS):
        for number, (name, text) in enumerate(files.items()):
            if any(len(line) > _LONGEST_LINE for line in text.splitlines()):
                found.append(f"{name}: a line is too long to be looked at")
                continue
            path = Path(folder, f"{number}{PurePosixPath(name).suffix[:_LONGEST_SUFFIX]}")
            path.write_text(text, encoding="utf-8")
            found += [f"{name}:{each.line_number}: {each.type}" for each in scan_file(str(path))]
    return sorted(set(found))
