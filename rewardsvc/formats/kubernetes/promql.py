"""PromQL, as rules of Prometheus have it, by a library that reads and types it.

https://prometheus.io/docs/prometheus/latest/querying/basics/. Patterns in it are left alone: RE2,
which Prometheus reads them with, takes more than the library's own.
"""

MAX_CHARACTERS = 2_000
"""Of a text: longer ones are not read."""

_PATTERN = "illegal regex"


def misread(text: str) -> str:
    """Why a text is no PromQL, "" where it is, or is too long."""
    if len(text) > MAX_CHARACTERS:
        return ""
    import promql_parser

    try:
        promql_parser.parse(text)
    except ValueError as error:
        told = str(error)
        return "" if told.startswith(_PATTERN) else told
    return ""
