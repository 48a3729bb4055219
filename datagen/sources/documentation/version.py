"""Names what topics depend on: the pages, and the builder that made them."""

from datagen.sources.documentation.pages import Pages

BUILDER = 3
"""Raised when other topics come out of the same pages: they are then built anew."""


def digest_of(pages: Pages) -> str:
    """Of the pages and the builder."""
    return f"{pages.digest}/{BUILDER}"
