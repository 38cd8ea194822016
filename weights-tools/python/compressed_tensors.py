"""Quantised weights in the convention of compressed-tensors, widened to f32 exactly as the format defines them.

A linear layer ``X`` of shape [N, K] is stored as
- int-quantized: ``X.weight`` I8 [N, K] and ``X.weight_scale`` [N, 1];
- float-quantized: ``X.weight`` F8_E4M3 [N, K] and ``X.weight_scale`` [N, 1];
- pack-quantized: ``X.weight_packed`` I32 [N, K/8], eight values q + 8 of four bits each, the lowest bits first,
  ``X.weight_scale`` [N, K/g] for groups of g neighbouring columns, and ``X.weight_shape`` I64 [2].
The weight is q times the scale of its row and group. Only symmetric quantisation is read: no zero points.
"""

import torch
from torch import Tensor

BITS, PER_WORD, ZERO = 4, 8, 8


def dequantised(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every quantised weight as f32 [N, K] under its plain name; all other tensors as they are."""
    found = {}
    for name, value in tensors.items():
        layer, _, last = name.rpartition(".")
        if last == "weight_packed":
            found[f"{layer}.weight"] = scaled(unpacked(value, tensors[f"{layer}.weight_shape"]), _scale(tensors, layer))
        elif last == "weight" and f"{layer}.weight_scale" in tensors:
            found[name] = scaled(value, _scale(tensors, layer))
        elif last in ("weight_zero_point", "weight_g_idx"):
            raise ValueError(f"{name}: only symmetric weights with columns in order are read")
        elif last not in ("weight_scale", "weight_shape"):
            found[name] = value
    return found


def unpacked(words: Tensor, shape: Tensor) -> Tensor:
    """I32 [N, ceil(K/8)] -> whole numbers -8..7 [N, K], I32."""
    shifts = torch.arange(PER_WORD, dtype=torch.int32) * BITS
    nibbles = (words[..., None] >> shifts) & (2**BITS - 1)
    rows, columns = shape.tolist()
    return nibbles.flatten(1)[:rows, :columns] - ZERO


def scaled(values: Tensor, scale: Tensor) -> Tensor:
    """values [N, K] of any dtype, scale [N, K/g] -> f32 [N, K]."""
    rows, columns = values.shape
    if scale.ndim != 2 or len(scale) != rows or columns % scale.shape[1]:
        raise ValueError(f"weight_scale {list(scale.shape)} does not divide a weight {[rows, columns]}")
    group = columns // scale.shape[1]
    return values.to(torch.float32) * scale.to(torch.float32).repeat_interleave(group, dim=1)


def _scale(tensors: dict[str, Tensor], layer: str) -> Tensor:
    return tensors[f"{layer}.weight_scale"]
