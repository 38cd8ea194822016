"""Dense auxiliary task on the adapter's patch features; its head is dropped at export.

Per patch: does an object own it, is it the object's centre, colour, shape, size, the owner's box
as edges relative to the patch centre, and the box's twelve decimal digits. It teaches the encoder
to detect before any language is learned, and lays the digits out where attention can copy them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scene_pool import COLOR_NAMES, GRID, SHAPE_NAMES
from scenes import SIZES

DIGIT_WEIGHTS = (1.0, 0.7, 0.1)  # hundreds, tens, units: a unit is 0.1 % of the side, mostly noise
SPLITS = {"flags": 2, "color": len(COLOR_NAMES), "shape": len(SHAPE_NAMES), "size": len(SIZES), "edges": 4, "digits": 120}


class DenseHead(nn.Module):
    """features [B,P,D] -> one slice per entry of SPLITS, [B,P,n]."""

    def __init__(self, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.read = nn.Linear(hidden, sum(SPLITS.values()))

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        out = self.read(F.rms_norm(features, (self.hidden,), eps=1e-5))
        return dict(zip(SPLITS, out.split(tuple(SPLITS.values()), dim=-1)))


def patch_centres() -> Tensor:
    """[P,4] centre of each patch as (x, y, x, y), sides 1."""
    line = (torch.arange(GRID) + 0.5) / GRID
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y, x, y], -1).reshape(-1, 4)


def patch_targets(owners: Tensor, looks: Tensor, boxes: Tensor) -> dict[str, Tensor]:
    """owners [B,P] (-1 none), looks [B,8,3], boxes [B,8,4] with sides 1 -> per-patch truth."""
    owned = owners >= 0
    index = owners.clamp(min=0).long()
    look = torch.gather(looks.long(), 1, index[..., None].expand(-1, -1, 3))
    box = torch.gather(boxes, 1, index[..., None].expand(-1, -1, 4))
    middle = (box[..., :2] + box[..., 2:]) / 2
    cell = (middle * GRID).long().clamp(max=GRID - 1)
    patch = torch.arange(GRID * GRID).expand_as(owners)
    centre = owned & (cell[..., 1] * GRID + cell[..., 0] == patch)
    thousandths = (box * 1000).long().clamp(max=999)
    digits = torch.stack([thousandths // 100, thousandths // 10 % 10, thousandths % 10], -1)
    return {"owned": owned, "centre": centre, "look": look, "box": box, "digits": digits}


def giou(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes [...,4] (x0, y0, x1, y1)."""
    def area(x):
        return (x[..., 2] - x[..., 0]).clamp(min=0) * (x[..., 3] - x[..., 1]).clamp(min=0)

    inter = area(torch.cat([torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])], -1))
    hull = area(torch.cat([torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:])], -1))
    union = area(a) + area(b) - inter
    iou = inter / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def dense_loss(out: dict[str, Tensor], truth: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Sum of the task's losses and its readings (accuracy, median edge error, IoU) on owned patches."""
    owned = truth["owned"]
    flags = torch.stack([owned, truth["centre"]], -1).float()
    loss = 2 * F.binary_cross_entropy_with_logits(out["flags"], flags)
    readings = {"owned": ((out["flags"][..., 0] > 0) == owned).float().mean().item()}
    for k, part in enumerate(("color", "shape", "size")):
        logits, target = out[part][owned], truth["look"][owned][:, k]
        loss = loss + F.cross_entropy(logits, target) * (0.5 if part == "size" else 1.0)
        readings[part] = (logits.argmax(-1) == target).float().mean().item()
    box, target = (out["edges"] + patch_centres())[owned], truth["box"][owned]
    iou, general = giou(box, target)
    loss = loss + 5 * F.l1_loss(box, target) + (1 - general).mean()
    readings["edge"] = (box - target).abs().median().item()
    readings["iou"] = iou.mean().item()
    logits = out["digits"][owned].view(-1, 4, 3, 10)
    for place, weight in enumerate(DIGIT_WEIGHTS):
        each = F.cross_entropy(logits[:, :, place].reshape(-1, 10), truth["digits"][owned][:, :, place].reshape(-1))
        loss = loss + weight * each
        readings[f"digit{place}"] = each.item()
    return loss, readings
