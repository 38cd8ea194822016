"""Shikra from the published code of `transformers`: random checkpoints, and traces of requests.

python shikra.py --synthesize DIR --seed 3                      a small random checkpoint, tokenizer included
python shikra.py --model DIR --image IMG --prompt TEXT --out F  every named intermediate of one request

CLIP and LLaMA are the library's; between them is one linear layer. A picture is padded with white to a square, offset
rounded down, and stretched by CLIP's bicubic filter. A prompt is cut at the added tokens as its slow tokenizer of 2023
did: blanks beside them vanish, and each piece of text is encoded on its own. Needs transformers.
"""

import argparse
import dataclasses
import json
import pathlib
from typing import Sequence

import safetensors.torch
import sentencepiece
import torch
from PIL import Image
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModel, LlamaConfig, LlamaForCausalLM

import preprocess
import tiny_tokenizer

BOS, EOS = 1, 2
ADDED = ("<im_patch>", "<im_start>", "<im_end>")  # behind the pieces of the tokenizer
SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
VISION = "model.vision_tower.vision_model."
PROJECTOR = "model.mm_projector."
EAGER = {"attn_implementation": "eager"}  # softmax in f32, then rounded
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}
TINY = {
    "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 3,
    "max_position_embeddings": 320, "rms_norm_eps": 1e-6,
    "vision_config": {
        "hidden_size": 40, "intermediate_size": 72, "num_hidden_layers": 3, "num_attention_heads": 2,
        "image_size": 40, "patch_size": 8, "layer_norm_eps": 1e-5, "hidden_act": "quick_gelu",
    },
}  # fmt: skip


class Shikra(torch.nn.Module):
    """The two models and the layer between them."""

    def __init__(self, config: dict):
        super().__init__()
        text = {key: value for key, value in config.items() if key in LLAMA_KEYS}
        self.vision = CLIPVisionModel(CLIPVisionConfig(**config["vision_config"], **EAGER)).eval()
        self.text = LlamaForCausalLM(LlamaConfig(**text, tie_word_embeddings=False, **EAGER)).eval()
        self.projector = torch.nn.Linear(config["vision_config"]["hidden_size"], config["hidden_size"])
        self.select = config["mm_vision_select_layer"]

    def picture_rows(self, pixels: Tensor) -> Tensor:
        """[3, S, S] -> [patches, D]."""
        states = self.vision(pixels[None].to(self.projector.weight.dtype), output_hidden_states=True).hidden_states
        return self.projector(states[self.select][0, 1:])

    def embeddings(self, ids: Sequence[int], patch: int, rows: Tensor | None) -> Tensor:
        """[1, L, D]: rows of the picture in place of the patch tokens."""
        ids = torch.tensor(ids)
        x = self.text.get_input_embeddings()(ids)
        if rows is not None:
            x = x.clone()
            x[ids == patch] = rows
        return x[None]

    def published_state(self) -> dict[str, Tensor]:
        """Weights under the names of a checkpoint with its tower in it."""
        state = dict(self.text.state_dict())
        state |= {VISION + name: value for name, value in self.vision.state_dict().items()}
        state |= {PROJECTOR + name: value for name, value in self.projector.state_dict().items()}
        return state

    def load_published(self, state: dict[str, Tensor]) -> None:
        state = {name: value.float() for name, value in state.items()}
        for module, prefix in ((self.vision, VISION), (self.projector, PROJECTOR)):
            own = [name for name in state if name.startswith(prefix)]
            module.load_state_dict({name.removeprefix(prefix): state.pop(name) for name in own})
        self.text.load_state_dict(state)


LLAMA_KEYS = {
    "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings",
    "rms_norm_eps", "vocab_size",
}  # fmt: skip


def random_model(sizes: dict, seed: int) -> tuple[dict, Shikra]:
    """config.json and weights, of which none is 0 or 1 in all places, biases and norms included."""
    torch.manual_seed(seed)
    config = {
        "architectures": ["ShikraLlamaForCausalLM"], "model_type": "shikra",
        "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": -1,  # wrong, as in the published file
        "hidden_act": "silu", "use_mm_proj": True, "mm_vision_tower": "openai/clip-vit-large-patch14",
        "mm_vision_select_layer": -2, "mm_hidden_size": sizes["vision_config"]["hidden_size"],
        "vocab_size": tiny_tokenizer.PIECES + len(ADDED), **sizes,
    }  # fmt: skip
    model = Shikra(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                center = 1.0 if "norm" in name and name.endswith("weight") else 0.0
                weight.copy_(center + 0.2 * torch.randn_like(weight))
            elif "embed" in name:
                weight.copy_(0.3 * torch.randn_like(weight))
            else:
                gain = 2.6 if "lm_head" in name else 1.3
                weight.copy_(torch.randn_like(weight) * gain / weight.flatten(1).shape[1] ** 0.5)
    return config, model


def save(config: dict, model: Shikra, directory: pathlib.Path, dtype: torch.dtype, legacy: bool | None) -> None:
    """A folder that an engine loads, tokenizer included; ``legacy`` None: tokenizer_config.json says nothing."""
    directory.mkdir(parents=True, exist_ok=True)
    weights = {name: value.to(dtype).contiguous() for name, value in model.published_state().items()}
    safetensors.torch.save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    write_json(directory / "config.json", config)
    (directory / "tokenizer.model").write_bytes(tiny_tokenizer.train())
    write_json(directory / "added_tokens.json", {text: tiny_tokenizer.PIECES + i for i, text in enumerate(ADDED)})
    write_json(directory / "tokenizer_config.json", {} if legacy is None else {"legacy": legacy})


def load(directory: pathlib.Path, dtype: torch.dtype) -> Shikra:
    model = Shikra(json.loads((directory / "config.json").read_text(encoding="utf-8")))
    model.load_published(safetensors.torch.load_file(directory / "model.safetensors"))
    return model.to(dtype)


def write_json(path: pathlib.Path, value) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def squared(image: Image.Image) -> Image.Image:
    """In the middle of a white square, by whole pixels rounded down."""
    image = image.convert("RGB")
    side = max(image.size)
    square = Image.new("RGB", (side, side), (255, 255, 255))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square


@dataclasses.dataclass
class Tokens:
    """A tokenizer of Shikra's folder, by the rules of its time."""

    pieces: sentencepiece.SentencePieceProcessor
    added: dict[str, int]
    legacy: bool

    @classmethod
    def of(cls, directory: pathlib.Path) -> "Tokens":
        settings = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
        return cls(
            sentencepiece.SentencePieceProcessor(model_file=str(directory / "tokenizer.model")),
            json.loads((directory / "added_tokens.json").read_text(encoding="utf-8")),
            settings.get("legacy", True),
        )

    def encode(self, parts: Sequence[str | int]) -> list[int]:
        """Texts and ids -> ids. Blanks beside an added token, which <s> and </s> are not, belong to it."""
        stripping = set(self.added.values())
        ids: list[int] = []
        for at, part in enumerate(parts):
            if isinstance(part, int):
                ids.append(part)
                continue
            if at > 0 and parts[at - 1] in stripping:
                part = part.lstrip()
            if at + 1 < len(parts) and parts[at + 1] in stripping:
                part = part.rstrip()
            ids += self.segment(part, first=at == 1)  # behind <s>
        return ids

    def segment(self, text: str, first: bool) -> list[int]:
        if self.legacy or first or text.startswith(" ") or not text:
            return self.pieces.encode(text)
        pieces = self.pieces.encode(text, out_type=str)
        if pieces[0].startswith("▁"):
            pieces = [piece for piece in (pieces[0][1:], *pieces[1:]) if piece]
        return [self.pieces.piece_to_id(piece) for piece in pieces]


def prompt(tokens: Tokens, question: str, history: Sequence[tuple[str, str]], rows: int, bare: bool) -> list[int]:
    """Token ids; ``rows`` 0: no picture. ``bare``: the question alone, without the form of a conversation."""
    patch, start, end = (tokens.added[text] for text in ADDED)
    turns = [*history, (question, None)]
    first = turns[0][0]
    if rows and "<image>" not in first:
        first = "<image> " + first
    asked = [first] + [later.replace("<image>", "") for later, _ in turns[1:]]
    parts: list[str | int] = [BOS]
    text = "" if bare else SYSTEM + " "
    for (_, answer), query in zip(turns, asked):
        before, tag, after = query.partition("<image>")
        text += before if bare else "USER: " + before
        if tag and rows:
            parts += [text, start, *[patch] * rows, end]
            text = ""
        text += after.replace("<image>", "") + ("" if bare else " ASSISTANT:")
        if answer is not None:
            parts += [f"{text} {answer}", EOS]
            text = ""
    return tokens.encode([part for part in (*parts, text) if part != ""])


@torch.no_grad()
def trace(
    model: Shikra,
    tokens: Tokens,
    question: str,
    history: Sequence[tuple[str, str]],
    bare: bool,
    image: pathlib.Path | None,
    count: int,
) -> dict[str, Tensor]:
    """Tensors by their names, which are those of tracing.py; stages in the model's dtype."""
    found: dict[str, Tensor] = {}
    hooks = []

    def keep(name: str, module: torch.nn.Module) -> None:
        def hook(_module, _inputs, output) -> None:
            if name not in found:  # the prompt's step comes first
                value = output[0] if isinstance(output, tuple) else output
                found[name] = value.reshape(-1, value.shape[-1]).detach().clone()

        hooks.append(module.register_forward_hook(hook))

    keep("vision.embeddings", model.vision.pre_layrnorm)
    blocks = len(model.vision.encoder.layers) + 1 + model.select
    for number, layer in enumerate(model.vision.encoder.layers[:blocks]):
        keep(f"vision.layers.{number}", layer)
    keep("vision.output", model.projector)
    for number, layer in enumerate(model.text.model.layers):
        keep(f"language.layers.{number}", layer)
    keep("language.norm", model.text.model.norm)

    rows = None
    if image is not None:
        with Image.open(image) as picture:
            pixels = preprocess.pixel_values(squared(picture), model.vision.config.image_size)
        found["pixel_values"] = pixels
        rows = model.picture_rows(pixels)
    ids = prompt(tokens, question, history, 0 if rows is None else len(rows), bare)
    patch = tokens.added[ADDED[0]]
    embedded = model.embeddings(ids, patch, rows)
    found["language.embeddings"] = embedded[0]
    found["logits"] = model.text(inputs_embeds=embedded).logits[0].float()
    for hook in hooks:
        hook.remove()
    found["input_ids"] = torch.tensor(ids)
    found["token_type_ids"] = (found["input_ids"] == patch).to(torch.int64) * (rows is not None)
    found["position_ids"] = torch.arange(len(ids))
    if count > 0:
        found["generated_ids"] = greedy(model, embedded, count)
    return {name: value.contiguous() for name, value in found.items()}


@torch.no_grad()
def greedy(model: Shikra, embedded: Tensor, count: int) -> Tensor:
    """The likeliest tokens, to the end of the answer or ``count``."""
    generated: list[int] = []
    out = model.text(inputs_embeds=embedded, use_cache=True)
    while len(generated) < count:
        chosen = int(out.logits[0, -1].argmax())
        generated.append(chosen)
        if chosen == EOS:
            break
        out = model.text(input_ids=torch.tensor([[chosen]]), past_key_values=out.past_key_values, use_cache=True)
    return torch.tensor(generated)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthesize", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--template", choices=("chat", "base"), default="chat")
    parser.add_argument("--max-new-tokens", type=int, default=0)
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    if args.synthesize:
        save(*random_model(TINY, args.seed), args.synthesize, torch.float32, legacy=None)
        return
    model = load(args.model, DTYPES[args.dtype])
    bare = args.template == "base"
    found = trace(model, Tokens.of(args.model), args.prompt, (), bare, args.image, args.max_new_tokens)
    safetensors.torch.save_file(found, args.out)


if __name__ == "__main__":
    main()
