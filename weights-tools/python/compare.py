"""Compares two traces stage by stage; exit status 1 if a stage of the second is missing or differs too much.

python compare.py engine.safetensors reference.safetensors --limit 1e-4
"""

import argparse
import pathlib
import sys

import safetensors.torch
from torch import Tensor


def relative_error(actual: Tensor, expected: Tensor) -> tuple[float, float]:
    """(max |a - e| / max |e|, rms(a - e) / rms(e)), in f64; NaN where either holds one."""
    a, e = actual.double(), expected.double()
    tiny = 1e-300
    largest = (a - e).abs().max() / e.abs().max().clamp_min(tiny)
    rms = (a - e).square().mean().sqrt() / e.square().mean().sqrt().clamp_min(tiny)
    return float(largest), float(rms)


def verdict(found: Tensor | None, expected: Tensor, limit: float) -> tuple[bool, str]:
    """Whether one stage agrees, and what was found; integers must be equal."""
    if found is None:
        return False, "missing"
    if found.shape != expected.shape:
        return False, f"shape {list(found.shape)}, expected {list(expected.shape)}"
    if not expected.is_floating_point():
        same = bool((found.long() == expected.long()).all())
        return same, "equal" if same else "differs"
    largest, rms = relative_error(found, expected)
    return largest <= limit, f"max {largest:.2e}  rms {rms:.2e}"  # NaN <= limit is false


def compare(actual: dict[str, Tensor], expected: dict[str, Tensor], limit: float) -> dict[str, tuple[bool, str]]:
    """The verdict on every stage of ``expected``, in a reader's order."""
    names = sorted(expected, key=_reading_order)
    return {name: verdict(actual.get(name), expected[name], limit) for name in names}


STAGES = (
    "input_ids token_type_ids position_ids pixel_values vision.embeddings vision.layers vision.pos_embed vision.conv "
    "vision.linear_proj.norm1 vision.linear_proj vision.output cross.pixel_values cross.embeddings cross.layers "
    "cross.output encoder.embeddings encoder.layers encoder.output language.embeddings language.layers language.norm "
    "decoder_ids logits generated_ids"
).split()


def _reading_order(name: str) -> tuple[int, int]:
    stem, _, last = name.rpartition(".")
    stage, number = (stem, int(last)) if last.isdigit() else (name, 0)
    return (STAGES.index(stage) if stage in STAGES else len(STAGES)), number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("actual", type=pathlib.Path)
    parser.add_argument("expected", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=1e-4, help="largest relative error allowed (default 1e-4)")
    args = parser.parse_args()
    load = safetensors.torch.load_file
    rows = compare(load(args.actual), load(args.expected), args.limit)
    for name, (good, found) in rows.items():
        print(f"{'ok  ' if good else 'FAIL'} {name:28} {found}")
    sys.exit(0 if rows and all(good for good, _ in rows.values()) else 1)


if __name__ == "__main__":
    main()
