"""The weights of a Hugging Face directory in PyTorch's own files, to try converters with.

python torch_fixtures.py --model DIR --layout bin --shards 3 --out OUT   OUT/pytorch_model-0000N-of-00003.bin and index
python torch_fixtures.py --model DIR --layout sat --out OUT              OUT/1/mp_rank_00_model_states.pt and its config

The second is the layout of SwissArmyTransformer, which CogVLM was trained with and first published in. Its names are
those that the published training code gives its modules; no published file was at hand to compare with. CogVLM only.
"""

import argparse
import json
import pathlib
import re
import shutil

import torch
from torch import Tensor

import checkpoint
from cogvlm_config import COGVLM, CogVLMConfig

TOWER = "mixins.eva.vit_model"
# Hugging Face name -> SwissArmyTransformer name, {i} the layer; the first that matches a whole prefix counts.
SAT_NAMES = {
    "model.embed_tokens": "transformer.word_embeddings",
    "model.norm": "transformer.final_layernorm",
    "lm_head": "mixins.lm.lm_head",
    "model.layers.{i}.self_attn.language_expert_query_key_value": "transformer.layers.{i}.attention.query_key_value",
    "model.layers.{i}.self_attn.language_expert_dense": "transformer.layers.{i}.attention.dense",
    "model.layers.{i}.self_attn.vision_expert_query_key_value": "mixins.rotary.vision_query_key_value_list.{i}",
    "model.layers.{i}.self_attn.vision_expert_dense": "mixins.rotary.vision_dense_list.{i}",
    "model.layers.{i}.self_attn.rotary_emb": "mixins.rotary.rotary_emb",  # one for all layers
    "model.layers.{i}.mlp.language_mlp.gate_proj": "mixins.mlp.gate_proj.{i}",
    "model.layers.{i}.mlp.language_mlp.up_proj": "transformer.layers.{i}.mlp.dense_h_to_4h",
    "model.layers.{i}.mlp.language_mlp.down_proj": "transformer.layers.{i}.mlp.dense_4h_to_h",
    "model.layers.{i}.mlp.vision_mlp.gate_proj": "mixins.mlp.vision_gate_proj.{i}",
    "model.layers.{i}.mlp.vision_mlp.up_proj": "mixins.mlp.vision_dense_h_to_4h_list.{i}",
    "model.layers.{i}.mlp.vision_mlp.down_proj": "mixins.mlp.vision_dense_4h_to_h_list.{i}",
    "model.layers.{i}": "transformer.layers.{i}",
    "model.vision.patch_embedding.cls_embedding": f"{TOWER}.transformer.word_embeddings.weight",
    "model.vision.patch_embedding.position_embedding": f"{TOWER}.transformer.position_embeddings",
    "model.vision.patch_embedding.proj": f"{TOWER}.mixins.patch_embedding.proj",
    "model.vision.transformer.layers.{i}.mlp.fc1": f"{TOWER}.transformer.layers.{{i}}.mlp.dense_h_to_4h",
    "model.vision.transformer.layers.{i}.mlp.fc2": f"{TOWER}.transformer.layers.{{i}}.mlp.dense_4h_to_h",
    "model.vision.transformer.layers.{i}": f"{TOWER}.transformer.layers.{{i}}",
    "model.vision": "mixins.eva",
}


def sat_name(name: str) -> str:
    for prefix, replacement in SAT_NAMES.items():
        pattern = re.escape(prefix).replace(re.escape("{i}"), r"(\d+)") + r"(?=\.|$)"
        found = re.match(pattern, name)
        if found:
            layer = found.group(1) if found.groups() else ""
            return replacement.replace("{i}", layer) + name[found.end() :]
    raise ValueError(f"{name}: no tensor of CogVLM")


def sat_config(config: CogVLMConfig) -> dict:
    vision = config.vision
    tower = {
        "model_class": "EVA2CLIPModel", "num_layers": vision.num_hidden_layers, "hidden_size": vision.hidden_size,
        "num_attention_heads": vision.num_heads, "vocab_size": 1, "layernorm_order": "post", "model_parallel_size": 1,
        "max_sequence_length": vision.num_positions, "inner_hidden_size": vision.intermediate_size,
        "use_final_layernorm": False, "layernorm_epsilon": vision.layer_norm_eps,
        "image_size": [vision.image_size, vision.image_size], "pre_len": 1, "post_len": 0,
        "in_channels": vision.in_channels, "patch_size": vision.patch_size,
    }  # fmt: skip
    return {
        "model_class": "CogVLMModel", "tokenizer_type": "vicuna-7b-v1.5", "num_layers": config.num_hidden_layers,
        "hidden_size": config.hidden_size, "num_attention_heads": config.num_attention_heads,
        "vocab_size": config.vocab_size, "layernorm_order": "pre", "model_parallel_size": 1,
        "max_sequence_length": 4096, "use_bias": False, "inner_hidden_size": config.intermediate_size,
        "layernorm_epsilon": config.rms_norm_eps, "image_length": vision.grid**2, "eva_args": tower,
        "bos_token_id": config.bos_token_id, "eos_token_id": config.eos_token_id,
        "pad_token_id": config.pad_token_id,
    }  # fmt: skip


def write_sat(directory: pathlib.Path, config: CogVLMConfig, tensors: dict[str, Tensor]) -> None:
    """``latest``, which names the folder 1, model_config.json and 1/mp_rank_00_model_states.pt with key "module"."""
    if config.family != COGVLM:
        raise ValueError(f"{config.family}: only CogVLM has a SwissArmyTransformer layout here")
    (directory / "1").mkdir(parents=True)
    (directory / "latest").write_text("1", encoding="utf-8")
    (directory / "model_config.json").write_text(json.dumps(sat_config(config), indent=4), encoding="utf-8")
    state = {"module": {sat_name(name): value for name, value in tensors.items()}}
    torch.save(state, directory / "1" / "mp_rank_00_model_states.pt")


def write_bin(directory: pathlib.Path, tensors: dict[str, Tensor], shards: int) -> None:
    """pytorch_model.bin, or so many shards of about as many tensors each, with their index."""
    directory.mkdir(parents=True, exist_ok=True)
    if shards == 1:
        torch.save(tensors, directory / "pytorch_model.bin")
        return
    names = list(tensors)
    weight_map = {}
    for number in range(shards):
        file = f"pytorch_model-{number + 1:05d}-of-{shards:05d}.bin"
        part = names[number * len(names) // shards : (number + 1) * len(names) // shards]
        torch.save({name: tensors[name] for name in part}, directory / file)
        weight_map.update(dict.fromkeys(part, file))
    total = sum(value.nbytes for value in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (directory / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="Hugging Face directory with safetensors")
    parser.add_argument("--layout", choices=("bin", "sat"), required=True)
    parser.add_argument("--shards", type=int, default=2, help="files of the layout bin, default 2")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    tensors = checkpoint.read_tensors(args.model)
    if args.layout == "sat":
        write_sat(args.out, CogVLMConfig.from_json(args.model / "config.json"), tensors)
        return
    write_bin(args.out, tensors, args.shards)
    for companion in ("config.json", "tokenizer.model", "tokenizer.json"):
        if (args.model / companion).exists():
            shutil.copy(args.model / companion, args.out)


if __name__ == "__main__":
    main()
