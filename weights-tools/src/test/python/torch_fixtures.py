"""Writes the small PyTorch files under ../resources/torch that TorchSourceTest reads.

Run with PyTorch 2.x and NumPy: python torch_fixtures.py
"""

import argparse
import json
import os
import pathlib
import random

import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "torch"


def tensors():
    """One tensor of every dtype and memory layout that checkpoints have."""
    generator = torch.Generator().manual_seed(7)
    base = torch.randn(6, 10, generator=generator)
    special = torch.tensor([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e-40, 65504.0, 6e-8])
    return {
        "f32": base,
        "f64": base.double() / 3,
        "f16": base.half(),
        "bf16": base.bfloat16(),
        "special.f32": special,
        "special.f16": special.half(),
        "special.bf16": special.bfloat16(),
        "i64": torch.arange(-3, 5),
        "i32": torch.arange(-3, 5, dtype=torch.int32),
        "i16": torch.arange(-3, 5, dtype=torch.int16),
        "i8": torch.arange(-3, 5, dtype=torch.int8),
        "u8": torch.arange(250, 256, dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "transposed": base.t(),
        "sliced": base[1:5, 2:9:3],
        "permuted": torch.randn(2, 3, 4, generator=generator).permute(2, 0, 1),
        "rows": base[2:4],
        "scalar": torch.tensor(3.25),
        "empty": torch.zeros(0, 4),
        "parameter": torch.nn.Parameter(torch.randn(3, 2, generator=generator).bfloat16()),
    }


def write_expected(path, state):
    """dtype, shape and the bits of every value as f32."""
    table = {}
    for name, tensor in state.items():
        values = tensor.detach().float().contiguous().numpy().view(np.int32)
        table[name] = {"shape": list(tensor.shape), "bits": values.flatten().tolist()}
    path.write_text(json.dumps(table))


class Evil:
    def __reduce__(self):
        return os.system, ("echo executed",)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = tensors()
    write_expected(FOLDER / "expected.json", state)
    torch.save(state, FOLDER / "zip.pt")
    torch.save(state, FOLDER / "protocol4.pt", pickle_protocol=4)
    torch.save(state, FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)

    module = torch.nn.Linear(3, 2)
    with torch.no_grad():
        module.weight.copy_(torch.arange(6.0).view(2, 3))
        module.bias.copy_(torch.tensor([0.5, -0.5]))
    random.seed(1)
    np.random.seed(1)
    training = {
        "state_dict": module.state_dict(),  # an OrderedDict with attributes
        "iteration": 3,
        "args": argparse.Namespace(lr=1e-4, fp16=False),
        "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}, "shape": torch.Size([2, 3])},
        "random_rng_state": random.getstate(),
        "np_rng_state": np.random.get_state(),
        "torch_rng_state": torch.get_rng_state(),
        "loss": np.float64(0.25),
        "big": 1 << 80,
        "names": {"a", "b"},
    }
    torch.save(training, FOLDER / "training.pt")
    torch.save({"weight": torch.zeros(2), "extra": Evil()}, FOLDER / "evil.pt")
    torch.save({"weight": torch.zeros(4).to(torch.float8_e4m3fn)}, FOLDER / "float8.pt")

    shards = FOLDER / "shards"
    shards.mkdir(exist_ok=True)
    names = list(state)
    weight_map = {}
    for i, part in enumerate((names[:9], names[9:])):
        shard = f"pytorch_model-{i + 1:05}-of-00002.bin"
        torch.save({name: state[name] for name in part}, shards / shard)
        weight_map.update({name: shard for name in part})
    index = {"metadata": {"total_size": 0}, "weight_map": weight_map}
    (shards / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1))
    (shards / "config.json").write_text('{"architectures": ["CogVLMForCausalLM"]}\n')


if __name__ == "__main__":
    main()
