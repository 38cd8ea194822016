"""Golden checkpoints, requests and traces of Shikra, by the published code of `transformers`."""

import dataclasses
import os
import pathlib

import safetensors.torch
import torch

import shikra

FOLDER = "shikra"
NEW_TOKENS = 32
MARGIN = 0.02  # best minus second best logit at every greedy step, see trace_goldens.py
BOTH = ("f32", "bf16")
FORMAT = "answer in [x0,y0,x1,y1] format."


@dataclasses.dataclass(frozen=True)
class Golden:
    """A request to trace."""

    question: str
    template: str = "chat"
    history: tuple[tuple[str, str], ...] = ()
    picture: str | None = None
    dtypes: tuple[str, ...] = ("f32",)


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """``legacy``: what tokenizer_config.json says of blanks; None: nothing, which means true."""

    sizes: dict
    seed: int
    stored: torch.dtype
    legacy: bool | None
    requests: dict[str, Golden]


CHECKPOINTS = {
    # Head sizes 20 and 16, 5 x 5 patches, f32; pieces of text keep their leading blank.
    "patch8": Checkpoint(
        shikra.TINY,
        seed=388,
        stored=torch.float32,
        legacy=None,
        requests={
            "locate": Golden(f"Where is the boat <image>? {FORMAT}", picture="still.png", dtypes=BOTH),
            "turns": Golden("And now? <image>", "chat", (("What is it?", "A cup."), ("Why?", "I see one.")), "tall.png"),
            "text_only": Golden("Is </s> a word? 🙂 Say  <unk> or 猫."),
        },
    ),
    # Head sizes 44 and 24, 3 x 3 patches, weights in f16; the blank that nobody wrote is dropped.
    "patch14": Checkpoint(
        {
            "hidden_size": 48, "intermediate_size": 52, "num_hidden_layers": 3, "num_attention_heads": 2,
            "max_position_embeddings": 320, "rms_norm_eps": 1e-5,
            "vision_config": {
                "hidden_size": 44, "intermediate_size": 60, "num_hidden_layers": 2, "num_attention_heads": 1,
                "image_size": 42, "patch_size": 14, "layer_norm_eps": 1e-5, "hidden_act": "quick_gelu",
            },
        },
        seed=4,
        stored=torch.float16,
        legacy=False,
        requests={
            "locate": Golden(f"Where is the white bowl <image>? {FORMAT}", picture="odd.png", dtypes=BOTH),
            "turns": Golden("And now?", "chat", (("Describe <image> please.", "A cup."),), "wide.png"),
            "bare": Golden("What is on the table?", "base", picture="tall.png"),
        },
    ),
}  # fmt: skip


def write(directory: pathlib.Path) -> None:
    """Writes traces/shikra; traces/pictures must be there."""
    torch.set_num_threads(1)
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    cases = [f"{FOLDER}/{name}/{request}" for name, golden in CHECKPOINTS.items() for request in golden.requests]
    shikra.write_json(folder / "cases.json", cases)
    for name, golden in CHECKPOINTS.items():
        _write_checkpoint(directory, folder / name, golden)


def _write_checkpoint(directory: pathlib.Path, folder: pathlib.Path, golden: Checkpoint) -> None:
    stored = folder / "checkpoint"
    shikra.save(*shikra.random_model(golden.sizes, golden.seed), stored, golden.stored, golden.legacy)
    tokens = shikra.Tokens.of(stored)
    for dtype, suffix in (("f32", ""), ("bf16", "_bf16")):
        model = shikra.load(stored, shikra.DTYPES[dtype])
        for name, request in golden.requests.items():
            if dtype not in request.dtypes:
                continue
            (folder / name).mkdir(exist_ok=True)
            image = directory / "pictures" / request.picture if request.picture else None
            bare = request.template == "base"
            found = shikra.trace(model, tokens, request.question, request.history, bare, image, NEW_TOKENS)
            if dtype == "f32":
                _check(model, found, folder / name)
                shikra.write_json(folder / name / "request.json", _request_json(folder / name, request, image))
            safetensors.torch.save_file(found, folder / name / f"trace{suffix}.safetensors")


def _request_json(folder: pathlib.Path, request: Golden, image: pathlib.Path | None) -> dict:
    return {
        "family": FOLDER,
        "checkpoint": "../checkpoint",
        "tokenizer": "../checkpoint/tokenizer.model",
        "image": pathlib.PurePath(os.path.relpath(image, folder)).as_posix() if image else None,
        "template": request.template,
        "prompt": request.question,
        "history": request.history,
        "maxNewTokens": NEW_TOKENS,
        "traces": {dtype: f"trace{'_bf16' if dtype == 'bf16' else ''}.safetensors" for dtype in request.dtypes},
    }


@torch.no_grad()
def _check(model: shikra.Shikra, found: dict[str, torch.Tensor], folder: pathlib.Path) -> None:
    """Without a cache the same tokens, chosen clearly enough for another implementation."""
    generated = found["generated_ids"]
    words = model.text.get_input_embeddings()(generated)
    logits = model.text(inputs_embeds=torch.cat([found["language.embeddings"], words])[None]).logits[0]
    steps = logits[len(found["input_ids"]) - 1 : -1]
    best, second = steps.topk(2).values.unbind(-1)
    if not torch.equal(steps.argmax(-1), generated) or len(generated) != NEW_TOKENS:
        raise ValueError(f"{folder}: {generated.tolist()}; change its question or seed")
    if not (best - second).min() > MARGIN or not len(set(generated.tolist())) > len(generated) // 2:
        raise ValueError(f"{folder}: a close call or a loop in {generated.tolist()}; change its question or seed")
