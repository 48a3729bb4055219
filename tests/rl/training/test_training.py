"""Checkpoints to go on from, and an optimizer that survives them."""

from pathlib import Path

import torch
from torch import nn

from rl.training.loop import latest_checkpoint
from rl.training.optimizer import Muon, MuonAndAdamW


def test_the_newest_whole_checkpoint_is_taken(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path) is None
    for step, whole in ((9, True), (100, True), (200, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").touch()
    (tmp_path / "checkpoint-old").mkdir()
    assert latest_checkpoint(tmp_path) == tmp_path / "checkpoint-100"


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2))


def optimizer(model: nn.Module) -> MuonAndAdamW:
    return MuonAndAdamW(
        model, muon_learning_rate=0.02, learning_rate=0.01, beta2=0.95, weight_decay=0.0
    )


def steps(model: nn.Module, chosen: MuonAndAdamW, count: int, first: int = 0) -> float:
    """The loss after so many steps on data that depend on the step's number."""
    loss = torch.tensor(0.0)
    for number in range(first, first + count):
        torch.manual_seed(number)
        data = torch.randn(32, 6)
        loss = (model(data) - data[:, :2].abs()).square().mean()
        chosen.zero_grad()
        loss.backward()
        chosen.step()
    return loss.item()


def test_going_on_from_a_saved_state_is_like_never_having_stopped() -> None:
    through = network()
    expected = steps(through, optimizer(through), 20)
    model = network()
    before = optimizer(model)
    steps(model, before, 10)
    after = optimizer(model)
    after.load_state_dict(before.state_dict())
    assert steps(model, after, 10, first=10) == expected


def test_it_learns_and_a_schedule_scales_both_parts() -> None:
    model = network()
    chosen = optimizer(model)
    schedule = torch.optim.lr_scheduler.LambdaLR(chosen, lambda step: 1.0 if step == 0 else 0.0)
    assert steps(model, chosen, 1) > 0.1
    schedule.step()
    frozen = [parameter.clone() for parameter in model.parameters()]
    steps(model, chosen, 3)
    assert all(map(torch.equal, frozen, model.parameters()))
    assert sorted(group["initial_lr"] for group in chosen.param_groups) == [0.01, 0.02]


def test_muon_takes_the_steps_that_torchs_own_takes() -> None:
    shapes = ((16, 16), (16, 16), (44, 16), (16, 44))
    torch.manual_seed(2)
    ours = [nn.Parameter(torch.randn(shape)) for shape in shapes]
    theirs = [nn.Parameter(parameter.detach().clone()) for parameter in ours]
    chosen = Muon(ours, learning_rate=0.02)
    reference = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.0)
    for _ in range(5):
        before = [parameter.detach().clone() for parameter in theirs]
        for parameter, other in zip(ours, theirs, strict=True):
            parameter.grad = torch.randn_like(parameter)
            other.grad = parameter.grad.clone()
        chosen.step()
        reference.step()  # type: ignore[no-untyped-call]  # torch's
        for old, parameter, other in zip(before, ours, theirs, strict=True):
            step = (other - old).norm()  # torch's is rounded to 8 bits in each iteration
            assert (parameter - other).norm() < 0.1 * step
            parameter.data.copy_(other.data)
