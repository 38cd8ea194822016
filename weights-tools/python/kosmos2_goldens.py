"""Golden checkpoints, requests and traces of Kosmos-2, by the published code of `transformers`."""

import dataclasses
import json
import os
import pathlib

import safetensors.torch
import tokenizers
import torch

import kosmos2
import tiny_unigram

FOLDER = "kosmos2"
TOKENIZER = "text/unigram/tiny.json.gz"  # beside traces/, the one of the tokenizer goldens
NEW_TOKENS = 32
MARGIN = 0.02  # best minus second best logit at every greedy step, see trace_goldens.py
BOTH = ("f32", "bf16")


@dataclasses.dataclass(frozen=True)
class Golden:
    """A request to trace: ``text`` is the whole of it, ``question`` and ``template`` what the engine is asked."""

    question: str
    template: str = "base"
    picture: str | None = None
    dtypes: tuple[str, ...] = ("f32",)

    def text(self) -> str:
        return self.question if self.template == "base" else f"Question: {self.question} Answer:"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    sizes: dict
    seed: int
    stored: torch.dtype
    requests: dict[str, Golden]


CHECKPOINTS = {
    # Head sizes 20 and 16, 5 x 5 patches, f32.
    "patch8": Checkpoint(
        kosmos2.TINY,
        seed=19,
        stored=torch.float32,
        requests={
            "caption": Golden("<grounding> An image of", picture="still.png", dtypes=BOTH),
            "question": Golden("What is it, a boat?", "chat", "tall.png"),
            "text_only": Golden("The license is <phrase> a text</phrase>"),
        },
    ),
    # Head sizes 44 and 24, 3 x 3 patches, more queries than tokens, weights in bf16.
    "queries12": Checkpoint(
        {
            "text_config": {
                "embed_dim": 48, "layers": 3, "ffn_dim": 52, "attention_heads": 2, "max_position_embeddings": 256,
            },
            "vision_config": {
                "hidden_size": 44, "intermediate_size": 60, "num_hidden_layers": 3, "num_attention_heads": 1,
                "image_size": 42, "patch_size": 14,
            },
            "latent_query_num": 12,
        },
        seed=8,
        stored=torch.bfloat16,
        requests={
            "phrase": Golden("<grounding><phrase> the bowl</phrase>", picture="wide.png", dtypes=BOTH),
        },
    ),
}  # fmt: skip


def write(directory: pathlib.Path) -> None:
    """Writes traces/kosmos2; traces/pictures must be there."""
    torch.set_num_threads(1)
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    tokenizer = tiny_unigram.convert(tiny_unigram.train(), {})
    cases = [f"{FOLDER}/{name}/{request}" for name, golden in CHECKPOINTS.items() for request in golden.requests]
    _write_json(folder / "cases.json", cases)
    for name, golden in CHECKPOINTS.items():
        _write_checkpoint(directory, folder / name, golden, tokenizer)


def _write_checkpoint(
    directory: pathlib.Path, folder: pathlib.Path, golden: Checkpoint, tokenizer: tokenizers.Tokenizer
) -> None:
    text = {**golden.sizes["text_config"], "vocab_size": tokenizer.get_vocab_size()}
    kosmos2.save(
        kosmos2.random_model({**golden.sizes, "text_config": text}, golden.seed), folder / "checkpoint", golden.stored
    )
    for dtype, suffix in (("f32", ""), ("bf16", "_bf16")):
        model = kosmos2.load(folder / "checkpoint", kosmos2.DTYPES[dtype])
        for name, request in golden.requests.items():
            if dtype not in request.dtypes:
                continue
            (folder / name).mkdir(exist_ok=True)
            image = directory / "pictures" / request.picture if request.picture else None
            found = kosmos2.trace(model, tokenizer, request.text(), image, NEW_TOKENS)
            if dtype == "f32":
                _check(model, found, folder / name)
                _write_json(folder / name / "request.json", _request_json(directory, folder / name, request, image))
            safetensors.torch.save_file(found, folder / name / f"trace{suffix}.safetensors")


def _request_json(directory: pathlib.Path, folder: pathlib.Path, request: Golden, image: pathlib.Path | None) -> dict:
    def seen_from_folder(path: pathlib.Path) -> str:
        return pathlib.PurePath(os.path.relpath(path, folder)).as_posix()

    return {
        "family": FOLDER,
        "checkpoint": "../checkpoint",
        "tokenizer": seen_from_folder(directory.parent / TOKENIZER),
        "image": seen_from_folder(image) if image else None,
        "template": request.template,
        "prompt": request.question,
        "history": [],
        "maxNewTokens": NEW_TOKENS,
        "traces": {dtype: f"trace{'_bf16' if dtype == 'bf16' else ''}.safetensors" for dtype in request.dtypes},
    }


@torch.no_grad()
def _check(model, found: dict[str, torch.Tensor], folder: pathlib.Path) -> None:
    """Greedy choices must be clear enough for another implementation, n-grams that may not come again aside."""
    ids, generated = found["input_ids"].tolist(), found["generated_ids"].tolist()
    inputs = {"input_ids": torch.tensor([ids + generated])}
    if "pixel_values" in found:
        inputs["pixel_values"] = found["pixel_values"][None]
        inputs["image_embeds_position_mask"] = torch.tensor([found["token_type_ids"].tolist() + [0] * len(generated)])
    logits = kosmos2.answering(model, inputs)(**inputs).logits[0].float()
    for step, chosen in enumerate(generated):
        said = ids + generated[:step]
        scores = logits[len(said) - 1].clone()
        for at in range(len(said) - kosmos2.NO_REPEAT + 1):
            if said[at : at + kosmos2.NO_REPEAT - 1] == said[1 - kosmos2.NO_REPEAT :]:
                scores[said[at + kosmos2.NO_REPEAT - 1]] = -torch.inf
        best, second = scores.topk(2).values
        if int(scores.argmax()) != chosen or not best - second > MARGIN:
            raise ValueError(f"{folder}: a close call at {step} of {generated}; change its question or seed")


def _write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
