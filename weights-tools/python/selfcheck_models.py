"""What the self-checks share: a small model of each family, a request, and its stages by both implementations."""

import dataclasses

import numpy as np
import torch
from torch import Tensor

import compare
import plain
import synthesize
from cogvlm import CogVLM
from cogvlm_config import COGAGENT, COGVLM, COGVLM2, CrossConfig
from synthesize import Shape

_V1 = Shape(hidden=40, heads=2, intermediate=36, layers=2, vision_hidden=42, vision_heads=3, vision_intermediate=32,
            vision_layers=2, image=20, patch=4, vocab=90)  # fmt: skip
_CROSS = CrossConfig(hidden_size=24, compute_hidden_size=12, image_size=18, num_heads=2, patch_size=3, num_blocks=3,
                     mlp_size=22, classes=5)  # fmt: skip
SHAPES = {
    COGVLM: _V1,
    COGVLM2: dataclasses.replace(_V1, hidden=48, heads=6, key_heads=2, image=24),
    COGAGENT: dataclasses.replace(_V1, cross=_CROSS),
}


def build(family: str = COGVLM, dtype: torch.dtype = torch.float64) -> CogVLM:
    config = SHAPES[family].config()
    model = CogVLM(config)
    model.load_state_dict(synthesize.random_weights(config, seed=5))
    return model.to(dtype).eval()


@dataclasses.dataclass(frozen=True)
class Inputs:
    ids: Tensor
    types: Tensor
    pixels: Tensor | None
    cross_pixels: Tensor | None

    def forward(self, model: CogVLM, **keywords) -> Tensor:
        return model(self.ids, self.types, self.pixels, cross_pixels=self.cross_pixels, **keywords)

    def shortened(self, rows: int) -> "Inputs":
        return dataclasses.replace(self, ids=self.ids[:, :rows], types=self.types[:, :rows])


def inputs(family: str = COGVLM, text: int = 9, image: bool = True) -> Inputs:
    generator = torch.Generator().manual_seed(6)
    shape = SHAPES[family]
    rows = shape.config().image_rows if image else 0

    def noise(side: int) -> Tensor:
        return torch.randn(1, 3, side, side, generator=generator, dtype=torch.float64)

    ids = torch.randint(3, shape.vocab, (1, 1 + rows + text), generator=generator)
    types = torch.tensor([[0] + [1] * rows + [0] * text])
    pixels = noise(shape.image) if image else None
    return Inputs(ids, types, pixels, noise(shape.cross.image_size) if image and shape.cross else None)


def traced(model: CogVLM, request: Inputs) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    request.forward(model, trace=lambda name, value: found.__setitem__(name, value[0].clone()))
    return found


def expected_by_plain(model: CogVLM, request: Inputs) -> dict[str, Tensor]:
    """The named stages as plain.py computes them."""
    w = {name: value.double().numpy() for name, value in model.state_dict().items()}
    config = model.config
    stages: dict[str, np.ndarray] = {}
    x = w["model.embed_tokens.weight"][request.ids[0].numpy()].copy()
    if request.pixels is not None:
        vision = config.vision
        seen = plain.encode_image(w, request.pixels[0].numpy(), vision.num_heads, vision.num_hidden_layers)
        x[request.types[0].numpy() == 1] = seen["output"]
        stages |= {f"vision.{name}": value for name, value in seen.items()}
    picture = None
    if request.cross_pixels is not None:
        cross = config.cross
        seen = plain.encode_large_image(w, request.cross_pixels[0].numpy(), cross.num_heads, cross.num_blocks)
        picture = seen["output"]
        stages |= {f"cross.{name}": value for name, value in seen.items()}
    heads, layers = config.num_attention_heads, config.num_hidden_layers
    said = plain.decode(w, x, request.types[0].tolist(), heads, layers, config.rms_norm_eps, picture)
    stages |= {name if name == "logits" else f"language.{name}": value for name, value in said.items()}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in stages.items()}


def agree(actual: dict[str, Tensor], expected: dict[str, Tensor], limit: float) -> None:
    rows = compare.compare(actual, expected, limit)
    bad = [f"{name}: {found}" for name, (good, found) in rows.items() if not good]
    assert rows and not bad, "; ".join(bad)


def noticed(wrong: dict[str, Tensor], right: Tensor) -> None:
    """Each slip other programs are known for must move the stage far beyond the tolerance."""
    for name, value in wrong.items():
        moved = compare.relative_error(value, right)[0]
        assert moved > 1e-4, f"{name} moves the output by {moved:.1e} only"
