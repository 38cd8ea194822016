"""Writes a trained model as a Hugging Face CogVLM v1 directory (weights stored as bf16)."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from shapes_model import CogVlm, Shape


def config(s: Shape) -> dict:
    return {
        "_name_or_path": "cogvlm-shapes",
        "architectures": ["CogVLMForCausalLM"],
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "hidden_size": s.hidden,
        "initializer_range": 0.02,
        "intermediate_size": s.intermediate,
        "max_position_embeddings": s.max_positions,
        "num_attention_heads": s.heads,
        "num_hidden_layers": s.layers,
        "pad_token_id": 0,
        "rms_norm_eps": 1e-05,
        "template_version": "base",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vision_config": {
            "dropout_prob": 0.0,
            "hidden_act": "gelu",
            "hidden_size": s.vision_hidden,
            "image_size": s.image,
            "in_channels": 3,
            "intermediate_size": s.vision_intermediate,
            "layer_norm_eps": 1e-06,
            "num_heads": s.vision_heads,
            "num_hidden_layers": s.vision_layers,
            "num_positions": s.patches + 1,
            "patch_size": s.patch,
        },
        "vocab_size": s.vocabulary,
    }


TOKENIZER = {
    "add_bos_token": True,
    "add_eos_token": False,
    "bos_token": "<s>",
    "clean_up_tokenization_spaces": False,
    "eos_token": "</s>",
    "legacy": False,
    "model_max_length": 512,
    "pad_token": None,
    "tokenizer_class": "LlamaTokenizer",
    "unk_token": "<unk>",
}


def export(net: CogVlm, folder: Path) -> None:
    """Writes config.json, model.safetensors, tokenizer_config.json and generation_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {n: t.detach().to(torch.bfloat16).contiguous() for n, t in net.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    generation = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    for name, value in (
        ("config", config(net.shape)),
        ("tokenizer_config", TOKENIZER),
        ("generation_config", generation),
    ):
        (folder / f"{name}.json").write_text(json.dumps(value, indent=2) + "\n")
