"""Dense auxiliary task on the adapter's patch features; its head is dropped at export.

Per patch: does an object own it, is it the object's centre, colour, shape, size, the owner's box
as edges relative to the patch centre, and the box's twelve decimal digits. It teaches the encoder
to detect before any language is learned, and lays the digits out where attention can copy them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scene_pool import COLOR_NAMES, GRID, SHAPE_NAMES
from scenes import MAX_OBJECTS, SIZES

DIGIT_WEIGHTS = (1.0, 0.7, 0.1)  # hundreds, tens, units: a unit is 0.1 % of the side, mostly noise
NEAR_DIGITS = 0.8  # deviation of the tens' target distribution, in digits
SPLITS = {
    "flags": 2,  # owned, centre
    "color": len(COLOR_NAMES),
    "shape": len(SHAPE_NAMES),
    "size": len(SIZES),
    "edges": 4,
    "digits": 120,  # 4 coordinates, 3 places, 10 digits
}


class DenseHead(nn.Module):
    """features [B,P,D] -> one slice per entry of SPLITS, [B,P,n]."""

    def __init__(self, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.read = nn.Linear(hidden, sum(SPLITS.values()))

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        out = self.read(F.rms_norm(features, (self.hidden,), eps=1e-5)).float()
        return dict(zip(SPLITS, out.split(tuple(SPLITS.values()), dim=-1)))


class CountHead(nn.Module):
    """What eoi knows of the whole picture: objects of each colour, of each shape, and in all.

    Text rows can read counts from eoi, where summing over patches by attention alone learns slowly.
    """

    def __init__(self, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.read = nn.Linear(hidden, (len(COLOR_NAMES) + len(SHAPE_NAMES) + 1) * (MAX_OBJECTS + 1))

    def loss(self, summary: Tensor, looks: Tensor) -> tuple[Tensor, float]:
        """summary [B,D], looks [B,8,3] (-1 pads) -> cross-entropy and accuracy where any is present."""
        present = looks[..., 0] >= 0
        kinds = [looks[..., 0:1] == torch.arange(len(COLOR_NAMES)), looks[..., 1:2] == torch.arange(len(SHAPE_NAMES))]
        truth = torch.cat([*kinds, present[..., None]], -1).sum(1)
        logits = self.read(F.rms_norm(summary, (self.hidden,), eps=1e-5)).float()
        logits = logits.view(*truth.shape, MAX_OBJECTS + 1)
        right = (logits.argmax(-1) == truth)[truth > 0].float().mean().item()
        return F.cross_entropy(logits.flatten(0, 1), truth.flatten()), right


def near_digits(circular: bool) -> Tensor:
    """[10,10] target distribution over digits, Gaussian around the true one.

    Neighbours share the gradient, so that a digit finer than the present precision can be learned.
    """
    apart = (torch.arange(10)[:, None] - torch.arange(10)).abs()
    apart = torch.minimum(apart, 10 - apart) if circular else apart
    return torch.softmax(-0.5 * (apart / NEAR_DIGITS) ** 2, dim=-1)


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
        digit = truth["digits"][owned][:, :, place].reshape(-1)
        digit = near_digits(circular=True)[digit] if place == 1 else digit
        each = F.cross_entropy(logits[:, :, place].reshape(-1, 10), digit)
        loss = loss + weight * each
        readings[f"digit{place}"] = each.item()
    return loss, readings
