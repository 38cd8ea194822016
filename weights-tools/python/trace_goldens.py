"""Golden checkpoints, requests and traces: what the engine's model tests are compared with."""

import dataclasses
import json
import os
import pathlib

import safetensors.torch
import torch

import checkpoint
import compressed_tensors
import kosmos2_goldens
import ofa_goldens
import pictures
import prompt
import qwen_vl_goldens
import shikra_goldens
import synthesize
import tiny_bpe
import tiny_tokenizer
import tracing
from cogvlm import CogVLM
from cogvlm_config import COGVLM, COGVLM2, FAMILIES, CrossConfig
from synthesize import Shape

NEW_TOKENS = 32
MARGIN = 0.02  # best minus second best logit at every greedy step; an engine within 1e-4 cannot choose otherwise
PICTURES = {"still.png": (120, 96), "wide.png": (230, 60), "tall.png": (50, 131), "odd.png": (61, 88)}  # name: width, height


@dataclasses.dataclass(frozen=True)
class Golden:
    """A request to trace. ``rows`` is the length of its sequence where that is the point of it."""

    question: str
    template: str = "base"
    history: tuple[tuple[str, str], ...] = ()
    picture: str | None = None
    rows: int | None = None
    stops: int | None = None  # the id with which the model ends the answer itself, before NEW_TOKENS
    dtypes: tuple[str, ...] = ("f32",)


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    shape: Shape
    seed: int
    requests: dict[str, Golden]
    stored: str = "bf16"
    shard_bytes: int | None = None
    inv_freq: bool = True
    quantised: dict[str, str] | None = None  # pattern of a layer's name: form, see compressed_tensors.quantised


TURNS = (("What is this?", "a red box"), ("And here?", "a ball."))
ONE_TURN = (("Who?", "a cat"),)
BOTH = ("f32", "bf16")
LONG = (
    "A long question crosses the pages of the cache. First, count the cups on the table [[011,502,240,733]]. "
    "Then say what color the bicycle is, who holds the umbrella, and whether the old boat on the lake is open or "
    "closed."
)
CUPS = "Where is the small bowl of fruit, and how many white cups are on the"  # its length is the point

BICYCLE = "What color is the bicycle that leans against the wall?"
TASK = 'What steps do I need to take to "open the door"?(with grounding)'

CHECKPOINTS = {
    # Head size of the published encoder (112) on both sides, two heads in the encoder.
    "head112": Checkpoint(
        Shape(hidden=112, heads=1, intermediate=48, layers=2, vision_hidden=224, vision_heads=2,
              vision_intermediate=40, vision_layers=2, image=28, patch=7),
        seed=19,
        requests={
            "caption": Golden("Describe the image.", picture="still.png", dtypes=BOTH),
            "chat_turns": Golden("What is behind it?", "chat", TURNS, "tall.png"),
            "text_only": Golden("Is </s> a word? 🙂\n Say  <unk> or 猫.", "chat"),
        },
    ),
    # Head sizes 64 and 128 (the published decoder's), odd grid, the published patch size, f16 weights, no inv_freq.
    "head64_128": Checkpoint(
        Shape(hidden=128, heads=1, intermediate=56, layers=2, vision_hidden=64, vision_heads=1,
              vision_intermediate=72, vision_layers=2, image=70, patch=14),
        seed=12,
        stored="f16",
        inv_freq=False,
        requests={
            "vqa": Golden("How many birds are in the tree?", "vqa", picture="still.png"),
            "text_turns": Golden("Why?", "vqa", TURNS),
        },
    ),
    # Head sizes 24 and 40, shards, a very wide picture.
    "wide_bf16": Checkpoint(
        Shape(hidden=80, heads=2, intermediate=68, layers=2, vision_hidden=72, vision_heads=3,
              vision_intermediate=60, vision_layers=3, image=56, patch=14),
        seed=12,
        shard_bytes=250_000,
        requests={
            "base": Golden("Where is the boat? Answer in [[x0,y0,x1,y1]] format.", picture="wide.png", dtypes=BOTH),
            "chat": Golden("What is on the left?", "chat", TURNS[:1], "wide.png"),
            "text_only": Golden("x = 3.14; 100% of café", dtypes=BOTH),
        },
    ),
    # Head sizes 20 and 16, small patches, three decoder layers, f32 weights; sequences around 64-slot cache pages.
    "patch8": Checkpoint(
        Shape(hidden=48, heads=3, intermediate=40, layers=3, vision_hidden=40, vision_heads=2,
              vision_intermediate=36, vision_layers=2, image=40, patch=8),
        seed=14,
        stored="f32",
        requests={
            "exact_page": Golden(CUPS + " ", picture="still.png", rows=64),
            "page_edge": Golden(CUPS, picture="tall.png", rows=63),
            "long_text": Golden(LONG, "chat", picture="wide.png"),
            "empty_text": Golden("", picture="still.png", rows=28),
            "stops": Golden("Nobody is sitting on the bench in front of the fountain.", picture="tall.png", stops=2),
        },
    ),
    # Every quantised form, the two experts of a layer in different ones.
    "quantised": Checkpoint(
        Shape(hidden=64, heads=2, intermediate=96, layers=2, vision_hidden=64, vision_heads=2,
              vision_intermediate=96, vision_layers=2, image=28, patch=7),
        seed=7,
        quantised={
            r"language_(expert|mlp)": "int4-32",
            r"vision_(expert|mlp)": "int8",
            r"vision\.transformer\..*(attention|fc1)": "fp8",
            r"vision\.transformer\..*fc2": "int8",
            r"linear_proj\.dense_4h": "int4-96",
            r"linear_proj\.(dense_h|gate|linear)": "int4-64",
            r"lm_head": "int8",
        },
        requests={
            "caption": Golden("Describe the image.", picture="still.png", dtypes=BOTH),
            "chat_turns": Golden("What is behind it?", "chat", TURNS, "tall.png"),
        },
    ),
    # CogVLM2: a key head for four query heads, as published; 6 x 6 patches become 3 x 3 rows.
    "cogvlm2/keys8_2": Checkpoint(
        Shape(hidden=64, heads=8, key_heads=2, intermediate=36, layers=2, vision_hidden=32, vision_heads=2,
              vision_intermediate=40, vision_layers=2, image=24, patch=4, vocab=tiny_bpe.PIECES),
        seed=10,
        requests={
            "caption": Golden("Describe the picture.", picture="still.png", dtypes=BOTH),
            "chat_turns": Golden("Why?", "chat", ONE_TURN, "tall.png"),
            "text_only": Golden("<|eot_id|> 🙂\n\n It's 猫, 1000."),
        },
    ),
    # CogVLM2: a key head for two, of size 12; f16 weights in shards, no inv_freq; the other stop id.
    "cogvlm2/keys6_3": Checkpoint(
        Shape(hidden=72, heads=6, key_heads=3, intermediate=24, layers=2, vision_hidden=24, vision_heads=2,
              vision_intermediate=28, vision_layers=3, image=28, patch=7, vocab=tiny_bpe.PIECES),
        seed=1,
        stored="f16",
        shard_bytes=120_000,
        inv_freq=False,
        requests={
            "vqa": Golden("How many?", "vqa", picture="wide.png"),
            "stops": Golden(BICYCLE, picture="wide.png", stops=tiny_bpe.EOT),
        },
    ),
    # CogVLM2: an odd grid: of 7 x 7 patches the convolution leaves 3 x 3 rows.
    "cogvlm2/odd49": Checkpoint(
        Shape(hidden=48, heads=4, key_heads=2, intermediate=28, layers=2, vision_hidden=32, vision_heads=2,
              vision_intermediate=36, vision_layers=2, image=35, patch=5, vocab=tiny_bpe.PIECES),
        seed=4,
        requests={
            "caption": Golden("Describe the picture.", picture="still.png", dtypes=BOTH),
            "chat": Golden("Why?", "chat", ONE_TURN, "wide.png"),
        },
    ),
    # CogAgent: 8 x 8 patches of the larger picture, heads of 16 there and of 8 in the cross-attention.
    "cogagent/cross64": Checkpoint(
        Shape(hidden=48, heads=4, intermediate=36, layers=2, vision_hidden=32, vision_heads=2,
              vision_intermediate=40, vision_layers=2, image=16, patch=4,
              cross=CrossConfig(hidden_size=32, compute_hidden_size=32, image_size=32, num_heads=2, patch_size=4,
                                num_blocks=3, mlp_size=26, classes=8)),
        seed=4,
        requests={
            "gui_task": Golden(TASK, "chat", picture="still.png"),
            "chat_turns": Golden("Why?", "chat", ONE_TURN, "tall.png", dtypes=BOTH),
        },
    ),
    # CogAgent: odd grids, another patch size in each tower, heads of 20 and 12; f16 weights beside the f32 tables.
    "cogagent/cross49": Checkpoint(
        Shape(hidden=36, heads=3, intermediate=28, layers=2, vision_hidden=40, vision_heads=2,
              vision_intermediate=32, vision_layers=2, image=25, patch=5,
              cross=CrossConfig(hidden_size=40, compute_hidden_size=36, image_size=42, num_heads=2, patch_size=6,
                                num_blocks=2, mlp_size=30, classes=6)),
        seed=2,
        stored="f16",
        requests={
            "base": Golden("Where is the boat?", picture="wide.png"),
            "vqa": Golden("How many?", "vqa", picture="tall.png"),
        },
    ),
}  # fmt: skip


def write(directory: pathlib.Path) -> None:
    """Writes the tokenizers, pictures/, a cases.json for each family and a folder for every checkpoint and request."""
    torch.set_num_threads(1)
    (directory / "pictures").mkdir(parents=True, exist_ok=True)
    for name, (width, height) in PICTURES.items():
        pictures.still_life(width, height).save(directory / "pictures" / name, optimize=True)
    for family in FAMILIES:
        folder = directory / (family if family != COGVLM else "")
        folder.mkdir(exist_ok=True)
        chosen = {name: golden for name, golden in CHECKPOINTS.items() if golden.shape.config().family == family}
        cases = [f"{name}/{request}" for name, golden in chosen.items() for request in golden.requests]
        _write_json(folder / "cases.json", cases)
    (directory / "tokenizer.model").write_bytes(tiny_tokenizer.train())
    (directory / COGVLM2 / "tokenizer.json").write_text(tiny_bpe.train(), encoding="utf-8")
    for name, golden in CHECKPOINTS.items():
        _write_checkpoint(directory, name, golden)
    kosmos2_goldens.write(directory)
    qwen_vl_goldens.write(directory)
    shikra_goldens.write(directory)
    ofa_goldens.write(directory)


def _tokenizer(directory: pathlib.Path, golden: Checkpoint) -> pathlib.Path:
    bpe = golden.shape.config().family == COGVLM2
    return directory / COGVLM2 / "tokenizer.json" if bpe else directory / "tokenizer.model"


def _write_checkpoint(directory: pathlib.Path, name: str, golden: Checkpoint) -> None:
    stored = directory / name / "checkpoint"
    synthesize.write(stored, golden.shape, golden.seed, golden.stored, golden.shard_bytes, golden.inv_freq)
    if golden.quantised:
        config = json.loads((stored / "config.json").read_text(encoding="utf-8"))
        tensors = compressed_tensors.quantised(checkpoint.read_tensors(stored), golden.quantised)
        checkpoint.save(stored, config, tensors)
    tokenizer = prompt.load_tokenizer(_tokenizer(directory, golden))
    for dtype, suffix in (("f32", ""), ("bf16", "_bf16")):
        model = checkpoint.load(stored, tracing.DTYPES[dtype])
        for request_name, request in golden.requests.items():
            folder = directory / name / request_name
            folder.mkdir(exist_ok=True)
            _write_json(folder / "request.json", _request_json(directory, folder, golden, request))
            if dtype in request.dtypes:
                found = tracing.run(model, tokenizer, _traced(request, directory))
                if dtype == "f32":
                    _check(model, request, found, folder)
                safetensors.torch.save_file(found, folder / f"trace{suffix}.safetensors")


def _traced(request: Golden, directory: pathlib.Path) -> tracing.Request:
    image = directory / "pictures" / request.picture if request.picture else None
    return tracing.Request(request.question, request.template, request.history, image, NEW_TOKENS)


def _request_json(directory: pathlib.Path, folder: pathlib.Path, golden: Checkpoint, request: Golden) -> dict:
    """Paths are relative to the folder of request.json."""

    def seen_from_folder(path: pathlib.Path) -> str:
        return pathlib.PurePath(os.path.relpath(path, folder)).as_posix()

    return {
        "family": golden.shape.config().family,
        "checkpoint": "../checkpoint",
        "tokenizer": seen_from_folder(_tokenizer(directory, golden)),
        "image": seen_from_folder(directory / "pictures" / request.picture) if request.picture else None,
        "template": request.template,
        "prompt": request.question,
        "history": request.history,
        "maxNewTokens": NEW_TOKENS,
        "traces": {dtype: f"trace{'_bf16' if dtype == 'bf16' else ''}.safetensors" for dtype in request.dtypes},
    }


@torch.no_grad()
def _check(model: CogVLM, request: Golden, found: dict[str, torch.Tensor], folder: pathlib.Path) -> None:
    """A golden must be what its name says, and its greedy choices clear enough for another implementation."""
    ids, generated = found["input_ids"], found["generated_ids"]
    if request.rows is not None and len(ids) != request.rows:
        raise ValueError(f"{folder}: {len(ids)} rows, meant to be {request.rows}; change its question")
    if request.stops != (int(generated[-1]) if len(generated) < NEW_TOKENS else None):
        raise ValueError(f"{folder}: {generated.tolist()}, stops={request.stops}; change its question or seed")
    whole = torch.cat([ids, generated])[None]
    types = torch.cat([found["token_type_ids"], torch.zeros_like(generated)])[None]
    pixels, cross_pixels = (tracing.batch_of_one(found, name) for name in ("pixel_values", "cross.pixel_values"))
    logits = model(whole, types, pixels, cross_pixels=cross_pixels)
    steps = logits[0, len(ids) - 1 : -1]  # without a cache: logits that chose each new token
    if not torch.equal(steps.argmax(-1), generated):
        raise ValueError(f"{folder}: with and without a cache the answers differ")
    best, second = steps.topk(2).values.unbind(-1)
    if not (best - second).min() > MARGIN or not len(set(generated.tolist())) > len(generated) // 2:
        raise ValueError(f"{folder}: a close call or a loop in {generated.tolist()}; change its question or seed")


def _write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
