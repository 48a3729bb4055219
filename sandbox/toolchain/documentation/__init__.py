"""What a provider's documentation says, read at set-up for who makes tasks of it.

The registry's pages are not published as a package; a client library that is generated from them
is, and its docstrings hold introductions, arguments and worked examples::

    wheel (text) ─► classes ─┐
                             ├─► which class is which type ─► types.json.gz
    terraform ─► schema ─────┘

Nothing of the wheel is imported, and nothing of it is in the repository: ``package`` names it with
its checksum and licences.
"""

from sandbox.toolchain.documentation.folder import DOCUMENTATION_FOLDER, TYPES, made, make

__all__ = ["DOCUMENTATION_FOLDER", "TYPES", "made", "make"]
