"""The AWS emulator: a process that answers, and the way to it from inside other boxes."""

from sandbox.terraform.emulator.beside import beside_emulator, emulator_binds
from sandbox.terraform.emulator.process import (
    ENDPOINT,
    WATCH_SECONDS,
    Emulator,
    LivingEmulator,
)

__all__ = [
    "ENDPOINT",
    "WATCH_SECONDS",
    "Emulator",
    "LivingEmulator",
    "beside_emulator",
    "emulator_binds",
]
