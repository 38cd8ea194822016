"""One request through the reference, with every named intermediate kept.

Names: pixel_values [3, S, S] f32; vision.embeddings and vision.layers.N [1 + G*G, Dv]; vision.linear_proj.norm1 and
vision.linear_proj [P, D]; vision.output [P + 2, D]; language.embeddings, language.layers.N and language.norm
[L, D]; logits [L, V] f32; input_ids, token_type_ids and position_ids [L] int64; generated_ids [n] int64.
P is G*G. In CogVLM2 it is G/2*G/2, after vision.conv [P, Dv]. CogAgent has vision.pos_embed [P, Dv], after that table
was added, and from the larger cross.pixel_values [3, S', S'] f32 the stages cross.embeddings and cross.layers.N
[1 + P', C] and cross.output [P', C], after the second position table.
Layers are the residual stream after the layer. All of it belongs to the prompt; generated_ids is the greedy answer,
ending with EOS where the model says so. Without an image pixel_values, vision.* and cross.* are absent.
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


def batch_of_one(tensors: dict[str, Tensor], name: str) -> Tensor | None:
    return tensors[name][None] if name in tensors else None


def run(model: CogVLM, tokenizer: prompt.Tokenizer, request: Request) -> dict[str, Tensor]:
    """Tensors by the names above, stages in the model's dtype."""
    config = model.config
    text = prompt.render(request.template, request.question, request.history, config.family)
    tokens = prompt.sequence(config, prompt.encode(tokenizer, text), with_image=request.image is not None)
    found: dict[str, Tensor] = {}
    if request.image is not None:
        with Image.open(request.image) as picture:
            found["pixel_values"] = preprocess.pixel_values(picture, config.vision.image_size)
            if config.cross is not None:
                found["cross.pixel_values"] = preprocess.pixel_values(picture, config.cross.image_size)
    elif config.cross is not None:
        raise ValueError("CogAgent answers about a picture only: every layer of it attends to one")
    pixels, cross_pixels = (batch_of_one(found, name) for name in ("pixel_values", "cross.pixel_values"))

    def keep(name: str, value: Tensor) -> None:
        found[name] = value[0].contiguous().clone()

    count = request.max_new_tokens
    generated = model.generate(tokens.ids, tokens.types, pixels, count, trace=keep, cross_pixels=cross_pixels)
    found["input_ids"], found["token_type_ids"] = tokens.ids[0], tokens.types[0]
    found["position_ids"] = rotary_positions(tokens.types)[0]
    if request.max_new_tokens > 0:
        found["generated_ids"] = torch.tensor(generated, dtype=torch.int64)
    return found


def trace(model_directory, tokenizer_path, request: Request, dtype: str) -> dict[str, Tensor]:
    model = checkpoint.load(model_directory, DTYPES[dtype])
    return run(model, prompt.load_tokenizer(tokenizer_path), request)
