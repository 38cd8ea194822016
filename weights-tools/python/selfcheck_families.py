"""Checks of what CogVLM2 and CogAgent add (published sizes, what one could build wrongly) and of other file formats."""

import dataclasses
import math
import pathlib
import tempfile
from typing import Callable

import numpy as np
import torch
from torch import Tensor

import checkpoint
import compressed_tensors
import prompt
import synthesize
import torch_fixtures
from cogvlm import CogVLM
from cogvlm_config import COGAGENT, COGVLM, COGVLM2, FAMILIES, CogVLMConfig, CrossConfig, VisionConfig
from eva02 import RotaryTable
from selfcheck_models import SHAPES, agree, build, inputs, noticed, traced


def published() -> dict[str, CogVLMConfig]:
    def vision(side: int) -> VisionConfig:
        return VisionConfig(1792, 15360, 63, 16, side, 14, (side // 14) ** 2 + 1)

    v1 = CogVLMConfig(4096, 11008, 32, 32, 32000, vision(490))
    return {
        "v1-224": dataclasses.replace(v1, vision=vision(224)),
        "v1-490": v1,
        "CogVLM2": CogVLMConfig(4096, 14336, 32, 32, 128256, vision(1344), num_multi_query_heads=8),
        "CogAgent": dataclasses.replace(v1, vision=vision(224), cross=CrossConfig(1024, 1024, 1120)),
    }


def published_sizes() -> None:
    """Numbers of tensors and bytes of the published checkpoints: bf16, CogAgent's rotary tables f32."""
    expected = {"v1-224": (1187, 35_275_901_952), "v1-490": (1187, 35_279_374_848),
                "CogVLM2": (1221, 39_006_214_656), "CogAgent": (1831, 36_585_351_552)}  # fmt: skip
    for name, config in published().items():
        with torch.device("meta"):
            state = CogVLM(config).state_dict()
        wide = (".inv_freq", ".freqs_cos", ".freqs_sin") if name == "CogAgent" else ()
        total = sum(value.numel() * (4 if wide and key.endswith(wide) else 2) for key, value in state.items())
        assert (len(state), total) == expected[name], (name, len(state), total)


def published_image_rows() -> None:
    rows = {name: config.image_rows for name, config in published().items()}
    assert rows == {"v1-224": 258, "v1-490": 1227, "CogVLM2": 2306, "CogAgent": 258}, rows


def rotary_table_by_the_formula() -> None:
    """Every entry of the published size's table in f64: row r, column c, pair m turn by 10000^(-m/16) r/80*16 or c."""
    table = RotaryTable(64, 80)
    expected = np.empty((6400, 64))
    for r in range(80):
        for c in range(80):
            for pair in range(32):
                place, m = (r, pair) if pair < 16 else (c, pair - 16)
                expected[r * 80 + c, 2 * pair : 2 * pair + 2] = place / 80 * 16 * 10000.0 ** (-m / 16)
    for values, function in ((table.freqs_cos, np.cos), (table.freqs_sin, np.sin)):
        error = np.abs(values.double().numpy() - function(expected)).max()
        assert error < 3e-6, error


def prompts_of_cogagent() -> None:
    turns = [("a", "b"), ("c", "d")]
    expected = {
        "base": "q",
        "chat": " [INST] a [/INST] b [INST] c [/INST] d [INST] q [/INST] ",
        "chat_old": "Question: a Answer: b\nQuestion: c Answer: d\nQuestion: q Answer:",
        "vqa": "Question: q Short answer:",
    }
    for template, text in expected.items():
        assert prompt.render(template, "q", turns, COGAGENT) == text, template
    assert prompt.render("chat", "q", turns, COGVLM2) == expected["chat_old"]
    assert prompt.render("chat", "q", (), COGAGENT) == " [INST] q [/INST] "


def changed(family: str, stage: str, change: Callable[[CogVLM], None]) -> Tensor:
    model = build(family)
    with torch.no_grad():
        change(model)
        return traced(model, inputs(family))[stage]


def mistakes_with_shared_key_heads_are_noticed() -> None:
    def interleaved(model: CogVLM) -> None:  # query head h reads key head h % K instead of h // (H / K)
        heads, shared, size = 6, 2, model.config.head_size
        order = torch.tensor([h % (heads // shared) * shared + h // (heads // shared) for h in range(heads)])
        rows = (order[:, None] * size + torch.arange(size)).flatten()
        for layer in model.model.layers:
            for expert in ("vision", "language"):
                qkv = getattr(layer.self_attn, f"{expert}_expert_query_key_value")
                dense = getattr(layer.self_attn, f"{expert}_expert_dense").weight
                qkv.weight[: heads * size] = qkv.weight[: heads * size][rows]
                if qkv.bias is not None:
                    qkv.bias[: heads * size] = qkv.bias[: heads * size][rows]
                dense.copy_(dense[:, rows])

    def no_bias(model: CogVLM) -> None:
        for layer in model.model.layers:
            layer.self_attn.vision_expert_query_key_value.bias.zero_()

    def base_of_v1(model: CogVLM) -> None:
        for layer in model.model.layers:
            rotary = layer.self_attn.rotary_emb
            rotary.inv_freq.copy_(rotary.frequencies(model.config.head_size, 10000.0))

    def transposed_conv(model: CogVLM) -> None:
        kernel = model.model.vision.conv.weight
        kernel.copy_(kernel.transpose(2, 3).clone())

    slips = (interleaved, no_bias, base_of_v1, transposed_conv)
    right = changed(COGVLM2, "logits", lambda model: None)
    noticed({slip.__name__: changed(COGVLM2, "logits", slip) for slip in slips}, right)


def mistakes_in_the_high_resolution_tower_are_noticed() -> None:
    def all_blocks(model: CogVLM) -> None:  # the last one too
        blocks = model.model.cross_vision.vit["model"].blocks
        blocks.append(blocks[-1])

    def columns_before_rows(model: CogVLM) -> None:
        rope = model.model.cross_vision.vit["model"].rope
        for table in (rope.freqs_cos, rope.freqs_sin):
            table.copy_(table.roll(table.shape[1] // 2, dims=1))

    def no_inner_norm(model: CogVLM) -> None:
        for block in model.model.cross_vision.vit["model"].blocks:
            block.attn.inner_attn_ln = torch.nn.Identity()
            block.mlp.ffn_ln = torch.nn.Identity()

    def no_cross_norm(model: CogVLM) -> None:
        for layer in model.model.layers:
            layer.post_cross_attention_layernorm = torch.nn.Identity()

    def keys_and_values_swapped(model: CogVLM) -> None:
        for layer in model.model.layers:
            weight = layer.cross_attn.key_value.weight
            weight.copy_(weight.roll(len(weight) // 2, dims=0))

    slips = (all_blocks, columns_before_rows, no_inner_norm, no_cross_norm, keys_and_values_swapped)
    right = changed(COGAGENT, "logits", lambda model: None)
    noticed({slip.__name__: changed(COGAGENT, "logits", slip) for slip in slips}, right)


def unused_parts_are_unused() -> None:
    def spoil(model: CogVLM) -> None:
        tower = model.model.cross_vision.vit["model"]
        for part in (tower.blocks[-1], tower.norm, tower.head):
            for parameter in part.parameters():
                parameter.fill_(math.nan)

    assert torch.equal(changed(COGAGENT, "logits", spoil), changed(COGAGENT, "logits", lambda model: None))


def quantised_weights_by_hand() -> None:
    words = torch.tensor([[0x76543210, -0x01234568], [-1, 0]], dtype=torch.int32)  # the second is 0xFEDCBA98
    scale = torch.tensor([[0.5, 2.0], [1.0, 0.25]], dtype=torch.bfloat16)
    packed = {"a.weight_packed": words, "a.weight_scale": scale, "a.weight_shape": torch.tensor([2, 16])}
    whole = {"b.weight": torch.tensor([[-128, 127], [3, 0]], dtype=torch.int8), "b.weight_scale": torch.ones(2, 1) / 2}
    small = {"c.weight": torch.tensor([[448.0, -1.75]]).to(torch.float8_e4m3fn), "c.weight_scale": torch.ones(1, 1) * 4}
    found = compressed_tensors.dequantised({**packed, **whole, **small, "d.weight": torch.ones(1)})
    a = [[(n - 8) * 0.5 for n in range(8)] + [n * 2.0 for n in range(8)], [7.0] * 8 + [-2.0] * 8]
    expected = {"a.weight": a, "b.weight": [[-64.0, 63.5], [1.5, 0.0]], "c.weight": [[1792.0, -7.0]], "d.weight": [1.0]}
    assert {name: value.tolist() for name, value in found.items()} == expected, found


def packed_by_loops(values: np.ndarray) -> Tensor:
    """Whole numbers -8..7 [N, K] -> I32 [N, ceil(K / 8)], one nibble after the other."""
    words = np.zeros((len(values), -(-values.shape[1] // 8)), np.uint32)
    for row, column in np.ndindex(values.shape):
        words[row, column // 8] |= np.uint32(int(values[row, column]) + 8 << column % 8 * 4)
    return torch.from_numpy(words.view(np.int32))


def quantised_directory_is_read() -> None:
    """Decoder weights in groups of 4 in four bits, the rest of the linear layers in eight, of all families."""
    rng = np.random.default_rng(2)
    for family in FAMILIES:
        config, model = SHAPES[family].config(), build(family, torch.float32)
        stored, widened = {}, model.state_dict()
        for name, value in widened.items():
            layer, _, kind = name.rpartition(".")
            if kind != "weight" or value.ndim != 2 or "embed" in name:
                stored[name] = value
                continue
            bits, group = (4, 4) if "layers" in name and "vision.transformer" not in name else (8, value.shape[1])
            whole = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), value.shape)
            scale = rng.uniform(0.01, 0.02, (len(whole), value.shape[1] // group)).astype(np.float32)
            widened[name] = torch.from_numpy((whole * np.repeat(scale, group, axis=1)).astype(np.float32))
            stored[f"{layer}.weight_scale"] = torch.from_numpy(scale)
            if bits == 4:
                stored[f"{layer}.weight_packed"] = packed_by_loops(whole)
                stored[f"{layer}.weight_shape"] = torch.tensor(whole.shape)
            else:
                stored[name] = torch.from_numpy(whole.astype(np.int8))
        with tempfile.TemporaryDirectory() as directory:
            checkpoint.save(directory, synthesize.config_json(config, "f32"), stored)
            found = checkpoint.load(directory)
        model.load_state_dict(widened)
        agree(traced(found, inputs(family)), traced(model, inputs(family)), limit=0)


def pytorch_files_hold_the_same_weights() -> None:
    config, state = SHAPES[COGVLM].config(), build(COGVLM, torch.bfloat16).state_dict()
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory)
        torch_fixtures.write_bin(folder / "bin", state, shards=3)
        torch_fixtures.write_sat(folder / "sat", config, state)
        shards = [torch.load(path, weights_only=True) for path in sorted((folder / "bin").glob("*.bin"))]
        sat = torch.load(folder / "sat/1/mp_rank_00_model_states.pt", weights_only=True)["module"]
    found = {name: value for shard in shards for name, value in shard.items()}
    assert len(shards) == 3 and found.keys() == state.keys() and all(torch.equal(found[n], state[n]) for n in state)
    assert all(torch.equal(sat[torch_fixtures.sat_name(name)], value) for name, value in state.items())
    assert len(sat) == len(state) - (config.num_hidden_layers - 1)  # one inv_freq for all layers


CHECKS = [
    published_sizes,
    published_image_rows,
    rotary_table_by_the_formula,
    prompts_of_cogagent,
    mistakes_with_shared_key_heads_are_noticed,
    mistakes_in_the_high_resolution_tower_are_noticed,
    unused_parts_are_unused,
    quantised_weights_by_hand,
    quantised_directory_is_read,
    pytorch_files_hold_the_same_weights,
]
