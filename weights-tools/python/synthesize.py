"""Writes a random CogVLM v1 checkpoint of any shape: seeded, activations of order one, answers that are not a loop.

python synthesize.py --out DIR --seed 7 --hidden 112 --heads 1 --image 56 --patch 14 --dtype f16
"""

import argparse
import dataclasses
import math
import pathlib

import torch
from torch import Tensor

import checkpoint
import tiny_tokenizer
from cogvlm import CogVLM
from cogvlm_config import CogVLMConfig, VisionConfig

STORED = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
LOGIT_DEVIATION = 4.0  # spread of the logits: best and second best of some hundred then differ by about 1
QUERY_KEY_GAIN = 1.6  # sharpens attention, so that answers depend on more than the last token
ADAPTER_GAIN = 3.0  # image rows as large as embeddings of text


@dataclasses.dataclass(frozen=True)
class Shape:
    """What ``config.json`` must say; sizes in elements, image and patch in pixels."""

    hidden: int
    heads: int
    intermediate: int
    layers: int
    vision_hidden: int
    vision_heads: int
    vision_intermediate: int
    vision_layers: int
    image: int
    patch: int
    vocab: int = tiny_tokenizer.PIECES

    def __post_init__(self) -> None:
        if self.hidden % (2 * self.heads) or self.vision_hidden % self.vision_heads:
            raise ValueError(f"{self}: hidden must be a multiple of 2 * heads, vision_hidden of vision_heads")
        if self.image % self.patch:
            raise ValueError(f"{self}: image must be a multiple of patch")

    def config(self) -> CogVLMConfig:
        vision = VisionConfig(
            hidden_size=self.vision_hidden,
            intermediate_size=self.vision_intermediate,
            num_hidden_layers=self.vision_layers,
            num_heads=self.vision_heads,
            image_size=self.image,
            patch_size=self.patch,
            num_positions=(self.image // self.patch) ** 2 + 1,
        )
        return CogVLMConfig(
            self.hidden, self.intermediate, self.layers, self.heads, self.vocab, vision, rms_norm_eps=1e-5
        )


def config_json(config: CogVLMConfig, stored: str) -> dict:
    """The keys of a published ``config.json``."""
    fields = dataclasses.asdict(config)
    vision = {**fields.pop("vision"), "hidden_act": "gelu", "dropout_prob": 0.0}
    dtype = str(STORED[stored]).removeprefix("torch.")
    fixed = {"hidden_act": "silu", "tie_word_embeddings": False, "max_position_embeddings": 2048, "use_cache": True}
    return {"architectures": ["CogVLMForCausalLM"], **fields, **fixed, "torch_dtype": dtype, "vision_config": vision}


def random_weights(config: CogVLMConfig, seed: int) -> dict[str, Tensor]:
    """All tensors by checkpoint name, f32. Nothing is zero or one: a forgotten bias or gain must show."""
    generator = torch.Generator().manual_seed(seed)
    state = CogVLM(config).state_dict()
    for name, value in state.items():
        if not name.endswith(".inv_freq"):
            noise = torch.randn(value.shape, generator=generator)
            state[name] = _scaled(name, noise, config)
    return state


def _scaled(name: str, noise: Tensor, config: CogVLMConfig) -> Tensor:
    if "norm" in name and name.endswith(".weight"):
        return 1 + 0.2 * noise
    if name.endswith(".bias"):
        return 0.2 * noise
    if "embed" in name and "patch_embedding.proj" not in name or name.endswith(("boi", "eoi")):
        return noise
    weight = noise / math.sqrt(noise[0].numel())  # fan-in: [out, in] or [out, channels, height, width]
    if name == "lm_head.weight":
        return LOGIT_DEVIATION * weight
    if name.endswith("dense_4h_to_h.weight"):
        return ADAPTER_GAIN * weight
    if "expert_query_key_value" in name:
        weight[: 2 * config.hidden_size] *= QUERY_KEY_GAIN
    return weight


def write(
    directory, shape: Shape, seed: int, stored: str = "bf16", shard_bytes: int | None = None, inv_freq: bool = True
) -> None:
    """Writes config.json and weights stored as ``stored``, with or without the rotary frequencies."""
    config = shape.config()
    tensors = {
        name: value.to(STORED[stored])
        for name, value in random_weights(config, seed).items()
        if inv_freq or not name.endswith(".inv_freq")
    }
    checkpoint.save(directory, config_json(config, stored), tensors, shard_bytes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    small = Shape(64, 4, 96, 2, 48, 3, 80, 2, 56, 14)
    for field in dataclasses.fields(Shape):
        default = getattr(small, field.name)
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=default, help=f"default {default}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", choices=STORED, default="bf16", help="dtype of the stored weights, default bf16")
    parser.add_argument("--shard-bytes", type=int, help="write shards of at most this size, and an index")
    parser.add_argument("--no-inv-freq", action="store_true", help="leave the rotary frequencies out")
    parser.add_argument("--no-tokenizer", action="store_true", help="do not add the tiny tokenizer.model")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    shape = Shape(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Shape)})
    write(args.out, shape, args.seed, args.dtype, args.shard_bytes, inv_freq=not args.no_inv_freq)
    if not args.no_tokenizer:
        (args.out / "tokenizer.model").write_bytes(tiny_tokenizer.train())


if __name__ == "__main__":
    main()
