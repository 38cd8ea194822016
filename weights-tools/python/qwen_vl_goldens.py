"""Golden checkpoints, requests, traces and prompts of Qwen-VL and Qwen-VL-Chat."""

import dataclasses
import json
import os
import pathlib

import safetensors.torch
import torch

import qwen_vl
import tiny_tiktoken

FOLDER = "qwen-vl"
TOKENIZER = "text/tiktoken/tiny.tiktoken"  # beside traces/, the one of the tokenizer goldens
NEW_TOKENS = 32
MARGIN = 0.02  # best minus second best logit at every greedy step, see trace_goldens.py
BOTH = ("f32", "bf16")


@dataclasses.dataclass(frozen=True)
class Golden:
    """A request to trace. ``rows`` bounds the length of its prompt where that is the point of it.

    Of the pictures those that no turn claims come with the question.
    """

    question: str
    template: str
    history: tuple[qwen_vl.Turn, ...] = ()
    pictures: tuple[str, ...] = ()
    rows: range | None = None
    dtypes: tuple[str, ...] = ("f32",)


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    sizes: dict
    seed: int
    stored: torch.dtype
    chat_format: str
    requests: dict[str, Golden]


# fmt: off
TURNS = (
    ("What is this?", "a red box", 1),
    ("And <ref>here</ref>, on the <|im_end|>?\n", " <ref> A ball</ref><box>(12,340),(567,890)</box> of white wool.\n",
     0),
)
# fmt: on
LONG = (
    "A long question goes beyond what the model was trained on. First, count the cups on the table, then say what "
    "color the bicycle is, who holds the umbrella, and whether the old boat on the lake is open or closed."
)
CHECKPOINTS = {
    # Two heads of 104 in the encoder, 5 x 5 patches: both position tables are resized. The base model.
    "head104": Checkpoint(
        {
            **qwen_vl.TINY,
            "visual": {**qwen_vl.TINY["visual"], "width": 208, "layers": 2, "heads": 2, "mlp_ratio": 0.5},
        },
        seed=8,
        stored=torch.bfloat16,
        chat_format="raw",
        requests={
            "caption": Golden("Generate the caption in English with grounding:", "base", pictures=("still.png",),
                              dtypes=BOTH),
            "refer": Golden("<ref>the white cups</ref><box>", "base", pictures=("wide.png",)),
            # Ends before position 65, the answer goes on beyond.
            "into_log_n": Golden("<|extra_3|> <ref>A license</ref>, <|endoftext|>and what is meant by it, in a few of "
                                 "the words of this text: it is <quad>(1,2),(30,4)", "base", rows=range(45, 64),
                                 dtypes=BOTH),
            "stretched": Golden(LONG, "base", pictures=("tall.png",), rows=range(65, 129)),
        },
    ),
    # 16 x 16 patches, so the encoder's table is as stored; keys as wide as the encoder: no projection. Qwen-VL-Chat.
    "grid16": Checkpoint(
        {
            **qwen_vl.TINY,
            "num_hidden_layers": 3, "num_attention_heads": 2, "kv_channels": 64, "intermediate_size": 120,
            "seq_length": 80,
            "visual": {"width": 128, "layers": 1, "heads": 4, "mlp_ratio": 0.75, "image_size": 64, "patch_size": 4,
                       "output_dim": 128, "n_queries": 16},
        },
        seed=6,
        stored=torch.float16,
        chat_format="chatml",
        requests={
            "short": Golden("What is it?", "chat", pictures=("still.png",), rows=range(64, 81)),
            "turns": Golden("Where is it? <ref>the ball</ref>", "chat", TURNS, ("tall.png",), rows=range(161, 321),
                            dtypes=BOTH),
            "text_only": Golden("\nWho?", "chat"),
            # Two pictures with the first question, one with the last.
            "three": Golden("And this?", "chat", (("Compare <ref>them</ref>.", "No.", 2),),
                            ("still.png", "wide.png", "tall.png"), rows=range(81, 161)),
        },
    ),
}  # fmt: skip
ROWS = 5  # of a picture in the prompts
PROMPTS = [
    ("base", "Generate the caption in English with grounding:", [], 1),
    ("base", "<|im_start|>user\nHi<|im_end|><|extra_204|><|extra_205|> <|endoftext|>", [], 0),
    ("base", "Which of them is <ref>a boat</ref>?", [], 3),
    ("base", "", [], 1),
    ("base", " e\u0301 <quad>(1,2),(3,4),(5,6),(7,8)</quad><|extra_0|>x", [["asked", "answered", 0]], 0),
    ("base", "What?", [["asked", "answered", 1]], 1),
    ("chat", "Locate the dog", [], 0),
    ("chat", "Locate the dog", [], 1),
    ("chat", "\nLocate\n\nthe <|im_start|>dog<ref>it</ref> ", [], 2),
    ("chat", "And now?", TURNS, 0),
    ("chat", "And now?", TURNS, 2),
    ("chat", "格子衬衫 e\u0301", [["框出图中的格子衬衫", "<ref>格子衬衫</ref><box>(588,499),(725,789)</box>", 3]], 0),
    ("chat", "", [["", "", 0]], 0),
]
SHORT_WINDOWS = [30, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 90, 120, 200]


def write(directory: pathlib.Path) -> None:
    """Writes traces/qwen-vl; traces/pictures must be there."""
    torch.set_num_threads(1)
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    ranks = tiny_tiktoken.train()
    cases = [
        f"{FOLDER}/{name}/{request}"
        for name, golden in CHECKPOINTS.items()
        for request, asked in golden.requests.items()
        if len(asked.pictures) <= 1
    ]
    _write_json(folder / "cases.json", cases)
    _write_json(folder / "prompts.json", _prompts(ranks))
    for name, golden in CHECKPOINTS.items():
        _write_checkpoint(directory, folder / name, golden, ranks)


def _prompts(ranks: dict[bytes, int]) -> list[dict]:
    """Requests and their ids."""
    encoding = tiny_tiktoken.encoding(ranks)
    wide = qwen_vl.Prompts(encoding, ROWS)
    found = [_prompt(wide, qwen_vl.WINDOW, *case) for case in PROMPTS]
    turns = [[f"What is number {i}?", "word " * i, 0] for i in range(5)]
    for window in SHORT_WINDOWS:
        found.append(_prompt(qwen_vl.Prompts(encoding, ROWS, window), window, "chat", "And the next?", turns, 1))
    return found


def _prompt(prompts: qwen_vl.Prompts, window: int, template: str, query: str, history: list, pictures: int) -> dict:
    return {
        "template": template, "query": query, "history": history, "pictures": pictures, "window": window,
        "ids": prompts.ids(template, query, history, pictures),
    }  # fmt: skip


def _write_checkpoint(
    directory: pathlib.Path, folder: pathlib.Path, golden: Checkpoint, ranks: dict[bytes, int]
) -> None:
    random = qwen_vl.random_model(golden.sizes, golden.seed, len(ranks))
    qwen_vl.save(random, folder / "checkpoint", golden.stored, golden.chat_format)
    prompts = qwen_vl.Prompts(tiny_tiktoken.encoding(ranks), golden.sizes["visual"]["n_queries"])
    for dtype, suffix in (("f32", ""), ("bf16", "_bf16")):
        model = qwen_vl.load(folder / "checkpoint", qwen_vl.DTYPES[dtype])
        for name, request in golden.requests.items():
            if dtype not in request.dtypes:
                continue
            (folder / name).mkdir(exist_ok=True)
            images = [directory / "pictures" / picture for picture in request.pictures]
            found = qwen_vl.trace(
                model, prompts, request.template, request.question, request.history, images, NEW_TOKENS
            )
            if dtype == "f32":
                _check(model, request, found, images, folder / name)
                described = _request_json(directory, folder / name, golden, request, images, found)
                _write_json(folder / name / "request.json", described)
            safetensors.torch.save_file(found, folder / name / f"trace{suffix}.safetensors")


def _request_json(
    directory: pathlib.Path,
    folder: pathlib.Path,
    golden: Checkpoint,
    request: Golden,
    images: list[pathlib.Path],
    found: dict[str, torch.Tensor],
) -> dict:
    def seen_from_folder(path: pathlib.Path) -> str:
        return pathlib.PurePath(os.path.relpath(path, folder)).as_posix()

    rows = found["token_type_ids"].nonzero().flatten().tolist()
    unstretched = len(found["input_ids"]) <= golden.sizes["seq_length"]
    return {
        "family": FOLDER,
        "checkpoint": "../checkpoint",
        "tokenizer": seen_from_folder(directory.parent / TOKENIZER),
        "image": seen_from_folder(images[0]) if images else None,
        "images": [seen_from_folder(image) for image in images],
        "template": request.template,
        "prompt": request.question,
        "history": request.history,
        "maxNewTokens": NEW_TOKENS,
        "cachedTokens": 1 + rows[-1] if rows and unstretched else 0,
        "traces": {dtype: f"trace{'_bf16' if dtype == 'bf16' else ''}.safetensors" for dtype in request.dtypes},
    }


@torch.no_grad()
def _check(model, request: Golden, found: dict[str, torch.Tensor], images: list, folder: pathlib.Path) -> None:
    """A golden must be what its name says, and its greedy choices clear enough for another implementation."""
    ids, generated = found["input_ids"], found["generated_ids"]
    if request.rows is not None and len(ids) not in request.rows:
        raise ValueError(f"{folder}: {len(ids)} rows, meant to be in {request.rows}; change its question")
    if len(generated) < NEW_TOKENS:
        raise ValueError(f"{folder}: ends after {len(generated)} tokens; change its question or seed")
    pixels = [qwen_vl.pixels_of(model, image) for image in images]
    logits = model(torch.cat([ids, generated]), model.see(pixels), len(ids))
    best, second = logits[len(ids) - 1 : -1].topk(2).values.unbind(-1)
    if not (best - second).min() > MARGIN or not len(set(generated.tolist())) > len(generated) // 2:
        raise ValueError(f"{folder}: a close call or a loop in {generated.tolist()}; change its question or seed")


def _write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
