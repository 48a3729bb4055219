"""The declarations of the providers that are stood in for, a module each."""

import importlib

from sandbox.standins.schema import ProviderKind


def provider_kind(name: str) -> ProviderKind:
    """The declaration of a provider by its name; only that one is loaded.

    Raises:
        ModuleNotFoundError: there is none.
    """
    module = importlib.import_module(f"{__name__}.{name}")
    kind = module.PROVIDER
    assert isinstance(kind, ProviderKind)
    return kind
