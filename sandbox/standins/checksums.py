"""Checksums of what a file holds, as providers tell them."""

import base64
import hashlib

from sandbox.standins.values import Values


def checksums(content: bytes, prefix: str, *, sha1: str) -> Values:
    """``PREFIX_md5`` and so on; ``sha1``: what that one is called."""
    hashes = {name: hashlib.new(name, content) for name in ("md5", "sha1", "sha256", "sha512")}
    told = {f"{prefix}_{sha1 if name == 'sha1' else name}": h for name, h in hashes.items()}
    return {
        **{name: each.hexdigest() for name, each in told.items()},
        **{
            f"{prefix}_base64{name}": base64.b64encode(hashes[name].digest()).decode()
            for name in ("sha256", "sha512")
        },
    }
