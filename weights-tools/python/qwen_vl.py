"""Qwen-VL and Qwen-VL-Chat in PyTorch: the model, its prompts, random checkpoints, and traces of requests.

python qwen_vl.py --synthesize DIR --seed 3                      a small random checkpoint, tokenizer included
python qwen_vl.py --model DIR --image IMG --prompt TEXT --out F  every named intermediate of one request; --image may
                                                                 be given several times

Shapes in comments: S image side in pixels, G patches a side, N = G*G patches, Dv width of the encoder, D of the
decoder, Q rows of a picture, H heads, d head size, L tokens. Names of a trace are those of tracing.py;
vision.normalised [N, D] are the keys and values of the resampler, vision.resampled [Q, D] is what it gives. Sources:
Bai et al., "Qwen-VL: A Versatile Vision-Language Model" (2023), and the behaviour of the published code. Nothing is
cached: a step computes the whole sequence again.
"""

import argparse
import dataclasses
import json
import math
import pathlib
import unicodedata

import safetensors.torch
import tiktoken
import tiktoken.load
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

import preprocess
import tiny_tiktoken
from checkpoint import read_tensors
from tracing import DTYPES

NORM_EPS = 1e-6  # of every LayerNorm of the vision part
RESAMPLER_HEAD = 128
POSITIONS = 16  # patches a side of the encoder's stored table
LOG_N_POSITIONS = 32767
SYSTEM = "You are a helpful assistant."
WINDOW = 6144
Turn = tuple[str, str, int]  # question, answer, pictures that came with the question
TINY = {
    "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "kv_channels": 32, "intermediate_size": 176,
    "layer_norm_epsilon": 1e-6, "rotary_emb_base": 10000, "seq_length": 64, "max_position_embeddings": 512,
    "use_dynamic_ntk": True, "use_logn_attn": True, "no_bias": True,
    "visual": {"width": 96, "layers": 2, "heads": 2, "mlp_ratio": 1.3, "image_size": 40, "patch_size": 8,
               "output_dim": 128, "n_queries": 9},
}  # fmt: skip


def resized(table: Tensor, rows: int) -> Tensor:
    """[a*a, C] -> [rows, C], rows a square: bicubic between cell centres."""
    side, wanted = math.isqrt(len(table)), math.isqrt(rows)
    if side == wanted:
        return table
    grid = table.float().reshape(1, side, side, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(wanted, wanted), mode="bicubic", align_corners=False)
    return grid.permute(0, 2, 3, 1).flatten(0, 2).to(table.dtype)


class VisualAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Each head has its queries, keys and values side by side in the projection. [N, Dv] -> [N, Dv]."""
        q, k, v = self.in_proj(x).unflatten(-1, (self.heads, -1)).transpose(0, 1).chunk(3, dim=-1)  # [H, N, d]
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(0, 1).flatten(1))


class ResidualBlock(nn.Module):
    def __init__(self, width: int, heads: int, inner: int):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=NORM_EPS)
        self.attn = VisualAttention(width, heads)
        self.ln_2 = nn.LayerNorm(width, eps=NORM_EPS)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(width, inner), "c_proj": nn.Linear(inner, width)})

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp["c_proj"](F.gelu(self.mlp["c_fc"](self.ln_2(x))))


class Resampler(nn.Module):
    def __init__(self, queries: int, width: int, source: int):
        super().__init__()
        self.query = nn.Parameter(torch.zeros(queries, width))
        self.pos_embed = nn.Parameter(torch.zeros(queries, width))
        self.kv_proj = nn.Identity() if source == width else nn.Linear(source, width, bias=False)
        self.attn = nn.MultiheadAttention(width, width // RESAMPLER_HEAD)
        self.ln_q = nn.LayerNorm(width, eps=NORM_EPS)
        self.ln_kv = nn.LayerNorm(width, eps=NORM_EPS)

    def forward(self, x: Tensor, trace) -> Tensor:
        """[N, Dv] -> [Q, D]."""
        x = self.ln_kv(self.kv_proj(x))
        trace("vision.normalised", x)
        keys = x + resized(self.pos_embed, len(x))
        out, _ = self.attn(self.ln_q(self.query) + self.pos_embed, keys, x, need_weights=False)
        trace("vision.resampled", out)
        return out


class Visual(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        width, patch, out = c["width"], c["patch_size"], c["output_dim"]
        self.conv1 = nn.Conv2d(3, width, kernel_size=patch, stride=patch, bias=False)
        self.positional_embedding = nn.Parameter(torch.zeros(POSITIONS * POSITIONS, width))
        self.ln_pre = nn.LayerNorm(width, eps=NORM_EPS)
        inner = int(width * c["mlp_ratio"])
        blocks = nn.ModuleList(ResidualBlock(width, c["heads"], inner) for _ in range(c["layers"]))
        self.transformer = nn.ModuleDict({"resblocks": blocks})
        self.attn_pool = Resampler(c["n_queries"], out, width)
        self.ln_post = nn.LayerNorm(out, eps=NORM_EPS)
        self.proj = nn.Parameter(torch.zeros(out, out))

    def forward(self, pixels: Tensor, trace) -> Tensor:
        """[3, S, S] -> [Q, D]."""
        x = self.conv1(pixels[None]).flatten(2)[0].T  # [N, Dv]
        x = self.ln_pre(x + resized(self.positional_embedding, len(x)))
        trace("vision.embeddings", x)
        for i, block in enumerate(self.transformer["resblocks"]):
            x = block(x)
            trace(f"vision.layers.{i}", x)
        x = self.ln_post(self.attn_pool(x, trace)) @ self.proj
        trace("vision.output", x)
        return x


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        single = x.float()
        return (single * torch.rsqrt(single.square().mean(-1, keepdim=True) + self.eps)).type_as(x) * self.weight


@dataclasses.dataclass(frozen=True)
class Places:
    """What attention must know of the places of L tokens."""

    cos: Tensor  # [L, d] f32
    sin: Tensor  # [L, d] f32
    log_n: Tensor  # [L, 1] f32


def places(c: dict, tokens: int, prompt: int) -> Places:
    """``prompt``: tokens there were before anything was generated; they decide how far the rotation is stretched."""
    d, trained = c["kv_channels"], c["seq_length"]
    stretch = 1
    if c["use_dynamic_ntk"] and prompt > trained:
        stretch = max(2 ** math.ceil(math.log2(prompt / trained) + 1) - 1, 1)
    base = c["rotary_emb_base"] * stretch ** (d / (d - 2))
    frequencies = 1.0 / base ** (torch.arange(0, d, 2).float() / d)
    angles = torch.outer(torch.arange(tokens).float(), frequencies).repeat(1, 2)
    scale = [math.log(p, trained) if p > trained and c["use_logn_attn"] else 1.0 for p in range(1, tokens + 1)]
    assert tokens <= LOG_N_POSITIONS
    return Places(angles.cos(), angles.sin(), torch.tensor(scale)[:, None])


def rotated(x: Tensor, where: Places) -> Tensor:
    """[H, L, d], first half against second, in f32."""
    first, second = x.float().chunk(2, dim=-1)
    return (x.float() * where.cos + torch.cat([-second, first], dim=-1) * where.sin).type_as(x)


class Attention(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.heads = c["num_attention_heads"]
        width = self.heads * c["kv_channels"]
        self.c_attn = nn.Linear(c["hidden_size"], 3 * width)
        self.c_proj = nn.Linear(width, c["hidden_size"], bias=False)

    def forward(self, x: Tensor, where: Places) -> Tensor:
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(0, 1) for part in self.c_attn(x).chunk(3, dim=-1))
        q, k = rotated(q, where) * where.log_n.to(x.dtype), rotated(k, where)
        return self.c_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).flatten(1))


class MLP(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        width, inner = c["hidden_size"], c["intermediate_size"] // 2
        self.w1 = nn.Linear(width, inner, bias=False)
        self.w2 = nn.Linear(width, inner, bias=False)
        self.c_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(self.w1(x) * F.silu(self.w2(x)))


class Block(nn.Module):
    def __init__(self, c: dict):
        super().__init__()
        self.ln_1 = RMSNorm(c["hidden_size"], c["layer_norm_epsilon"])
        self.attn = Attention(c)
        self.ln_2 = RMSNorm(c["hidden_size"], c["layer_norm_epsilon"])
        self.mlp = MLP(c)

    def forward(self, x: Tensor, where: Places) -> Tensor:
        x = x + self.attn(self.ln_1(x), where)
        return x + self.mlp(self.ln_2(x))


def no_trace(name: str, value: Tensor) -> None:
    """Records nothing."""


class QwenVL(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        width = config["hidden_size"]
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(config["vocab_size"], width),
            "h": nn.ModuleList(Block(config) for _ in range(config["num_hidden_layers"])),
            "ln_f": RMSNorm(width, config["layer_norm_epsilon"]),
            "visual": Visual(config["visual"]),
        })  # fmt: skip
        self.lm_head = nn.Linear(width, config["vocab_size"], bias=False)

    def see(self, pixels: list[Tensor], trace=no_trace) -> list[Tensor]:
        """Rows [Q, D] of each picture; ``trace`` is told of the first."""
        traces = [trace] + [no_trace] * len(pixels)
        return [self.transformer["visual"](p.to(self.lm_head.weight.dtype), t) for p, t in zip(pixels, traces)]

    def forward(self, ids: Tensor, seen: list[Tensor], prompt: int, trace=no_trace) -> Tensor:
        """ids [L] -> logits [L, V] f32. Rows of pictures come after each <img> of the prompt."""
        x = self.transformer["wte"](ids)
        begins = (ids[:prompt] == self.config["visual"]["image_start_id"]).nonzero()
        for rows, begin in zip(seen, begins, strict=True):
            x[begin + 1 : begin + 1 + len(rows)] = rows
        where = places(self.config, len(ids), prompt)
        trace("language.embeddings", x)
        for i, block in enumerate(self.transformer["h"]):
            x = block(x, where)
            trace(f"language.layers.{i}", x)
        x = self.transformer["ln_f"](x)
        trace("language.norm", x)
        return self.lm_head(x).float()


class Prompts:
    """Token ids of requests. ``window``: tokens of system message and history that a conversation may have."""

    def __init__(self, encoding: tiktoken.Encoding, rows: int, window: int = WINDOW):
        self.encoding, self.rows, self.window = encoding, rows, window
        self.start, self.end = encoding.encode_single_token("<|im_start|>"), encoding.encode_single_token("<|im_end|>")
        self.img, self.pad = encoding.encode_single_token("<img>"), encoding.encode_single_token("<imgpad>")

    def ids(self, template: str, query: str, history: list[Turn], pictures: int) -> list[int]:
        """``pictures``: those that come with the query."""
        shown = sum(count for _, _, count in history)
        if template == "base":
            slots = self._slots(0, shown + pictures, labelled=shown + pictures > 1)
            return self._encode(slots + query, self.encoding.special_tokens_set)
        newline = self._encode("\n")
        system = self._message("system", SYSTEM)
        kept: list[int] = []
        first = shown
        for question, answer, count in reversed(history):
            first -= count
            asked = self._message("user", self._slots(first, count) + question)
            turn = newline + asked + newline + self._message("assistant", answer.strip())
            if len(system) + len(turn) + len(kept) >= self.window:
                break
            kept = turn + kept
        last = self._message("user", self._slots(shown, pictures) + query)
        return system + kept + newline + last + newline + [self.start] + self._encode("assistant") + newline

    def _message(self, role: str, content: str) -> list[int]:
        return [self.start, *self._encode(role), *self._encode("\n"), *self._encode(content), self.end]

    @staticmethod
    def _slots(first: int, count: int, labelled: bool = True) -> str:
        numbers = range(first + 1, first + count + 1)
        return "".join(f"Picture {k}: <img></img>\n" if labelled else "<img></img>" for k in numbers)

    def _encode(self, text: str, allowed: set[str] = frozenset(tiny_tiktoken.MARKUP)) -> list[int]:
        text = unicodedata.normalize("NFC", text)
        ids = self.encoding.encode(text, allowed_special=set(allowed), disallowed_special=())
        return [each for i in ids for each in ([i] + [self.pad] * self.rows if i == self.img else [i])]


def load_encoding(path) -> tiktoken.Encoding:
    return tiny_tiktoken.encoding(tiktoken.load.load_tiktoken_bpe(str(path)))


def random_model(sizes: dict, seed: int, ranks: int) -> QwenVL:
    """Weights of which none is 0 or 1 in all places, biases, norms and position tables included; logits far apart."""
    torch.manual_seed(seed)
    tokens = ranks + len(tiny_tiktoken.SPECIAL) + len(tiny_tiktoken.MARKUP)
    visual = {**sizes["visual"], "image_start_id": ranks + len(tiny_tiktoken.SPECIAL) + 6}
    padded = (tokens + 7) // 8 * 8
    model = QwenVL({**sizes, "visual": visual, "vocab_size": padded}).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                center = 1.0 if "ln_" in name and name.endswith("weight") else 0.0
                weight.copy_(center + 0.2 * torch.randn_like(weight))
            elif name.split(".")[-1] in ("query", "pos_embed", "positional_embedding") or "wte" in name:
                weight.copy_(0.3 * torch.randn_like(weight))
            else:
                size = 4.0 if name == "lm_head.weight" else 1.3
                weight.copy_(torch.randn_like(weight) * size / weight.flatten(1).shape[1] ** 0.5)
    return model


def save(model: QwenVL, directory: pathlib.Path, dtype: torch.dtype, chat_format: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    weights = {name: value.to(dtype).contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    config = {"architectures": ["QWenLMHeadModel"], "model_type": "qwen", **model.config}
    generation = {"chat_format": chat_format, "eos_token_id": model.config["visual"]["image_start_id"] - 214}
    for name, value in (("config.json", config), ("generation_config.json", generation)):
        (directory / name).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def load(directory: pathlib.Path, dtype: torch.dtype) -> QwenVL:
    model = QwenVL(json.loads((directory / "config.json").read_text(encoding="utf-8"))).eval()
    model.load_state_dict({name: value.float() for name, value in read_tensors(directory).items()})
    return model.to(dtype)


def stop_ids(model: QwenVL, template: str) -> set[int]:
    end = model.config["visual"]["image_start_id"] - 214
    return {end} if template == "base" else {end, end + 1, end + 2}


def pixels_of(model: QwenVL, image: pathlib.Path) -> Tensor:
    with Image.open(image) as picture:
        return preprocess.pixel_values(picture, model.config["visual"]["image_size"])


@torch.no_grad()
def trace(
    model: QwenVL,
    prompts: Prompts,
    template: str,
    query: str,
    history: list[Turn],
    images: list[pathlib.Path],
    count: int,
) -> dict[str, Tensor]:
    """Tensors by their names, stages in the model's dtype; pixels and stages of the first picture.

    Of the images those that no turn claims come with the query.
    """
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> None:
        found[name] = value.detach().clone().contiguous()

    pixels = [pixels_of(model, image) for image in images]
    if pixels:
        found["pixel_values"] = pixels[0]
    seen = model.see(pixels, keep)
    new = len(images) - sum(turn[2] for turn in history)
    ids = torch.tensor(prompts.ids(template, query, history, new))
    logits = model(ids, seen, len(ids), keep)
    found["logits"], found["input_ids"], found["position_ids"] = logits, ids, torch.arange(len(ids))
    found["token_type_ids"] = (ids == prompts.pad).long()
    generated: list[int] = []
    while len(generated) < count:
        generated.append(int(logits[-1].argmax()))
        if generated[-1] in stop_ids(model, template):
            break
        logits = model(torch.cat([ids, torch.tensor(generated)]), seen, len(ids))
    if count > 0:
        found["generated_ids"] = torch.tensor(generated)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthesize", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--image", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--prompt", default="")
    parser.add_argument("--template", choices=["base", "chat"], default="chat")
    parser.add_argument("--max-new-tokens", type=int, default=0)
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    if args.synthesize:
        ranks = tiny_tiktoken.train()
        save(random_model(TINY, args.seed, len(ranks)), args.synthesize, torch.float32, "chatml")
        (args.synthesize / "qwen.tiktoken").write_bytes(tiny_tiktoken.file(ranks))
        return
    model = load(args.model, DTYPES[args.dtype])
    prompts = Prompts(load_encoding(args.model / "qwen.tiktoken"), model.config["visual"]["n_queries"])
    found = trace(model, prompts, args.template, args.prompt, [], args.image, args.max_new_tokens)
    safetensors.torch.save_file(found, args.out)


if __name__ == "__main__":
    main()
