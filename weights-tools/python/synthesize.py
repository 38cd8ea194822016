"""Writes a random checkpoint of any shape and family: seeded, activations of order one, answers that are not a loop.

python synthesize.py --out DIR --seed 7 --hidden 112 --heads 1 --image 56 --patch 14 --dtype f16
python synthesize.py --out DIR --seed 7 --family cogvlm2 --hidden 96 --heads 6 --key-heads 3
python synthesize.py --out DIR --seed 7 --family cogagent --cross-image-size 84
"""

import argparse
import dataclasses
import math
import pathlib

import torch
from torch import Tensor

import checkpoint
import tiny_bpe
import tiny_tokenizer
from cogvlm import CogVLM
from cogvlm_config import COGAGENT, COGVLM, COGVLM2, FAMILIES, CogVLMConfig, CrossConfig, VisionConfig

STORED = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
TABLES = (".inv_freq", ".freqs_cos", ".freqs_sin")  # rotary, the rest is random
LOGIT_DEVIATION = 4.0  # spread of the logits: best and second best of some hundred then differ by about 1
QUERY_KEY_GAIN = 1.6  # sharpens attention, so that answers depend on more than the last token
ADAPTER_GAIN = 3.0  # image rows as large as embeddings of text


@dataclasses.dataclass(frozen=True)
class Shape:
    """What ``config.json`` must say; sizes in elements, image and patch in pixels.

    ``key_heads`` makes it a CogVLM2, ``cross`` a CogAgent.
    """

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
    key_heads: int | None = None
    cross: CrossConfig | None = None

    def __post_init__(self) -> None:
        if self.hidden % (2 * self.heads) or self.vision_hidden % self.vision_heads:
            raise ValueError(f"{self}: hidden must be a multiple of 2 * heads, vision_hidden of vision_heads")
        if self.image % self.patch:
            raise ValueError(f"{self}: image must be a multiple of patch")
        if self.key_heads is not None and (self.heads % self.key_heads or self.image // self.patch < 2):
            raise ValueError(f"{self}: heads must be a multiple of key_heads, and the side at least two patches")
        cross = self.cross
        if cross is not None and (cross.hidden_size % (4 * cross.num_heads) or cross.compute_hidden_size % self.heads):
            raise ValueError(f"{self}: cross.hidden_size must be a multiple of 4 heads, compute_hidden_size of heads")
        if cross is not None and cross.image_size % cross.patch_size:
            raise ValueError(f"{self}: cross.image_size must be a multiple of cross.patch_size")

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
        config = CogVLMConfig(
            self.hidden, self.intermediate, self.layers, self.heads, self.vocab, vision, rms_norm_eps=1e-5
        )
        if self.key_heads is None:
            return dataclasses.replace(config, cross=self.cross)
        eos = (tiny_bpe.EOS, tiny_bpe.EOT)
        special = {"bos_token_id": tiny_bpe.BOS, "eos_token_id": eos, "pad_token_id": tiny_bpe.PAD}
        return dataclasses.replace(config, num_multi_query_heads=self.key_heads, **special)


_V1 = Shape(64, 4, 96, 2, 48, 3, 80, 2, 56, 14)
SMALL = {
    COGVLM: _V1,
    COGVLM2: dataclasses.replace(_V1, vocab=tiny_bpe.PIECES, key_heads=2),
    COGAGENT: dataclasses.replace(_V1, cross=CrossConfig(48, 32, 70, 3, 14, 3, 42, 5)),
}


def config_json(config: CogVLMConfig, stored: str) -> dict:
    """The keys of a published ``config.json``, and ``cross_num_heads``."""
    fields = {name: value for name, value in dataclasses.asdict(config).items() if value is not None}
    vision = {**fields.pop("vision"), "hidden_act": "gelu", "dropout_prob": 0.0}
    cross = fields.pop("cross", {})
    for name in ("hidden_size", "compute_hidden_size", "image_size", "num_heads"):
        if cross:
            fields[f"cross_{name}"] = cross[name]
    longest = 8192 if config.family == COGVLM2 else 2048
    fixed = {"hidden_act": "silu", "tie_word_embeddings": False, "max_position_embeddings": longest, "use_cache": True}
    if config.family != COGVLM2:  # the published CogVLM2 does not state it
        fixed["torch_dtype"] = str(STORED[stored]).removeprefix("torch.")
    architecture = "CogAgentForCausalLM" if config.family == COGAGENT else "CogVLMForCausalLM"
    return {"architectures": [architecture], **fields, **fixed, "vision_config": vision}


def random_weights(config: CogVLMConfig, seed: int) -> dict[str, Tensor]:
    """All tensors by checkpoint name, f32. Nothing is zero or one: a forgotten bias or gain must show."""
    generator = torch.Generator().manual_seed(seed)
    state = CogVLM(config).state_dict()
    for name, value in state.items():
        if not name.endswith(TABLES):
            noise = torch.randn(value.shape, generator=generator)
            state[name] = _scaled(name, noise, config)
    return state


def _scaled(name: str, noise: Tensor, config: CogVLMConfig) -> Tensor:
    if ("norm" in name or "_ln." in name) and name.endswith(".weight"):
        return 1 + 0.2 * noise
    if name.endswith("bias"):
        return 0.2 * noise
    if "embed" in name and ".proj." not in name or name.endswith(("boi", "eoi", "cls_token")):
        return noise
    weight = noise / math.sqrt(noise[0].numel())  # fan-in: [out, in] or [out, channels, height, width]
    if name == "lm_head.weight":
        return LOGIT_DEVIATION * weight
    if name.endswith("dense_4h_to_h.weight"):
        return ADAPTER_GAIN * weight
    if "expert_query_key_value" in name:
        weight[: config.hidden_size + config.key_heads * config.head_size] *= QUERY_KEY_GAIN
    return weight


def write(
    directory, shape: Shape, seed: int, stored: str = "bf16", shard_bytes: int | None = None, inv_freq: bool = True
) -> None:
    """Writes config.json and weights stored as ``stored``, with or without the rotary frequencies.

    CogAgent's rotary tables are F32 always, as in the published checkpoint.
    """
    config = shape.config()
    tensors = {
        name: value if config.family == COGAGENT and name.endswith(TABLES) else value.to(STORED[stored])
        for name, value in random_weights(config, seed).items()
        if inv_freq or not name.endswith(".inv_freq")
    }
    checkpoint.save(directory, config_json(config, stored), tensors, shard_bytes)


def write_tokenizer(directory, family: str) -> None:
    """The tiny tokenizer.model, or the tokenizer.json of CogVLM2."""
    if family == COGVLM2:
        (pathlib.Path(directory) / "tokenizer.json").write_text(tiny_bpe.train(), encoding="utf-8")
    else:
        (pathlib.Path(directory) / "tokenizer.model").write_bytes(tiny_tokenizer.train())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", choices=FAMILIES, default=COGVLM)
    for field in dataclasses.fields(Shape):
        if field.name != "cross":
            default = getattr(SMALL[COGVLM2], field.name)
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, help=f"default {default}")
    for field in dataclasses.fields(CrossConfig):
        default = getattr(SMALL[COGAGENT].cross, field.name)
        parser.add_argument(f"--cross-{field.name.replace('_', '-')}", type=int, help=f"CogAgent, default {default}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", choices=STORED, default="bf16", help="dtype of the stored weights, default bf16")
    parser.add_argument("--shard-bytes", type=int, help="write shards of at most this size, and an index")
    parser.add_argument("--no-inv-freq", action="store_true", help="leave the rotary frequencies out")
    parser.add_argument("--no-tokenizer", action="store_true", help="do not add the tiny tokenizer")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    write(args.out, _asked(args), args.seed, args.dtype, args.shard_bytes, inv_freq=not args.no_inv_freq)
    if not args.no_tokenizer:
        write_tokenizer(args.out, args.family)


def _asked(args: argparse.Namespace) -> Shape:
    """The family's small shape with what the command line says instead."""
    given = {name: value for name, value in vars(args).items() if value is not None}
    shape = SMALL[args.family]
    foreign = [name for name in given if name == "key_heads" and args.family != COGVLM2]
    foreign += [name for name in given if name.startswith("cross_") and args.family != COGAGENT]
    if foreign:
        raise SystemExit(f"{', '.join(foreign)}: not of family {args.family}")
    if shape.cross is not None:
        sizes = {name.removeprefix("cross_"): value for name, value in given.items() if name.startswith("cross_")}
        shape = dataclasses.replace(shape, cross=dataclasses.replace(shape.cross, **sizes))
    names = {field.name for field in dataclasses.fields(Shape)}
    return dataclasses.replace(shape, **{name: value for name, value in given.items() if name in names})


if __name__ == "__main__":
    main()
