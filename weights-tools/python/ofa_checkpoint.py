"""OFA's checkpoints: random ones, and the three layouts they come in.

python ofa_checkpoint.py --synthesize DIR --seed 3 --layout safetensors   DIR/model.safetensors
python ofa_checkpoint.py --synthesize DIR --seed 3 --layout bin           DIR/pytorch_model.bin, as published
python ofa_checkpoint.py --synthesize DIR --seed 3 --layout fairseq       DIR/ofa.pt, as trained

All of them with config.json, vocab.json and merges.txt. Safetensors hold each tensor once; the other two hold the
embedding three times and the tables of buckets, as the published files do, and fairseq spells some names differently.
`config.json` says two things that published ones do not: `patch_image_size`, the side of the picture, and
`max_image_size`, what bins are counted by.
"""

import argparse
import dataclasses
import json
import pathlib

import safetensors.torch
import torch
from torch import Tensor

import ofa
import tiny_gpt2
from ofa import OFA, OFAConfig
from tracing import DTYPES

SIZES = [field.name for field in dataclasses.fields(OFAConfig) if field.name != "stem_width"]
# What the published config.json says beside the sizes; another value would be another model.
FIXED = {
    "activation_function": "gelu", "add_type_embedding": True, "attn_scale_factor": 2.0, "bos_token_id": 0,
    "code_image_size": 128, "code_layernorm_embedding": True, "decoder_normalize_before": True,
    "decoder_start_token_id": 0, "encoder_normalize_before": True, "entangle_position_embedding": False,
    "eos_token_id": 2, "is_encoder_decoder": True, "layernorm_embedding": True, "normformer": True, "pad_token_id": 1,
    "patch_layernorm_embedding": True, "scale_embedding": False, "share_decoder_input_output_embed": True,
}  # fmt: skip
EMBEDDING = "encoder.embed_tokens.weight"
TIED = ("decoder.embed_tokens.weight", "decoder.output_projection.weight")
BUFFERS = ("token_rp_bucket", "image_rp_bucket", "image_position_idx", "num_batches_tracked", "version")
# Hugging Face name: fairseq's, inside a layer; the first that begins the name counts.
FAIRSEQ = {
    "encoder": {"self_attn_mid_layer_norm": "attn_ln", "ffn_layer_norm": "ffn_layernorm"},
    "decoder": {
        "self_attn_mid_layer_norm": "self_attn_ln",
        "cross_attn_mid_layer_norm": "cross_attn_ln",
        "cross_attn_layer_norm": "encoder_attn_layer_norm",
        "cross_attn": "encoder_attn",
        "ffn_layer_norm": "ffn_layernorm",
    },
}
TINY = OFAConfig(
    d_model=48, encoder_layers=2, decoder_layers=3, encoder_attention_heads=3, decoder_attention_heads=3,
    encoder_ffn_dim=80, decoder_ffn_dim=64, resnet_type="resnet18", vocab_size=tiny_gpt2.TOKENS,
    max_position_embeddings=64, token_bucket_size=16, image_bucket_size=9, stem_width=8,
)  # fmt: skip


def fairseq_name(name: str) -> str:
    """encoder.layers.0.self_attn_mid_layer_norm.weight -> encoder.layers.0.attn_ln.weight."""
    side, _, rest = name.partition(".")
    if not rest.startswith("layers."):
        return name
    _, layer, part, *last = rest.split(".")
    return ".".join([side, "layers", layer, FAIRSEQ[side].get(part, part), *last])


def random_weights(config: OFAConfig, seed: int) -> dict[str, Tensor]:
    """All tensors by their Hugging Face names, the embedding once. None is 0 or 1 in all places.

    Biases of attention vary by about 1, as the scores do; </s> is likely enough to end some answers.
    """
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, value in OFA(config).state_dict().items():
        if name in TIED or name.endswith(BUFFERS):
            continue
        if name.endswith("running_var"):
            found[name] = 0.5 + torch.rand(value.shape, generator=generator)
        else:
            found[name] = _scaled(name, torch.randn(value.shape, generator=generator), config)
    return found


def _scaled(name: str, noise: Tensor, config: OFAConfig) -> Tensor:
    if name == EMBEDDING:
        weight = 0.6 * noise
        weight[2] *= 2.2
        weight[4 : len(weight) - 1000] *= 1.2
        return weight
    if name == "decoder.layer_norm.weight":  # of both signs: else the shared embedding makes a token say itself again
        return noise
    if noise.dim() == 4:  # a convolution before a ReLU
        return noise * (2 / noise[0].numel()) ** 0.5
    if name.endswith("c_attn") or noise.dim() == 1 and name.endswith("weight"):
        return (1 + 0.25 * noise) * (0.5 if name.endswith("bn3.weight") else 1)  # bn3: stages do not grow
    if noise.dim() == 1:
        return 0.2 * noise
    if "embed" in name or "rel_pos_table" in name:
        return 0.8 * noise
    size = 1.5 if "q_proj" in name or "k_proj" in name else 1.2
    if "cross_attn.q_proj" in name:  # or all pictures and questions are averaged into about the same
        size = 4.0
    return noise * size / noise.shape[1] ** 0.5


def config_json(config: OFAConfig, side: int, counted: int) -> dict:
    sizes = {name: getattr(config, name) for name in SIZES}
    extra = {"patch_image_size": side, "max_image_size": counted}
    return {"architectures": ["OFAModel"], "model_type": "ofa", **sizes, **FIXED, **extra}


def published_extras(config: OFAConfig) -> dict[str, Tensor]:
    """The buffers that published files have and nobody needs."""
    tokens = ofa.token_buckets(config.max_position_embeddings, config.token_bucket_size)
    size = config.image_bucket_size
    cells = ofa.image_buckets(torch.arange(size**2 + 1), size)
    found = {}
    for side in ("encoder", "decoder"):
        found |= {f"{side}.token_rp_bucket": tokens, f"{side}.image_rp_bucket": cells}
    codes = FIXED["code_image_size"] // 8
    at = [0, *(row * size + column + 1 for row in range(codes) for column in range(codes))]
    found["decoder.image_position_idx"] = torch.tensor(at + [1024] * (1025 - len(at)))
    return found


def as_bin(config: OFAConfig, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """What pytorch_model.bin holds."""
    counts = {
        name.replace("running_var", "num_batches_tracked"): torch.tensor(1000)
        for name in weights
        if name.endswith("running_var")
    }
    return {**weights, **dict.fromkeys(TIED, weights[EMBEDDING]), **counts, **published_extras(config)}


def as_fairseq(config: OFAConfig, weights: dict[str, Tensor], side: int, counted: int) -> dict:
    """What a training run's checkpoint holds, without the optimizer."""
    model = {fairseq_name(name): value for name, value in as_bin(config, weights).items()}
    model |= {f"{part}.version": torch.tensor([3.0]) for part in ("encoder", "decoder")}
    arguments = {
        "_name": "ofa_tiny", "encoder_embed_dim": config.d_model, "decoder_embed_dim": config.d_model,
        "encoder_ffn_embed_dim": config.encoder_ffn_dim, "decoder_ffn_embed_dim": config.decoder_ffn_dim,
        **{name: getattr(config, name) for name in (
            "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads", "resnet_type",
            "token_bucket_size", "image_bucket_size",
        )},
        "max_source_positions": config.max_position_embeddings, "max_target_positions": config.max_position_embeddings,
        "activation_fn": "gelu", "attn_scale_factor": 2, "code_image_size": 128, "add_type_embedding": True,
        "scale_attn": True, "scale_fc": True, "scale_heads": True, "scale_resids": False, "disable_entangle": True,
        "entangle_position_embedding": False, "encoder_normalize_before": True, "decoder_normalize_before": True,
        "layernorm_embedding": True, "patch_layernorm_embedding": True, "code_layernorm_embedding": True,
        "no_scale_embedding": True, "share_all_embeddings": True,
    }  # fmt: skip
    task = {"_name": "refcoco", "patch_image_size": side, "max_image_size": counted, "num_bins": 1000}
    settings = {"model": argparse.Namespace(**arguments), "task": task}
    return {"args": None, "cfg": settings, "model": model, "optimizer_history": [], "extra_state": {"epoch": 1}}


def save(
    directory: pathlib.Path,
    config: OFAConfig,
    weights: dict[str, Tensor],
    layout: str,
    side: int,
    counted: int,
) -> None:
    """``side`` of the picture and what bins are ``counted`` by, both in pixels."""
    tiny_gpt2.write(directory)
    text = json.dumps(config_json(config, side, counted), indent=2)
    (directory / "config.json").write_text(text + "\n", encoding="utf-8")
    if layout == "safetensors":
        safetensors.torch.save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    elif layout == "bin":
        torch.save(as_bin(config, weights), directory / "pytorch_model.bin")
    elif layout == "fairseq":
        torch.save(as_fairseq(config, weights, side, counted), directory / "ofa.pt")
    else:
        raise ValueError(f"layout {layout!r}: expected safetensors, bin or fairseq")


def synthesize(
    directory: pathlib.Path,
    config: OFAConfig,
    seed: int,
    dtype: torch.dtype = torch.float32,
    layout: str = "safetensors",
    side: int = 96,
    counted: int = 512,
) -> None:
    """A random checkpoint with its tokenizer; sizes as in ``save``."""
    weights = {name: value.to(dtype) for name, value in random_weights(config, seed).items()}
    save(directory, config, weights, layout, side, counted)


def stored(directory: pathlib.Path) -> dict[str, Tensor]:
    """The weights of any layout, by their names there."""
    if (directory / "model.safetensors").exists():
        return safetensors.torch.load_file(directory / "model.safetensors")
    if (directory / "pytorch_model.bin").exists():
        return torch.load(directory / "pytorch_model.bin", weights_only=True)
    with torch.serialization.safe_globals([argparse.Namespace]):
        whole = torch.load(directory / "ofa.pt", weights_only=True)
    if not whole["cfg"]["model"].disable_entangle:
        raise ValueError(f"{directory}/ofa.pt: disable_entangle is False: its positions are added to its tokens")
    return whole["model"]


def load(directory: pathlib.Path, dtype: torch.dtype = torch.float32) -> OFA:
    """The model of a directory in any layout; every tensor must be known, and none may lack."""
    told = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    for name, value in FIXED.items():
        if told.get(name, value) != value:
            raise ValueError(f"{directory}/config.json: {name} is {told[name]!r}, only {value!r} is supported")
    weights = stored(directory)
    config = OFAConfig(
        **{name: told[name] for name in SIZES}, stem_width=len(weights["encoder.embed_images.conv1.weight"])
    )
    model = OFA(config)
    fairseq = (directory / "ofa.pt").exists()
    named = {name: fairseq_name(name) if fairseq else name for name in model.state_dict() if not name.endswith(BUFFERS)}
    found = {name: weights[other].float() for name, other in named.items() if name not in TIED}
    unknown = set(weights) - set(named.values()) - set(TIED)
    unknown = sorted(name for name in unknown if not name.endswith(BUFFERS))
    if unknown:
        raise ValueError(f"{directory}: {', '.join(unknown)}: no tensors of OFA")
    found["decoder.embed_tokens.weight"] = found[EMBEDDING]
    model.load_state_dict(found, strict=False)  # strict but for num_batches_tracked: all others were looked up above
    return model.to(dtype)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthesize", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", choices=("safetensors", "bin", "fairseq"), default="safetensors")
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    parser.add_argument("--side", type=int, default=96, help="of the picture, in pixels")
    for name in [*SIZES, "stem_width"]:
        default = getattr(TINY, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    args = parser.parse_args()
    config = OFAConfig(**{name: getattr(args, name) for name in [*SIZES, "stem_width"]})
    synthesize(args.synthesize, config, args.seed, DTYPES[args.dtype], args.layout, args.side)


if __name__ == "__main__":
    main()
