"""Quantised weights in the convention of compressed-tensors, widened to f32 exactly as the format defines them.

A linear layer ``X`` of shape [N, K] is stored as
- int-quantized: ``X.weight`` I8 [N, K] and ``X.weight_scale`` [N, 1];
- float-quantized: ``X.weight`` F8_E4M3 [N, K] and ``X.weight_scale`` [N, 1];
- pack-quantized: ``X.weight_packed`` I32 [N, K/8], eight values q + 8 of four bits each, the lowest bits first,
  ``X.weight_scale`` [N, K/g] for groups of g neighbouring columns, and ``X.weight_shape`` I64 [2].
The weight is q times the scale of its row and group. Only symmetric quantisation is read: no zero points.
"""

import re

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


def quantised(tensors: dict[str, Tensor], forms: dict[str, str]) -> dict[str, Tensor]:
    """Every matrix whose layer matches a pattern of ``forms`` in that form, rounded to nearest; the others unchanged.

    Forms: "int8" and "fp8" with a scale for each row, "int4-g" with one for every g columns.
    """
    found = {}
    for name, value in tensors.items():
        layer, _, last = name.rpartition(".")
        form = next((form for pattern, form in forms.items() if re.search(pattern, layer)), None)
        if last != "weight" or value.ndim != 2 or form is None:
            found[name] = value
        elif form.startswith("int4-"):
            q, scale = _rounded(value, int(form.removeprefix("int4-")), largest=7)
            found[f"{layer}.weight_packed"] = packed(q.to(torch.int32))
            found[f"{layer}.weight_scale"] = scale
            found[f"{layer}.weight_shape"] = torch.tensor(value.shape)
        else:
            q, scale = _rounded(value, value.shape[1], largest={"int8": 127, "fp8": 448}[form], whole=form == "int8")
            found[name] = q.to({"int8": torch.int8, "fp8": torch.float8_e4m3fn}[form])
            found[f"{layer}.weight_scale"] = scale
    return found


def _rounded(weight: Tensor, group: int, largest: float, whole: bool = True) -> tuple[Tensor, Tensor]:
    """[N, K] -> multiples of the scale [N, K], in whole numbers if asked, and bf16 scales [N, K/g]."""
    groups = weight.float().unflatten(1, (-1, group))
    scale = (groups.abs().amax(dim=-1) / largest).to(torch.bfloat16)
    q = groups / scale.float()[..., None]
    return (q.round() if whole else q).clamp(-largest, largest).flatten(1), scale


def packed(q: Tensor) -> Tensor:
    """Whole numbers -8..7 [N, K], I32 -> words [N, K/8]."""
    shifts = torch.arange(PER_WORD, dtype=torch.int64) * BITS
    words = ((q.long() + ZERO).unflatten(1, (-1, PER_WORD)) << shifts).sum(dim=-1)
    return torch.where(words < 2**31, words, words - 2**32).to(torch.int32)


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
