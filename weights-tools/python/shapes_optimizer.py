"""Muon for the blocks' weight matrices, AdamW for everything else, and a moving average of weights.

Muon (Jordan 2024): momentum, then the nearest semi-orthogonal matrix by Newton-Schulz steps, scaled
to AdamW's usual update size. Matrices of one shape are orthogonalised in one batched product.
"""

import math
from collections import defaultdict

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
PIXEL_WEIGHTS = "patch_embedding.proj.weight"  # many small entries: a lower rate keeps detail
FUSED = "query_key_value"  # three matrices stacked by rows: orthogonalised one by one


def orthogonal(x: Tensor, steps: int = 5) -> Tensor:
    """Semi-orthogonal factor of each matrix in x [N,R,C], approximately."""
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    a, b, c = NEWTON_SCHULZ
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Optimizer:
    """Two update rules over one model; state_dict() holds everything needed to resume.

    tower_share scales the rate of the vision tower's and adapter's matrices: once they detect, a
    lower rate lets boxes settle while the decoder still learns fast.
    """

    def __init__(self, model: nn.Module, decay: float = 0.01, average: float = 0.99, tower_share: float = 1.0):
        self.tower_share = tower_share
        self.model, self.decay, self.average = model, decay, average
        named = dict(model.named_parameters())
        self.matrices = {n: p for n, p in named.items() if p.dim() == 2 and is_block_matrix(n)}
        rest = {n: p for n, p in named.items() if n not in self.matrices}
        pixels = [rest.pop(n) for n in list(rest) if n.endswith(PIXEL_WEIGHTS)]
        groups = [{"params": pixels, "share": 0.15}, {"params": list(rest.values()), "share": 0.6}]
        self.adam = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        self.momentum = {n: torch.zeros_like(p) for n, p in self.matrices.items()}
        self.averaged = {n: p.detach().clone() for n, p in named.items()}
        self.updates = 0

    def step(self, lr: float) -> None:
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.adam.param_groups:
            group["lr"] = lr * group["share"]
        self.adam.param_groups[0]["lr"] *= self.tower_share
        self.adam.step()
        self.muon_step(lr)
        self.updates += 1
        keep = min(self.average, (1 + self.updates) / (10 + self.updates))
        names, values = zip(*self.model.named_parameters())
        torch._foreach_lerp_([self.averaged[n] for n in names], [p.detach() for p in values], 1 - keep)
        self.model.zero_grad(set_to_none=True)

    @torch.no_grad()
    def muon_step(self, lr: float) -> None:
        by_shape = defaultdict(list)
        for label, p in self.matrices.items():
            if p.grad is None:
                continue
            self.momentum[label].lerp_(p.grad, 0.05)
            direction = p.grad.lerp(self.momentum[label], 0.95)
            pieces = 3 if FUSED in label else 1
            rate = lr * (self.tower_share if ".vision." in label else 1.0)
            for part, into in zip(direction.chunk(pieces), p.chunk(pieces)):
                by_shape[part.shape].append((part, into, rate))
        for (rows, columns), items in by_shape.items():
            updates = orthogonal(torch.stack([g for g, _, _ in items]))
            scale = 0.2 * math.sqrt(max(rows, columns))
            for update, (_, into, rate) in zip(updates, items):
                into.mul_(1 - rate * self.decay).sub_(update, alpha=rate * scale)

    def state_dict(self) -> dict:
        return {"adam": self.adam.state_dict(), "momentum": self.momentum, "averaged": self.averaged, "updates": self.updates}

    def load_state_dict(self, state: dict) -> None:
        self.adam.load_state_dict(state["adam"])
        self.momentum, self.averaged, self.updates = state["momentum"], state["averaged"], state["updates"]


def is_block_matrix(label: str) -> bool:
    return (".layers." in label or ".linear_proj." in label) and label.endswith("weight")
