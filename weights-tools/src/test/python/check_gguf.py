"""Compares a GGUF pair with the Hugging Face directory it was written from, with llama.cpp's gguf package.

python check_gguf.py MODEL.gguf MMPROJ.gguf DIRECTORY

Tensor names come from the package's own tables, values from its own dequantiser. Prints, for each type, how many
tensors there are and the largest relative error (root of the summed squares); fails where a tensor is missing, left
over, of another shape, or wrong by more than the type explains.
"""

import json
import pathlib
import sys

import gguf
import numpy as np
import safetensors.torch

LIMITS = {"F32": 0.0, "F16": 1e-3, "BF16": 4e-3, "Q8_0": 0.01, "Q4_0": 0.15}


def stored_tensors(directory):
    tensors = {}
    for file in sorted(directory.glob("*.safetensors")):
        for name, value in safetensors.torch.load_file(file).items():
            tensors[name] = value.float().numpy()
    return tensors


def main():
    model, projector, directory = map(pathlib.Path, sys.argv[1:])
    config = json.loads((directory / "config.json").read_text())
    wanted = {name: value for name, value in stored_tensors(directory).items() if "inv_freq" not in name}
    worst, counts = {}, {}
    for path, arch, layers in (
        (model, gguf.MODEL_ARCH.COGVLM, config["num_hidden_layers"]),
        (projector, gguf.MODEL_ARCH.MMPROJ, config["vision_config"]["num_hidden_layers"]),
    ):
        names = gguf.get_tensor_name_map(arch, layers)
        found = {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}
        for name in list(wanted):
            stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
            if stored not in found:
                continue
            tensor = found.pop(stored)
            expected = wanted.pop(name)
            kind = tensor.tensor_type.name
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1])
            if values.shape != expected.shape:
                sys.exit(f"{name}: {values.shape} in place of {expected.shape}")
            norm = max(float(np.linalg.norm(expected.astype(np.float64))), 1e-30)
            error = float(np.linalg.norm(values.astype(np.float64) - expected)) / norm
            if not error <= LIMITS[kind]:
                sys.exit(f"{name}: {kind}, relative error {error}")
            worst[kind] = max(worst.get(kind, 0.0), error)
            counts[kind] = counts.get(kind, 0) + 1
        if found:
            sys.exit(f"{path}: unknown tensors {list(found)}")
    if wanted:
        sys.exit(f"missing: {list(wanted)}")
    for kind, count in counts.items():
        print(f"{kind}: {count} tensors, largest relative error {worst[kind]:.3g}")


if __name__ == "__main__":
    main()
