"""One request through the reference, with every named intermediate kept.

Names: pixel_values [3, S, S] f32; vision.embeddings and vision.layers.N [1 + G*G, Dv]; vision.linear_proj.norm1 and
vision.linear_proj [G*G, D]; vision.output [G*G + 2, D]; language.embeddings, language.layers.N and language.norm
[L, D]; logits [L, V] f32; input_ids, token_type_ids and position_ids [L] int64; generated_ids [n] int64.
Layers are the residual stream after the layer. All of it belongs to the prompt; generated_ids is the greedy answer,
ending with EOS where the model says so. Without an image pixel_values and vision.* are absent.
"""

import dataclasses
import json
import pathlib

import torch
from PIL import Image
from torch import Tensor

import checkpoint
import preprocess
import prompt
from cogvlm import CogVLM, rotary_positions

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16, "f64": torch.float64}


@dataclasses.dataclass(frozen=True)
class Request:
    question: str
    template: str = "base"
    history: tuple[tuple[str, str], ...] = ()
    image: pathlib.Path | None = None
    max_new_tokens: int = 0


def read_history(path) -> tuple[tuple[str, str], ...]:
    """JSON [["question", "answer"], ...] -> pairs."""
    turns = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if not all(isinstance(turn, list) and len(turn) == 2 for turn in turns):
        raise ValueError(f'{path}: expected a list of ["question", "answer"] pairs')
    return tuple((asked, answered) for asked, answered in turns)


def run(model: CogVLM, tokenizer, request: Request) -> dict[str, Tensor]:
    """Tensors by the names above, stages in the model's dtype."""
    config = model.config
    text = prompt.render(request.template, request.question, request.history)
    tokens = prompt.sequence(config, prompt.encode(tokenizer, text), with_image=request.image is not None)
    found: dict[str, Tensor] = {}
    pixels = None
    if request.image is not None:
        with Image.open(request.image) as picture:
            pixels = preprocess.pixel_values(picture, config.vision.image_size)[None]
        found["pixel_values"] = pixels[0]

    def keep(name: str, value: Tensor) -> None:
        found[name] = value[0].contiguous().clone()

    generated = model.generate(tokens.ids, tokens.types, pixels, request.max_new_tokens, trace=keep)
    found["input_ids"], found["token_type_ids"] = tokens.ids[0], tokens.types[0]
    found["position_ids"] = rotary_positions(tokens.types)[0]
    if request.max_new_tokens > 0:
        found["generated_ids"] = torch.tensor(generated, dtype=torch.int64)
    return found


def trace(model_directory, tokenizer_path, request: Request, dtype: str) -> dict[str, Tensor]:
    model = checkpoint.load(model_directory, DTYPES[dtype])
    return run(model, prompt.load_tokenizer(tokenizer_path), request)
