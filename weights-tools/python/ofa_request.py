"""A request to OFA: pixels, greedy and beam answers, and a trace of every named intermediate.

python ofa_request.py --model DIR --image IMG --task refer --prompt "a black cat" --max-new-tokens 8 --out F

Names of a trace are those of tracing.py and: vision.embeddings [P, W] after the first pooling, vision.layers.N
[P', 4 W 2^N] after a stage of the stem, vision.output [N, D] after image_proj; encoder.embeddings, encoder.layers.N and
encoder.output [L, D]; language.* [t, D] and logits [t, V], the decoder over decoder_ids [t]: <s>, the prefix and the
first tokens of the greedy answer, of which generated_ids [n] are all. Rows of the picture in input_ids are <pad>, their
position_ids those of the grid.
"""

import argparse
import dataclasses
import json
import pathlib

import numpy as np
import safetensors.torch
import torch
from PIL import Image
from torch import Tensor

import ofa
import ofa_checkpoint
import ofa_search
import ofa_text
import preprocess
from ofa import OFA, Encoded
from tracing import DTYPES

STEPS = 8  # of the answer whose decoder stages are kept
PARTS = ("bias", "positions")  # how names of tensors end that an engine may never hold


@dataclasses.dataclass(frozen=True)
class Request:
    """``bins``: of the region that tasks about one ask for. ``prefixed``: the answer begins with the question."""

    task: str
    text: str = ""
    bins: tuple[int, ...] | None = None
    prefixed: bool = False

    def ids(self, tokenizer: ofa_text.Tokenizer) -> list[int]:
        return ofa_text.prompt_ids(tokenizer, self.task, self.text, list(self.bins) if self.bins else None)

    def prefix(self, tokenizer: ofa_text.Tokenizer) -> list[int]:
        return self.ids(tokenizer)[1:-1] if self.prefixed else []


def pixel_values(image: Image.Image, side: int) -> Tensor:
    """Any picture -> [3, side, side] f32 in -1..1."""
    rgb = torch.from_numpy(np.array(preprocess.resized(image, side))).permute(2, 0, 1).to(torch.float32) / 255
    return ((rgb - 0.5) / 0.5).contiguous()


@torch.no_grad()
def greedy(model: OFA, encoded: Encoded, prefix: list[int], count: int) -> list[int]:
    """Up to ``count`` ids, </s> included; every step computes its own row only."""
    said = [ofa_text.BOS, *prefix]
    caches = model.decoder.new_caches(encoded)
    generated: list[int] = []
    while len(generated) < count:
        logits = model.decoder(torch.tensor(said + generated), encoded, caches)
        generated.append(int(logits[-1].argmax()))
        if generated[-1] == ofa_text.EOS:
            break
    return generated


@torch.no_grad()
def beam(model: OFA, encoded: Encoded, options: ofa_search.Options) -> ofa_search.Result:
    """Every step computes every hypothesis anew."""

    def step(hypotheses: list[list[int]]) -> Tensor:
        return torch.stack([model.decode(ids, encoded)[-1].log_softmax(-1) for ids in hypotheses])

    return ofa_search.search(step, options)


@dataclasses.dataclass(frozen=True)
class Traced:
    """``stages``: what tracing.py names; ``parts``: biases and positions; ``encoded``: to search with."""

    stages: dict[str, Tensor]
    parts: dict[str, Tensor]
    encoded: Encoded


@torch.no_grad()
def trace(model: OFA, tokenizer: ofa_text.Tokenizer, request: Request, pixels: Tensor, count: int) -> Traced:
    """Tensors by their names, stages in the model's dtype."""
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> None:
        found[name] = value.detach().clone().contiguous()

    words = request.ids(tokenizer)
    encoded = model.encoder(torch.tensor(words), pixels, keep)
    cells = len(found["vision.output"])
    prefix = request.prefix(tokenizer)
    generated = greedy(model, encoded, prefix, count)
    asked = [ofa_text.BOS, *prefix, *generated[: STEPS - 1]]
    model.decode(asked, encoded, keep)
    grid = ofa.image_positions(round(cells**0.5), model.config.image_bucket_size)
    stages = {name: value for name, value in found.items() if not name.endswith(PARTS)}
    stages |= {
        "pixel_values": pixels,
        "input_ids": torch.tensor([ofa_text.PAD] * cells + words),
        "token_type_ids": torch.tensor([ofa.IMAGE] * cells + [ofa.TEXT] * len(words)),
        "position_ids": torch.cat([grid, torch.arange(len(words))]),
        "decoder_ids": torch.tensor(asked),
        "generated_ids": torch.tensor(generated),
    }
    return Traced(stages, {name: value for name, value in found.items() if name.endswith(PARTS)}, encoded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="directory in any layout")
    parser.add_argument("--image", type=pathlib.Path, required=True)
    parser.add_argument("--task", choices=ofa_text.TEMPLATES, default="base")
    parser.add_argument("--prompt", default="")
    parser.add_argument("--bins", type=int, nargs=4, help="the region of tasks about one")
    parser.add_argument("--prefixed", action="store_true", help="the answer begins with the question")
    parser.add_argument("--max-new-tokens", type=int, default=16)
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    told = json.loads((args.model / "config.json").read_text(encoding="utf-8"))
    with Image.open(args.image) as picture:
        pixels = pixel_values(picture, told["patch_image_size"])
    model, tokenizer = ofa_checkpoint.load(args.model, DTYPES[args.dtype]), ofa_text.Tokenizer.read(args.model)
    request = Request(args.task, args.prompt, tuple(args.bins) if args.bins else None, args.prefixed)
    found = trace(model, tokenizer, request, pixels, args.max_new_tokens).stages
    safetensors.torch.save_file(found, args.out)
    print(tokenizer.decode(found["generated_ids"].tolist()))


if __name__ == "__main__":
    main()
