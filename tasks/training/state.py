"""Where a training is: all that decides the bits of what follows, and how it is kept and brought back.

Three things ask for it: a step that ran out of memory is done again from its start (`Mark`), a training that diverged
goes back (`Snapshot`, in memory), and one that was killed goes on (`Checkpoints`, a snapshot on disk).
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

from tasks.json_files import canonical_json
from tasks.stage_config import key_material
from tasks.tokenized import Tokens
from tasks.training.config import TrainingConfig
from tasks.training.curve import Curve
from tasks.training.early_stopping import BestWeights, Watched
from tasks.training.replay import Replay, ReplayPosition
from tasks.training.step import Counts


class Mark(NamedTuple):
    """What computing gradients changes, as it was when a step began."""

    random: dict[str, Any]
    """State of each generator of random numbers, uint8."""
    counts: Counts
    replay: ReplayPosition | None


class Snapshot(NamedTuple):
    """A training between two steps."""

    tensors: dict[str, Any]
    facts: dict[str, Any]
    """JSON values."""


@dataclass
class Limits:
    """How the work was laid out, resolved once and kept: other values give other bits."""

    precision: str
    threads: int
    micro_batch_tokens: int
    """Tokens computed at once in a step, padding included."""
    evaluation_tokens: int
    """The same in an evaluation."""


@dataclass
class Spent:
    """Time gone, in seconds."""

    elapsed_s: float = 0.0
    """Since the first start, without the time between a kill and the next start."""
    stepping_s: float = 0.0
    evaluation_s: float = 0.0
    """What the last evaluation took."""
    resumed_at: list[int] = field(default_factory=list)
    """Steps at which training went on from a checkpoint."""


@dataclass
class TrainingState:
    """A training's changing parts. A checkpoint of it fits this training alone: `identity` says which."""

    model: Any
    optimizer: Any
    scaler: Any
    """Of the loss: `torch.amp.GradScaler`."""
    replay: Replay | None
    best: BestWeights | None
    limits: Limits
    identity: str
    curve: Curve = field(default_factory=Curve)
    counts: Counts = field(default_factory=Counts)
    spent: Spent = field(default_factory=Spent)
    refuge: Snapshot | None = None
    """What a roll-back goes back to."""

    @property
    def step(self) -> int:
        """Steps done."""
        return len(self.curve.train)

    def mark(self) -> Mark:
        """What a step is about to change by computing its gradients."""
        return Mark(
            random_states(self.model.device), replace(self.counts), self.replay.position if self.replay else None
        )

    def return_to(self, mark: Mark) -> None:
        """Be at the start of the step again, whatever of its gradients was computed."""
        self.optimizer.zero_grad(set_to_none=True)
        set_random_states(mark.random, self.model.device)
        self.counts = replace(mark.counts)
        if self.replay and mark.replay:
            self.replay.position = mark.replay

    def snapshot(self, mark: Mark) -> Snapshot:
        """The training as it was when the step began. The tensors are those in use: `copied` keeps them."""
        names = {parameter: name for name, parameter in self.model.named_parameters() if parameter.requires_grad}
        tensors = {f"weights/{name}": parameter.detach() for parameter, name in names.items()}
        for parameter, moments in self.optimizer.state.items():
            tensors |= {f"moments/{names[parameter]}/{kind}": tensor for kind, tensor in moments.items()}
        tensors |= {f"random/{name}": state for name, state in mark.random.items()}
        facts = {
            "step": self.step,
            "evaluations": len(self.curve.holdout),
            "scaler": self.scaler.state_dict(),
            "counts": asdict(mark.counts),
            "replay": mark.replay,
            "watched": self.best.watched if self.best and self.best.kept else None,
        }
        if self.best:
            tensors |= {f"best/{number:05}": tensor for number, tensor in enumerate(self.best.kept)}
        return Snapshot(tensors, facts)

    def restore(self, snapshot: Snapshot) -> None:
        """Be where the snapshot was taken; the curve is cut there."""
        import torch

        tensors, facts = snapshot
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    parameter.copy_(tensors[f"weights/{name}"])
        self.optimizer.state.clear()
        for name, parameter in self.model.named_parameters():
            if moments := _part(tensors, f"moments/{name}/"):
                self.optimizer.state[parameter] = {
                    kind: tensor.to(parameter.device, copy=True) for kind, tensor in moments.items()
                }
        if facts["scaler"]:
            self.scaler.load_state_dict(facts["scaler"])
        if self.best:
            kept = sorted(_part(tensors, "best/").items())
            self.best.kept = [tensor.to(self.model.device) for _, tensor in kept]
            self.best.watched = Watched(*facts["watched"]) if facts["watched"] else Watched()
        replay = ReplayPosition(*facts["replay"]) if facts["replay"] else None
        self.return_to(Mark(_part(tensors, "random/"), Counts(**facts["counts"]), replay))
        self.curve.cut(facts["step"], facts["evaluations"])

    def saved(self, mark: Mark) -> Snapshot:
        """What a checkpoint holds: the snapshot, the curve, how the work is laid out, and the refuge."""
        tensors, facts = self.snapshot(mark)
        facts |= {
            "identity": self.identity,
            "curve": asdict(self.curve),
            "limits": asdict(self.limits),
            "spent": asdict(self.spent),
            "refuge": self.refuge.facts if self.refuge else None,
        }
        if self.refuge:
            in_use = {id(tensor) for tensor in tensors.values()}  # the best weights may be the refuge's as well
            refuge = {f"refuge/{name}": kept for name, kept in self.refuge.tensors.items() if id(kept) not in in_use}
            tensors |= refuge
        return Snapshot(tensors, facts)

    def resume(self, saved: Snapshot) -> None:
        """Go on where a checkpoint was written."""
        tensors, facts = saved
        self.curve = Curve(**facts["curve"])
        self.limits = Limits(**facts["limits"])
        self.spent = Spent(**facts["spent"])
        self.restore(Snapshot(tensors, facts))
        if facts["refuge"]:
            best = {f"best/{number}": tensor for number, tensor in _part(tensors, "best/").items()}
            self.refuge = Snapshot(best | _part(tensors, "refuge/"), facts["refuge"])
        self.spent.resumed_at.append(self.step)


def _part(tensors: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The tensors under a prefix, which their names lose."""
    return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def copied(snapshot: Snapshot) -> Snapshot:
    """A snapshot that what follows doesn't change. Best weights are never changed, so they aren't copied."""
    kept = {name: t if name.startswith("best/") else t.clone() for name, t in snapshot.tensors.items()}
    return Snapshot(kept, snapshot.facts)


def identity_of(model: Any, tokens: Tokens, config: TrainingConfig) -> str:
    """Tells trainings apart whose checkpoints don't fit each other; the content of files is the cache key's matter."""
    shapes = [[name, list(parameter.shape)] for name, parameter in model.named_parameters() if parameter.requires_grad]
    content = [key_material(config, lambda path: ""), tokens.facts, len(tokens.train), len(tokens.holdout), shapes]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def random_states(device: Any) -> dict[str, Any]:
    """The state of the generators that a training on this device draws from."""
    import torch

    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    if device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def set_random_states(states: dict[str, Any], device: Any) -> None:
    """Bring the generators back to a state."""
    import torch

    torch.set_rng_state(states["cpu"])
    if "cuda" in states and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
    if "mps" in states and device.type == "mps":
        torch.mps.set_rng_state(states["mps"])
