"""Muon for weight matrices together with AdamW for the rest, as one optimizer.

Muon (Keller Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) is what lets a model
from scratch learn to copy within a minute or two on a CPU. It is defined for the matrices inside
of the network only: embeddings, biases and norms stay with AdamW.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW, Muon, Optimizer


class MuonAndAdamW(Optimizer):
    """Two optimizers that step together and that a learning-rate schedule scales together."""

    def __init__(
        self,
        model: nn.Module,
        *,
        muon_learning_rate: float,
        learning_rate: float,
        beta2: float,
        weight_decay: float,
    ) -> None:
        matrices: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                inner = parameter.ndim == 2 and "embed" not in name and "lm_head" not in name
                (matrices if inner else others).append(parameter)
        self._parts: tuple[Optimizer, ...] = (
            Muon(matrices, lr=muon_learning_rate, weight_decay=0.0),
            AdamW(others, lr=learning_rate, betas=(0.9, beta2), weight_decay=weight_decay),
        )
        super().__init__([*matrices, *others], {})

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both, themselves: who changes them changes the parts."""
        return [group for part in self._parts for group in part.param_groups]

    @param_groups.setter
    def param_groups(self, groups: list[dict[str, Any]]) -> None:
        """Ignored: the base class sets its own, but the parts have theirs already."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Ignored, as the base class calls it for the parameters that the parts have already."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step of both."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for part in self._parts:
            part.step()
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of both."""
        for part in self._parts:
            part.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        """The states of both, for a checkpoint."""
        return {"parts": [part.state_dict() for part in self._parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up both states from a checkpoint."""
        for part, state in zip(self._parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
