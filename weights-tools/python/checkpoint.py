"""Hugging Face checkpoint directories: config.json and safetensors, in one file or in shards with an index."""

import dataclasses
import json
import pathlib

import safetensors.torch
import torch
from torch import Tensor

import compressed_tensors
from cogvlm import CogVLM
from cogvlm_config import CogVLMConfig, CrossConfig

TOWER = "model.cross_vision.vit.model."
CONVOLUTION = "model.vision.conv.weight"  # of CogVLM2: its class in config.json has the name of v1's


def read_tensors(directory) -> dict[str, Tensor]:
    """All tensors of a Hugging Face directory, single file or shards with an index, in their stored dtypes."""
    directory = pathlib.Path(directory)
    index = directory / "model.safetensors.index.json"
    names = ["model.safetensors"]
    if index.exists():
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    tensors: dict[str, Tensor] = {}
    for name in names:
        tensors.update(safetensors.torch.load_file(directory / name))
    return tensors


def load(directory, dtype: torch.dtype = torch.float32) -> CogVLM:
    """The model of a Hugging Face directory, every tensor and buffer converted to ``dtype``; names must match exactly.

    A stored ``inv_freq`` is used as it is; where a checkpoint has none it is computed. Quantised weights are
    dequantised.
    """
    directory = pathlib.Path(directory)
    tensors = compressed_tensors.dequantised(read_tensors(directory))
    config = CogVLMConfig.from_json(directory / "config.json")
    if config.cross is not None:
        config = dataclasses.replace(config, cross=_sized(config.cross, tensors))
    if CONVOLUTION in tensors and config.num_multi_query_heads is None:
        config = dataclasses.replace(config, num_multi_query_heads=_key_heads(config, tensors))
    model = CogVLM(config)
    computed = {name: value for name, value in model.state_dict().items() if name.endswith(".inv_freq")}
    model.load_state_dict({**computed, **tensors}, strict=True)
    return model.to(dtype).eval()


def _key_heads(config: CogVLMConfig, tensors: dict[str, Tensor]) -> int:
    """CogVLM2's heads of keys and values, which the published config.json leaves out: what queries leave of the rows."""
    rows = len(tensors["model.layers.0.self_attn.language_expert_query_key_value.weight"])
    return (rows - config.hidden_size) // (2 * config.head_size)


def _sized(cross: CrossConfig, tensors: dict[str, Tensor]) -> CrossConfig:
    """The high-resolution tower's sizes that no config.json states, from the shapes of its tensors."""
    blocks = {name.removeprefix(TOWER).split(".")[1] for name in tensors if name.startswith(f"{TOWER}blocks.")}
    return dataclasses.replace(
        cross,
        num_heads=cross.hidden_size // tensors[f"{TOWER}rope.freqs_cos"].shape[1],
        num_blocks=len(blocks),
        mlp_size=len(tensors[f"{TOWER}blocks.0.mlp.w1.weight"]),
        patch_size=tensors[f"{TOWER}patch_embed.proj.weight"].shape[-1],
        classes=len(tensors[f"{TOWER}head.weight"]),
    )


def save(directory, config: dict, tensors: dict[str, Tensor], shard_bytes: int | None = None) -> None:
    """Writes config.json and the tensors: one file, or shards of up to ``shard_bytes`` (or one tensor) and an index."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    if shard_bytes is None:
        safetensors.torch.save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
        return
    shards: list[dict[str, Tensor]] = [{}]
    for name, value in tensors.items():
        if shards[-1] and value.nbytes + sum(t.nbytes for t in shards[-1].values()) > shard_bytes:
            shards.append({})
        shards[-1][name] = value
    weight_map = {}
    for number, shard in enumerate(shards, start=1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        safetensors.torch.save_file(shard, directory / file, metadata={"format": "pt"})
        weight_map.update(dict.fromkeys(shard, file))
    total = sum(value.nbytes for value in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
