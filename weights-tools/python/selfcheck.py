"""Checks the reference itself: against plain.py, against its rules, and that the checks would notice usual mistakes.

python selfcheck.py
"""

import random
import sys
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import compare
import evaclip
import plain
import selfcheck_families
import selfcheck_ofa
from cogvlm import CogVLM, RotaryEmbedding, Step, rotary_positions, vision_expert_mask
from cogvlm_config import COGAGENT, FAMILIES
from selfcheck_models import agree, build, expected_by_plain, inputs, noticed, traced

EXACT, SINGLE = 1e-12, 1e-5  # relative error allowed in f64 and in f32


def routing_and_positions() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        types = [rng.choice((0, 1)) for _ in range(rng.randint(1, 12))]
        vision, positions = plain.expert_and_position(types)
        row = torch.tensor([types])
        assert vision_expert_mask(row)[0].tolist() == vision, types
        assert rotary_positions(row)[0].tolist() == positions, types
    published = torch.tensor([[0] + [1] * 1227 + [0] * 40])  # the 490 px model
    assert int(vision_expert_mask(published).sum()) == 1226
    assert rotary_positions(published)[0].tolist() == [0, 1] + [2] * 1225 + list(range(3, 44))


def padding() -> None:
    types = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 0, 0]])
    left = torch.tensor([[True, True] + [False] * 7])
    assert rotary_positions(types, left)[0].tolist() == [0, 0, 1, 2, 3, 3, 4, 5, 6]
    types, right = torch.tensor([[0, 1, 1, 1, 0, 0, 0]]), torch.tensor([[False] * 5 + [True] * 2])
    assert rotary_positions(types, right)[0].tolist() == [0, 1, 2, 3, 4, 4, 4]


def whole_model_with_image() -> None:
    for family in FAMILIES:
        agree(traced(build(family), inputs(family)), expected_by_plain(build(family), inputs(family)), EXACT)


def text_only_is_a_plain_llama() -> None:
    for family in FAMILIES:
        if family != COGAGENT:  # which has no text-only path
            request = inputs(family, text=20, image=False)
            agree(traced(build(family), request), expected_by_plain(build(family), request), EXACT)


def single_precision() -> None:
    for family in FAMILIES:
        request, model = inputs(family), build(family, torch.float32)
        agree(traced(model, request), expected_by_plain(build(family), request), SINGLE)


def chunks_and_decode_equal_prefill() -> None:
    for family in FAMILIES:
        model, request = build(family), inputs(family, text=12)
        ids, types = request.ids, request.types
        text = model.config.image_rows + 1  # the first chunk ends in eoi
        edges = [0, text, text + 5, *range(text + 6, ids.shape[1] + 1)]
        caches, parts = model.new_caches(), []
        for start, end in zip(edges, edges[1:]):
            step = Step.causal(types[:, :end], start)
            pictures = (request.pixels, request.cross_pixels) if start == 0 else (None, None)
            chunk = ids[:, start:end], types[:, start:end], pictures[0]
            parts.append(model(*chunk, step, caches, cross_pixels=pictures[1]))
        agree({"logits": torch.cat(parts, dim=1)}, {"logits": request.forward(model)}, EXACT)


def later_tokens_change_nothing_before() -> None:
    for family in FAMILIES:
        model, request = build(family), inputs(family, text=6)
        end = model.config.image_rows + 1  # after eoi
        short, whole = request.shortened(end).forward(model), request.forward(model)
        agree({"logits": short}, {"logits": whole[:, :end]}, EXACT)


def only_language_rows_use_the_language_expert() -> None:
    for family in FAMILIES:
        model, request = build(family), inputs(family)
        before = traced(model, request)["language.layers.0"]
        with torch.no_grad():
            model.model.layers[0].mlp.language_mlp.down_proj.weight.mul_(1.5)
        changed = (traced(model, request)["language.layers.0"] != before).any(-1)
        rows = torch.arange(len(changed))
        boi_and_patches = rows.ge(1) & rows.lt(model.config.image_rows)
        assert torch.equal(changed, ~boi_and_patches), (family, changed)


def rotary_tables_in_bf16() -> None:
    """At position 1500 the table must be that of 1504, bf16's nearest, with the angle and its cosine rounded too."""
    rotary = RotaryEmbedding(8, base=10000.0).to(torch.bfloat16)
    unit = torch.zeros(1, 1, 1, 8, dtype=torch.bfloat16)
    unit[..., :4] = 1
    turned = rotary(unit, torch.tensor([[1500]]))[0, 0, 0]

    def bf16(x: float) -> float:
        mantissa, exponent = np.frexp(x)
        return float(np.ldexp(np.rint(mantissa * 256), exponent - 8))  # 8 significant bits, ties to even

    angles = [bf16(1504 * bf16(10000.0 ** (-i / 4))) for i in range(4)]
    expected = [bf16(np.cos(a)) for a in angles] + [bf16(np.sin(a)) for a in angles]
    assert turned.tolist() == expected, (turned.tolist(), expected)


def rms_norm_rounds_once() -> None:
    norm = build(dtype=torch.bfloat16).model.norm
    x = torch.randn(50, len(norm.weight), generator=torch.Generator().manual_seed(3)).to(torch.bfloat16)
    unit = x.double() / (x.double().square().mean(-1, keepdim=True) + norm.eps).sqrt()
    once = (unit * norm.weight.double()).to(torch.bfloat16)
    twice = unit.to(torch.bfloat16) * norm.weight
    assert torch.equal(norm(x), once) and not torch.equal(once, twice)


def usual_mistakes_are_noticed() -> None:
    right = traced(build(), inputs())["vision.output"]

    def output(change: Callable[[CogVLM], None]) -> Tensor:
        model = build()
        with torch.no_grad():
            change(model)
            return traced(model, inputs())["vision.output"]

    def shift_table(model: CogVLM) -> None:  # CLS last, table unchanged
        table = model.model.vision.patch_embedding.position_embedding.weight
        table.copy_(table.roll(1, dims=0))

    def transpose_patches(model: CogVLM) -> None:
        kernel = model.model.vision.patch_embedding.proj.weight
        kernel.copy_(kernel.transpose(2, 3).clone())

    def norm_before(model: CogVLM) -> None:
        def forward(self, x: Tensor) -> Tensor:
            x = x + self.attention(self.input_layernorm(x))
            return x + self.mlp(self.post_attention_layernorm(x))

        for layer in model.model.vision.transformer.layers:
            layer.forward = forward.__get__(layer)

    def other_gelu(gelu: Callable[[Tensor], Tensor]) -> Tensor:
        exact, evaclip.F.gelu = F.gelu, gelu
        try:
            return output(lambda model: None)
        finally:
            evaclip.F.gelu = exact

    exact_gelu = F.gelu
    wrong = {
        "shifted position table": output(shift_table),
        "transposed patch": output(transpose_patches),
        "norm before the branch": output(norm_before),
        "tanh GELU": other_gelu(lambda x: exact_gelu(x, approximate="tanh")),
        "quick GELU": other_gelu(lambda x: x * torch.sigmoid(1.702 * x)),
    }
    noticed(wrong, right)


def nan_is_never_agreement() -> None:
    good, broken = torch.ones(3), torch.tensor([1.0, float("nan"), 1.0])
    for actual, expected in ((broken, good), (good, broken), (broken, broken)):
        assert not compare.verdict(actual, expected, limit=1e9)[0]
    assert not compare.verdict(None, good, limit=1e9)[0]


CHECKS = [
    routing_and_positions,
    padding,
    whole_model_with_image,
    text_only_is_a_plain_llama,
    single_precision,
    chunks_and_decode_equal_prefill,
    later_tokens_change_nothing_before,
    only_language_rows_use_the_language_expert,
    rotary_tables_in_bf16,
    rms_norm_rounds_once,
    usual_mistakes_are_noticed,
    nan_is_never_agreement,
    *selfcheck_families.CHECKS,
    *selfcheck_ofa.CHECKS,
]


def main() -> None:
    failed = 0
    for check in CHECKS:
        try:
            with torch.no_grad():
                check()
            print(f"ok    {check.__name__}")
        except AssertionError as problem:
            failed += 1
            print(f"FAIL  {check.__name__}: {problem}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
