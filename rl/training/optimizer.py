"""Muon for weight matrices together with AdamW for the rest, as one optimizer.

Muon (Keller Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/) is what lets a model
from scratch learn to copy within a minute or two on a CPU. It is defined for the matrices inside
of the network only: embeddings, biases and norms stay with AdamW.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW, Optimizer

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""The coefficients of the quintic iteration, from Jordan's page; torch's Muon has the same."""

_ITERATIONS = 5
_SMALLEST_NORM = 1e-7


class Muon(Optimizer):
    """Momentum, orthogonalized by Newton-Schulz iterations, all matrices of one shape at once.

    torch's own Muon iterates in bfloat16, one matrix after the other. Processors without AVX-512
    emulate bfloat16: a product of two 128 x 128 matrices took 2.7 ms on one (AMD Zen 3), and
    0.17 ms in float32, so that nearly half of a training step went into it. This one stays in
    float32, where the iteration is more exact and as fast on newer processors; the steps are the
    same but for rounding, which a test holds.

    Args:
        matrices: two-dimensional parameters.
        learning_rate: of a square matrix; a tall one's is larger by the root of its sides' ratio.
        momentum: of the moving average of gradients (Nesterov's form).
    """

    def __init__(
        self, matrices: Iterable[nn.Parameter], *, learning_rate: float, momentum: float = 0.95
    ) -> None:
        super().__init__(matrices, {"lr": learning_rate, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step; ``closure`` is not evaluated, as :class:`MuonAndAdamW` does that."""
        for group in self.param_groups:
            updates: defaultdict[torch.Size, list[tuple[nn.Parameter, torch.Tensor]]]
            updates = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    update = self._averaged(parameter, parameter.grad, group["momentum"])
                    updates[parameter.shape].append((parameter, update))
            for (rows, columns), pairs in updates.items():
                rate = group["lr"] * math.sqrt(max(1.0, rows / columns))
                steps = orthogonalized(torch.stack([update for _, update in pairs]))
                for (parameter, _), step in zip(pairs, steps, strict=True):
                    parameter.add_(step, alpha=-rate)
        return None

    def _averaged(
        self, parameter: nn.Parameter, gradient: torch.Tensor, momentum: float
    ) -> torch.Tensor:
        """The gradient with its momentum."""
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        average: torch.Tensor = state["momentum"].lerp_(gradient, 1 - momentum)
        return gradient.lerp(average, momentum)


def orthogonalized(matrices: torch.Tensor) -> torch.Tensor:
    """About the nearest orthogonal matrix of each, (matrices, rows, columns).

    Five quintic Newton-Schulz iterations, which bring each singular value near 1 and not to it.
    """
    linear, cubic, quintic = _NEWTON_SCHULZ
    tall = matrices.size(1) > matrices.size(2)
    found = matrices.mT if tall else matrices
    found = found / found.norm(dim=(1, 2), keepdim=True).clamp(min=_SMALLEST_NORM)
    for _ in range(_ITERATIONS):
        gram = found @ found.mT
        found = torch.baddbmm(
            found,
            torch.baddbmm(gram, gram, gram, beta=cubic, alpha=quintic),
            found,
            beta=linear,
        )
    return found.mT if tall else found


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
            Muon(matrices, learning_rate=muon_learning_rate),
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
