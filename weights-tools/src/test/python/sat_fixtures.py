"""Writes the small SwissArmyTransformer checkpoints under ../resources/sat that SatSourceTest reads.

Module names are those of the published training code (THUDM/CogVLM, THUDM/SwissArmyTransformer); PyTorch itself makes
the tensors' names of them. Sizes are the smallest that tell all tensors apart. Run with PyTorch: python sat_fixtures.py
"""

import json
import pathlib

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources" / "sat"
LAYERS, HIDDEN, INNER, VOCABULARY, CROSS = 2, 4, 6, 10, 8
TOWER_LAYERS, TOWER, TOWER_INNER, PATCH, GRID = 1, 3, 5, 2, 2


def named(**modules):
    module = nn.Module()
    for name, value in modules.items():
        setattr(module, name, value)
    return module


def norm(size):
    return named(weight=nn.Parameter(torch.zeros(size)))


def linear(rows, columns, bias=False):
    return nn.Linear(columns, rows, bias=bias)


def decoder_layer(family, qkv):
    layer = named(
        input_layernorm=norm(HIDDEN),
        attention=named(query_key_value=linear(qkv, HIDDEN), dense=linear(HIDDEN, HIDDEN)),
        post_attention_layernorm=norm(HIDDEN),
        mlp=named(dense_h_to_4h=linear(INNER, HIDDEN), dense_4h_to_h=linear(HIDDEN, INNER)),
    )
    if family == "cogagent":
        layer.cross_attention = named(
            query=linear(CROSS, HIDDEN), key_value=linear(2 * CROSS, CROSS), dense=linear(HIDDEN, CROSS)
        )
        layer.post_cross_attention_layernorm = norm(HIDDEN)
    return layer


def tower():
    layer = named(
        input_layernorm=nn.LayerNorm(TOWER),
        attention=named(query_key_value=linear(3 * TOWER, TOWER, True), dense=linear(TOWER, TOWER, True)),
        post_attention_layernorm=nn.LayerNorm(TOWER),
        mlp=named(dense_h_to_4h=linear(TOWER_INNER, TOWER, True), dense_4h_to_h=linear(TOWER, TOWER_INNER, True)),
    )
    return named(
        transformer=named(
            word_embeddings=nn.Embedding(1, TOWER),
            position_embeddings=nn.Embedding(GRID * GRID + 1, TOWER),
            layers=nn.ModuleList([layer]),
        ),
        mixins=nn.ModuleDict({"patch_embedding": named(proj=nn.Conv2d(3, TOWER, PATCH, PATCH))}),
    )


def image_mixin(family):
    mixin = named(
        vit_model=tower(),
        linear_proj=named(
            linear_proj=linear(HIDDEN, TOWER),
            norm1=nn.LayerNorm(HIDDEN),
            dense_h_to_4h=linear(INNER, HIDDEN),
            gate_proj=linear(INNER, HIDDEN),
            dense_4h_to_h=linear(HIDDEN, INNER),
        ),
        boi=nn.Parameter(torch.zeros(1, 1, HIDDEN)),
        eoi=nn.Parameter(torch.zeros(1, 1, HIDDEN)),
    )
    if family == "cogvlm2":
        mixin.conv = nn.Conv2d(TOWER, TOWER, 2, 2)
    if family == "cogagent":
        mixin.pos_embed = nn.Parameter(torch.zeros(GRID * GRID, TOWER))
    return mixin


def experts(rows, columns, bias=False):
    return nn.ModuleDict({str(i): linear(rows, columns, bias) for i in range(LAYERS)})


def cross_encoder():
    """One rotary module, which every block refers to as well."""
    rope = nn.Module()
    rope.register_buffer("freqs_cos", torch.zeros(4, 4))
    rope.register_buffer("freqs_sin", torch.zeros(4, 4))
    block = named(norm1=nn.LayerNorm(CROSS), attn=named(q_proj=linear(CROSS, CROSS), rope=rope))
    return named(
        vit=named(
            model=named(rope=rope, blocks=nn.ModuleList([block]), cls_token=nn.Parameter(torch.zeros(1, 1, CROSS)))
        ),
        pos_embed=nn.Parameter(torch.zeros(4, CROSS)),
    )


def model(family):
    qkv = 2 * HIDDEN if family == "cogvlm2" else 3 * HIDDEN
    rotary = nn.Module()
    rotary.register_buffer("inv_freq", torch.zeros(HIDDEN // 2 // 2))  # half a head
    mixins = {
        "eva": image_mixin(family),
        "lm": named(lm_head=linear(VOCABULARY, HIDDEN)),
        "mlp": named(
            gate_proj=nn.ModuleList([linear(INNER, HIDDEN) for _ in range(LAYERS)]),
            vision_dense_h_to_4h_list=experts(INNER, HIDDEN),
            vision_dense_4h_to_h_list=experts(HIDDEN, INNER),
            vision_gate_proj=experts(INNER, HIDDEN),
        ),
        "rotary": named(
            rotary_emb=rotary,
            vision_query_key_value_list=experts(qkv, HIDDEN, family == "cogvlm2"),
            vision_dense_list=experts(HIDDEN, HIDDEN),
        ),
    }
    if family == "cogagent":
        mixins["encoder"] = cross_encoder()
    return named(
        transformer=named(
            word_embeddings=nn.Embedding(VOCABULARY, HIDDEN),
            layers=nn.ModuleList([decoder_layer(family, qkv) for _ in range(LAYERS)]),
            final_layernorm=norm(HIDDEN),
        ),
        mixins=nn.ModuleDict(mixins),
    )


def config(family):
    values = {
        "model_class": {"cogvlm": "CogVLMModel", "cogvlm2": "CogVLM2Model", "cogagent": "CogAgentModel"}[family],
        "tokenizer_type": "vicuna-7b-v1.5",
        "text_processor_version": "chat" if family == "cogagent" else "chat_old",
        "num_layers": LAYERS, "hidden_size": HIDDEN, "num_attention_heads": 2, "vocab_size": VOCABULARY,
        "layernorm_order": "pre", "model_parallel_size": 1, "max_sequence_length": 4096, "use_bias": False,
        "inner_hidden_size": INNER, "image_length": GRID * GRID,
        "eva_args": {
            "model_class": "EVA2CLIPModel", "num_layers": TOWER_LAYERS, "hidden_size": TOWER,
            "num_attention_heads": 1, "vocab_size": 1, "layernorm_order": "post", "model_parallel_size": 1,
            "max_sequence_length": GRID * GRID + 1, "inner_hidden_size": TOWER_INNER, "use_final_layernorm": False,
            "layernorm_epsilon": 1e-06, "image_size": [GRID * PATCH, GRID * PATCH], "pre_len": 1, "post_len": 0,
            "in_channels": 3, "patch_size": PATCH,
        },
        "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
    }  # fmt: skip
    if family == "cogvlm2":
        values["num_multi_query_heads"] = 1
    if family == "cogagent":
        values.update(cross_attn_hidden_size=CROSS, cross_hidden_size_per_attention_head=4, cross_image_pix=28)
    return values


def main():
    for family in ("cogvlm", "cogvlm2", "cogagent"):
        folder = FOLDER / family
        (folder / "1").mkdir(parents=True, exist_ok=True)
        state = model(family).state_dict()
        seen = {}
        for name, value in state.items():  # every tensor has a value of its own, its views the same
            key = value.data_ptr()
            seen.setdefault(key, len(seen) + 1)
            value.fill_(seen[key])
        torch.save({"module": state, "iteration": 3, "args": {"lr": 1e-4}}, folder / "1" / "mp_rank_00_model_states.pt")
        (folder / "latest").write_text("1")
        (folder / "model_config.json").write_text(json.dumps(config(family), indent=1) + "\n")
        table = {name: [list(value.shape), value.flatten()[0].item()] for name, value in state.items()}
        (folder / "tensors.json").write_text(json.dumps(table) + "\n")


if __name__ == "__main__":
    main()
