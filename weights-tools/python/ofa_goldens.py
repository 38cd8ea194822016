"""Golden checkpoints, requests, traces, searches and prompts of OFA.

traces/ofa has, beside cases.json, for each CHECKPOINT a directory `checkpoint` and for each REQUEST

request.json           as for the other families; `prompt` with template base is all of the encoder's text. `task`,
                       `text`, `bins` and `prefixed` say what made it; `searches` has options by a search's name.
trace.safetensors      the stages, as ofa_request.py names them; trace_bf16.safetensors, in some: the bf16 run.
search.safetensors     NAME.scores [n] f32, best first, and NAME.N.ids of each finished hypothesis, </s> included.
parts.safetensors      in one of each checkpoint: positions and the biases of attention, that of positions alone and
                       that of each layer; the decoder's own without its causal mask.

prompts.json, boxes.json and encode.jsonl.gz: prompts and their ids, boxes and their bins, texts and their ids, all with
the same tokenizer. layouts/ has one model as safetensors, as pytorch_model.bin and as fairseq's ofa.pt.
"""

import dataclasses
import json
import os
import pathlib
import random

import safetensors.torch
import torch
from PIL import Image

import ofa_checkpoint
import ofa_request
import ofa_search
import ofa_text
import tiny_tokenizer
import tokenizer_goldens
from ofa import OFAConfig
from ofa_request import Request
from ofa_search import Options
from ofa_text import Box, Frame
from tracing import DTYPES

FOLDER = "ofa"
NEW_TOKENS = 16
MARGIN = 0.02  # best minus second best logit at every greedy step, see trace_goldens.py
SEARCH_MARGIN = 0.002  # the same of every choice of a beam, in log-probabilities
BOTH = ("f32", "bf16")
VARIETY = 5  # different lengths of hypotheses in a checkpoint's searches: some must end before they have to
ANSWER = 8  # tokens of an answer to a question that a search may give


@dataclasses.dataclass(frozen=True)
class Golden:
    request: Request
    picture: str
    dtypes: tuple[str, ...] = ("f32",)
    parts: bool = False


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """``side`` of the pictures and what bins are ``counted`` by, in pixels."""

    config: OFAConfig
    seed: int
    stored: torch.dtype
    side: int
    counted: int
    requests: dict[str, Golden]


CHECKPOINTS = {
    # Heads of 16, fewer encoder than decoder layers, 6 x 6 picture tokens, small tables: far buckets in short texts.
    "buckets16": Checkpoint(
        ofa_checkpoint.TINY,
        seed=151,
        stored=torch.float32,
        side=96,
        counted=512,
        requests={
            "refer": Golden(Request("refer", "The black-and-white CAT"), "wide.png", dtypes=BOTH),
            "caption": Golden(Request("caption"), "still.png", parts=True),
            "vqa": Golden(Request("vqa", "How many?", prefixed=True), "tall.png"),
        },
    ),
    # Heads of 20, more encoder than decoder layers, 7 x 7 picture tokens (13 halved), tables of the published sizes.
    "published_tables": Checkpoint(
        OFAConfig(
            d_model=40, encoder_layers=3, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=52, decoder_ffn_dim=72, resnet_type="resnet50", vocab_size=ofa_checkpoint.TINY.vocab_size,
            stem_width=8,
        ),
        seed=206,
        stored=torch.float16,
        side=104,
        counted=104,
        requests={
            "refer": Golden(Request("refer", "a bowl of fruit"), "odd.png", parts=True),
            "region": Golden(Request("region", bins=(104, 251, 604, 873)), "still.png", dtypes=BOTH),
            "vqa": Golden(Request("vqa", "What is it?"), "tall.png"),
        },
    ),
}  # fmt: skip
LAYOUTS = dataclasses.replace(
    ofa_checkpoint.TINY, d_model=12, encoder_layers=1, decoder_layers=2, encoder_ffn_dim=16, decoder_ffn_dim=20,
    stem_width=2, image_bucket_size=4, max_position_embeddings=32,
)  # fmt: skip
PROMPTS = [
    ("refer", "a black cat", None),
    ("refer", "  ,Hello/World", None),
    ("refer", "?!The <person>  on the left-hand side.\n", None),
    ("refer", "the\tman \t in 猫 🙂 <bin_7> </s>", None),
    ("refer", "word " * 90, None),
    ("refer", "", None),
    ("region", "", [0, 0, 999, 999]),
    ("detect", "", None),
    ("caption", "", None),
    ("vqa", "How many cats are there", None),
    ("vqa", "Is the <person> here?", None),
    ("vqa", "# what?! ", None),
    ("grounded_qa", "What color is it?", [12, 340, 567, 890]),
    ("entail", "A cat - or a dog - sleeps.", None),
    ("base", " Where is <bin_1>?\n", None),
    ("base", "", None),
]


def write(directory: pathlib.Path) -> None:
    """Writes traces/ofa; traces/pictures must be there."""
    torch.set_num_threads(1)
    folder = directory / FOLDER
    folder.mkdir(exist_ok=True)
    cases = [f"{FOLDER}/{name}/{request}" for name, golden in CHECKPOINTS.items() for request in golden.requests]
    _write_json(folder / "cases.json", cases)
    for name, golden in CHECKPOINTS.items():
        _write_checkpoint(directory, folder / name, golden)
    for layout in ("safetensors", "bin", "fairseq"):
        ofa_checkpoint.synthesize(folder / "layouts" / layout, LAYOUTS, 3, torch.float16, layout)
    tokenizer = ofa_text.Tokenizer.read(folder / "layouts/bin")
    _write_json(folder / "prompts.json", [_prompt(tokenizer, *case) for case in PROMPTS])
    _write_json(folder / "boxes.json", _boxes())
    tokenizer_goldens.write_lines(folder / "encode.jsonl.gz", _texts(tokenizer))


def _prompt(tokenizer: ofa_text.Tokenizer, task: str, text: str, bins: list[int] | None) -> dict:
    whole = ofa_text.TEMPLATES[task](text)
    ids = ofa_text.prompt_ids(tokenizer, task, text, bins)
    return {"task": task, "text": text, "bins": bins, "whole": whole, "ids": ids}


def _boxes() -> list[dict]:
    """Boxes to bins and back, pictures smaller and larger than what the model sees."""
    rng, found = random.Random("boxes"), []
    for _ in range(60):
        width, height = rng.randint(1, 2000), rng.randint(1, 2000)
        frame = Frame(width, height, rng.choice((256, 384, 480, 512)))
        x, y = (sorted(rng.randint(0, size) for _ in range(2)) for size in (width, height))
        bins = frame.bins(Box(x[0], y[0], x[1], y[1]))
        found.append({
            "width": width, "height": height, "side": frame.side, "box": [x[0], y[0], x[1], y[1]], "bins": bins,
            "read": [round(value, 6) for value in dataclasses.astuple(frame.box(bins))],
        })  # fmt: skip
    return found


def _texts(tokenizer: ofa_text.Tokenizer) -> list[dict]:
    rng = random.Random("texts of ofa")
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    looks = [*ofa_text.SPECIAL, "<bin_0>", "<code_3>", "<|endoftext|>", "madeupword0000", "Ġ", "DON'T", "we'll've"]
    texts = [tokenizer_goldens.random_text(rng, lines, looks) for _ in range(700)]
    texts += [*lines, *tokenizer_goldens.BPE_EDGES, *looks, ""]
    settled = dict.fromkeys(filter(tokenizer_goldens.settled, texts))
    return [{"text": text, "ids": tokenizer.encode(text)} for text in settled]


def _write_checkpoint(directory: pathlib.Path, folder: pathlib.Path, golden: Checkpoint) -> None:
    ofa_checkpoint.synthesize(
        folder / "checkpoint", golden.config, golden.seed, golden.stored, side=golden.side, counted=golden.counted
    )
    tokenizer = ofa_text.Tokenizer.read(folder / "checkpoint")
    answers: dict[str, torch.Tensor] = {}
    lengths: set[int] = set()
    for dtype, suffix in (("f32", ""), ("bf16", "_bf16")):
        model = ofa_checkpoint.load(folder / "checkpoint", DTYPES[dtype])
        for name, asked in golden.requests.items():
            if dtype not in asked.dtypes:
                continue
            (folder / name).mkdir(exist_ok=True)
            image = directory / "pictures" / asked.picture
            with Image.open(image) as picture:
                pixels = ofa_request.pixel_values(picture, golden.side)
            found = ofa_request.trace(model, tokenizer, asked.request, pixels, NEW_TOKENS)
            safetensors.torch.save_file(found.stages, folder / name / f"trace{suffix}.safetensors")
            if dtype == "bf16":  # or the decoder's stages would belong to other tokens
                _same_beginning(found.stages["decoder_ids"], answers[name], folder / name)
                continue
            answers[name] = found.stages["decoder_ids"]
            _check(model, found, folder / name)
            if asked.parts:
                safetensors.torch.save_file(found.parts, folder / name / "parts.safetensors")
            searches = _searches(tokenizer, asked.request)
            results = {key: ofa_request.beam(model, found.encoded, options) for key, options in searches.items()}
            lengths |= {len(each.ids) for result in results.values() for each in result.finished}
            _write_search(folder / name, results)
            _write_json(folder / name / "request.json", _request_json(folder / name, asked, image, searches))


    beginnings = {tuple(ids.tolist()[-ofa_request.STEPS + 1 :][:2]) for ids in answers.values()}
    if len(beginnings) < len(answers) or len(lengths) < VARIETY:
        raise ValueError(f"{folder}: answers alike, {beginnings} and lengths {lengths}; change the seed")


def _searches(tokenizer: ofa_text.Tokenizer, request: Request) -> dict[str, Options]:
    """The published options of a task, and one search that differs from them."""
    bins = tuple(tokenizer.bin(number) for number in range(ofa_text.BINS))
    if request.task == "refer":
        return {"refer": ofa_search.REFER, "bins": dataclasses.replace(ofa_search.REFER, allowed=bins)}
    if request.task == "vqa":
        prefix = tuple(request.prefix(tokenizer))
        options = dataclasses.replace(ofa_search.VQA, prefix=prefix, max_len=len(prefix) + ANSWER)
        return {"vqa": options, "by_length": dataclasses.replace(options, length_penalty=1.0, beam=3)}
    short = dataclasses.replace(ofa_search.CAPTION, max_len=6, min_len=3, beam=4)
    return {"caption": ofa_search.CAPTION, "short": short}


def _write_search(folder: pathlib.Path, results: dict[str, ofa_search.Result]) -> None:
    found = {}
    for name, result in results.items():
        if not result.margin > SEARCH_MARGIN:
            raise ValueError(f"{folder}: a close call of {result.margin} in {name}; change its question or seed")
        found[f"{name}.scores"] = torch.tensor([each.score for each in result.finished])
        found |= {f"{name}.{i}.ids": torch.tensor(each.ids) for i, each in enumerate(result.finished)}
    safetensors.torch.save_file(found, folder / "search.safetensors")


def _request_json(
    folder: pathlib.Path, golden: Golden, image: pathlib.Path, searches: dict[str, Options]
) -> dict:
    asked, vqa = golden.request, golden.request.task == "vqa"
    return {
        "family": FOLDER,
        "checkpoint": "../checkpoint",
        "tokenizer": "../checkpoint/vocab.json",
        "image": pathlib.PurePath(os.path.relpath(image, folder)).as_posix(),
        "template": "vqa" if vqa else "base",
        "prompt": asked.text if vqa else ofa_text.TEMPLATES[asked.task](asked.text),
        "history": [],
        "maxNewTokens": NEW_TOKENS,
        "traces": {dtype: f"trace{'_bf16' if dtype == 'bf16' else ''}.safetensors" for dtype in golden.dtypes},
        "task": asked.task,
        "text": asked.text,
        "bins": asked.bins,
        "prefixed": asked.prefixed,
        "searches": {name: _options_json(options) for name, options in searches.items()},
    }


def _options_json(options: Options) -> dict:
    return {
        "beam": options.beam, "minLength": options.min_len, "maxLength": options.max_len,
        "lengthPenalty": options.length_penalty, "noRepeatNgram": options.no_repeat_ngram,
        "prefix": options.prefix, "binsOnly": options.allowed is not None,
    }  # fmt: skip


def _same_beginning(found: torch.Tensor, expected: torch.Tensor, folder: pathlib.Path) -> None:
    if not torch.equal(found, expected):
        raise ValueError(f"{folder}: in bf16 the answer begins otherwise; change its question or seed")


@torch.no_grad()
def _check(model, found: ofa_request.Traced, folder: pathlib.Path) -> None:
    """Without a cache the same tokens, chosen clearly enough for another implementation, and no loop."""
    generated, asked = found.stages["generated_ids"], found.stages["decoder_ids"]
    begun = len(asked) - min(len(generated), ofa_request.STEPS - 1)  # <s> and the prefix
    steps = model.decode([*asked[:begun].tolist(), *generated.tolist()], found.encoded)[begun - 1 : -1]
    best, second = steps.topk(2).values.unbind(-1)
    if not torch.equal(steps.argmax(-1), generated) or len(generated) < ofa_request.STEPS:
        raise ValueError(f"{folder}: {generated.tolist()}; change its question or seed")
    if not (best - second).min() > MARGIN or not len(set(generated.tolist())) > len(generated) // 2:
        raise ValueError(f"{folder}: a close call or a loop in {generated.tolist()}; change its question or seed")


def _write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
