"""Writes the small bitsandbytes-style directory under ../resources/nf4 that Nf4WeightsTest reads.

bitsandbytes itself needs a GPU build; this quantises and dequantises with NumPy after its documented format: blocks of
64, the first element in the upper half of a byte, scales quantised again in blocks of 256 about their mean. Values
that a reader must give are written from the unpacked codes, not from the bytes. Run: python nf4_fixtures.py
"""

import json
import pathlib

import numpy as np
import safetensors.numpy
from statistics import NormalDist

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "nf4"
BLOCK, NESTED_BLOCK = 64, 256


def nf4_table():
    """The quantiles of QLoRA's appendix E: 8 positive, 7 negative, and zero, scaled to [-1, 1]."""
    offset = 0.9677083
    quantile = NormalDist().inv_cdf
    positive = [quantile(p) for p in np.linspace(offset, 0.5, 9)[:-1]]
    negative = [-quantile(p) for p in np.linspace(offset, 0.5, 8)[:-1]]
    values = np.array(sorted(positive + [0.0] + negative))
    return (values / values.max()).astype(np.float32)


def quantise(name, weight, nested, rng):
    """Tensors as stored, and the values they stand for."""
    table = nf4_table()
    flat = weight.reshape(-1)
    blocks = -(-flat.size // BLOCK)
    padded = np.zeros(blocks * BLOCK, np.float32)
    padded[: flat.size] = flat
    scales = np.abs(padded.reshape(blocks, BLOCK)).max(1)
    codes = np.abs((padded.reshape(blocks, BLOCK) / scales[:, None])[..., None] - table).argmin(-1).reshape(-1)
    codes = codes[: flat.size].astype(np.uint8)
    state = {"quant_type": "nf4", "blocksize": BLOCK, "dtype": "bfloat16", "shape": list(weight.shape)}
    stored = {f"{name}.quant_map": table}
    if nested:
        offset = np.float32(scales.mean())
        nested_table = np.sort(np.concatenate([rng.uniform(-1, 1, 253), [-1, 0, 1]])).astype(np.float32)
        groups = -(-blocks // NESTED_BLOCK)
        nested_scales = np.array(
            [np.abs(part - offset).max() for part in np.array_split(scales, range(NESTED_BLOCK, blocks, NESTED_BLOCK))],
            np.float32,
        )
        assert len(nested_scales) == groups
        spread = np.repeat(nested_scales, NESTED_BLOCK)[:blocks]
        scale_codes = np.abs(((scales - offset) / spread)[:, None] - nested_table).argmin(1).astype(np.uint8)
        stored[f"{name}.absmax"] = scale_codes
        stored[f"{name}.nested_absmax"] = nested_scales
        stored[f"{name}.nested_quant_map"] = nested_table
        state.update(nested_blocksize=NESTED_BLOCK, nested_dtype="float32", nested_offset=float(offset))
        scales = (nested_table[scale_codes] * spread).astype(np.float32) + offset
    else:
        stored[f"{name}.absmax"] = scales
    values = (table[codes] * np.repeat(scales, BLOCK)[: flat.size]).astype(np.float32)
    pairs = np.zeros(-(-flat.size // 2) * 2, np.uint8)
    pairs[: flat.size] = codes
    stored[name] = (pairs[0::2] * 16 + pairs[1::2]).reshape(-1, 1)
    stored[f"{name}.quant_state.bitsandbytes__nf4"] = np.frombuffer(json.dumps(state).encode(), np.uint8)
    return stored, values


def main():
    (FOLDER / "expected").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(21)
    tensors, expected = {}, {}
    for name, shape, nested in (
        ("model.vision.linear_proj.linear_proj.weight", (200, 96), True),  # 300 blocks: two groups of scales
        ("lm_head.weight", (7, 33), True),  # blocks across rows, the last one short; an odd number of codes
        ("model.plain_scales.weight", (4, 64), False),
    ):
        stored, values = quantise(name, rng.normal(0, 0.05, shape).astype(np.float32), nested, rng)
        tensors.update(stored)
        expected[name] = values.reshape(shape)
    tensors["model.norm.weight"] = expected["model.norm.weight"] = rng.normal(1, 0.1, 5).astype(np.float32)
    names = sorted(tensors)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for file, part in shards.items():
        safetensors.numpy.save_file({name: np.ascontiguousarray(tensors[name]) for name in part}, FOLDER / file)
    weight_map = {name: file for file, part in shards.items() for name in part}
    (FOLDER / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    safetensors.numpy.save_file(expected, FOLDER / "expected" / "model.safetensors")
    for file in [*FOLDER.glob("*.safetensors"), FOLDER / "expected" / "model.safetensors"]:
        file.chmod(0o644)
    config = {
        "architectures": ["CogVLMForCausalLM"],
        "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"},
    }
    (FOLDER / "config.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    main()
