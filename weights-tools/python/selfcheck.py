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
import synthesize
from cogvlm import CogVLM, RotaryEmbedding, Step, rotary_positions, vision_expert_mask
from synthesize import Shape

SHAPE = Shape(hidden=40, heads=2, intermediate=36, layers=2, vision_hidden=42, vision_heads=3, vision_intermediate=32,
              vision_layers=2, image=20, patch=4, vocab=90)  # fmt: skip
IMAGE_ROWS = (SHAPE.image // SHAPE.patch) ** 2 + 2
EXACT, SINGLE = 1e-12, 1e-5  # relative error allowed in f64 and in f32


def build(dtype: torch.dtype = torch.float64) -> CogVLM:
    model = CogVLM(SHAPE.config())
    model.load_state_dict(synthesize.random_weights(SHAPE.config(), seed=5))
    return model.to(dtype).eval()


def inputs(text: int = 9, image: bool = True) -> tuple[Tensor, Tensor, Tensor | None]:
    generator = torch.Generator().manual_seed(6)
    rows = IMAGE_ROWS if image else 0
    ids = torch.randint(3, SHAPE.vocab, (1, 1 + rows + text), generator=generator)
    types = torch.tensor([[0] + [1] * rows + [0] * text])
    pixels = torch.randn(1, 3, SHAPE.image, SHAPE.image, generator=generator, dtype=torch.float64) if image else None
    return ids, types, pixels


def traced(model: CogVLM, ids: Tensor, types: Tensor, pixels: Tensor | None, **keywords) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    model(ids, types, pixels, trace=lambda name, value: found.__setitem__(name, value[0].clone()), **keywords)
    return found


def expected_by_plain(model: CogVLM, ids: Tensor, types: Tensor, pixels: Tensor | None) -> dict[str, Tensor]:
    """The named stages as plain.py computes them."""
    w = {name: value.double().numpy() for name, value in model.state_dict().items()}
    stages = {}
    x = w["model.embed_tokens.weight"][ids[0].numpy()].copy()
    if pixels is not None:
        seen = plain.encode_image(w, pixels[0].numpy(), SHAPE.vision_heads, SHAPE.patch, SHAPE.vision_layers)
        x[types[0].numpy() == 1] = seen["output"]
        names = {str(i): f"vision.layers.{i}" for i in range(SHAPE.vision_layers)}
        names |= {"embeddings": "vision.embeddings", "output": "vision.output"}
        stages |= {names[key]: value for key, value in seen.items()}
    said = plain.decode(w, x, types[0].tolist(), SHAPE.heads, SHAPE.layers, model.config.rms_norm_eps)
    names = {str(i): f"language.layers.{i}" for i in range(SHAPE.layers)}
    names |= {"norm": "language.norm", "logits": "logits"}
    stages |= {names[key]: value for key, value in said.items()}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in stages.items()}


def agree(actual: dict[str, Tensor], expected: dict[str, Tensor], limit: float) -> None:
    rows = compare.compare(actual, expected, limit)
    bad = [f"{name}: {found}" for name, (good, found) in rows.items() if not good]
    assert rows and not bad, "; ".join(bad)


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
    request = inputs()
    agree(traced(build(), *request), expected_by_plain(build(), *request), EXACT)


def text_only_is_a_plain_llama() -> None:
    request = inputs(text=20, image=False)
    agree(traced(build(), *request), expected_by_plain(build(), *request), EXACT)


def single_precision() -> None:
    ids, types, pixels = inputs()
    model = build(torch.float32)
    agree(traced(model, ids, types, pixels), expected_by_plain(build(), ids, types, pixels), SINGLE)


def chunks_and_decode_equal_prefill() -> None:
    model = build()
    ids, types, pixels = inputs(text=12)
    whole = model(ids, types, pixels)
    edges = [0, IMAGE_ROWS + 1, IMAGE_ROWS + 6, *range(IMAGE_ROWS + 7, ids.shape[1] + 1)]  # the first chunk ends in eoi
    caches, parts = model.new_caches(), []
    for start, end in zip(edges, edges[1:]):
        step = Step.causal(types[:, :end], start)
        image = pixels if start == 0 else None
        parts.append(model(ids[:, start:end], types[:, start:end], image, step, caches))
    agree({"logits": torch.cat(parts, dim=1)}, {"logits": whole}, EXACT)


def later_tokens_change_nothing_before() -> None:
    model = build()
    ids, types, pixels = inputs(text=6)
    end = IMAGE_ROWS + 1  # after eoi
    short, whole = model(ids[:, :end], types[:, :end], pixels), model(ids, types, pixels)
    agree({"logits": short}, {"logits": whole[:, :end]}, EXACT)


def only_language_rows_use_the_language_expert() -> None:
    ids, types, pixels = inputs()
    model = build()
    before = traced(model, ids, types, pixels)["language.layers.0"]
    with torch.no_grad():
        model.model.layers[0].mlp.language_mlp.down_proj.weight.mul_(1.5)
    changed = (traced(model, ids, types, pixels)["language.layers.0"] != before).any(-1)
    boi_and_patches = torch.arange(len(changed)).sub(1).lt(IMAGE_ROWS - 1) & torch.arange(len(changed)).ge(1)
    assert torch.equal(changed, ~boi_and_patches), changed


def rotary_tables_in_bf16() -> None:
    """At position 1500 the table must be that of 1504, bf16's nearest, with the angle and its cosine rounded too."""
    rotary = RotaryEmbedding(8).to(torch.bfloat16)
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
    model = build(torch.bfloat16)
    norm = model.model.norm
    x = torch.randn(50, SHAPE.hidden, generator=torch.Generator().manual_seed(3)).to(torch.bfloat16)
    unit = x.double() / (x.double().square().mean(-1, keepdim=True) + norm.eps).sqrt()
    once = (unit * norm.weight.double()).to(torch.bfloat16)
    twice = unit.to(torch.bfloat16) * norm.weight
    assert torch.equal(norm(x), once) and not torch.equal(once, twice)


def usual_mistakes_are_noticed() -> None:
    """Each slip other programs are known for must move the image rows far beyond the tolerance."""
    ids, types, pixels = inputs()
    right = traced(build(), ids, types, pixels)["vision.output"]

    def output(change: Callable[[CogVLM], None]) -> Tensor:
        model = build()
        with torch.no_grad():
            change(model)
            return traced(model, ids, types, pixels)["vision.output"]

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
    for name, value in wrong.items():
        moved = compare.relative_error(value, right)[0]
        assert moved > 1e-4, f"{name} moves the output by {moved:.1e} only"


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
