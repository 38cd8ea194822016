"""Kosmos-2 by the published code of `transformers`: random checkpoints, and traces of requests.

python kosmos2.py --synthesize DIR --seed 3                      a small random checkpoint, tokenizer included
python kosmos2.py --model DIR --image IMG --prompt TEXT --out F  every named intermediate of one request

Prompts are token for token those of the published processor: <s> <image> rows </image>, then the text, in which tags
such as <grounding> are tokens. Names are those of tracing.py; vision.normalised [T, Dv] are the encoder's tokens after
its last norm, each of length 1. Needs transformers, which nothing else here does.
"""

import argparse
import json
import pathlib

import safetensors.torch
import tokenizers
import torch
from PIL import Image
from torch import Tensor
from transformers import Kosmos2Config, Kosmos2ForConditionalGeneration

import checkpoint
import compressed_tensors
import preprocess

FIRST_ROW = 4  # id in the first row of a picture; the others follow
NO_REPEAT = 3
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}
TINY = {
    "text_config": {
        "embed_dim": 48, "layers": 2, "ffn_dim": 80, "attention_heads": 3, "max_position_embeddings": 256,
    },
    "vision_config": {
        "hidden_size": 40, "intermediate_size": 72, "num_hidden_layers": 2, "num_attention_heads": 2,
        "image_size": 40, "patch_size": 8,
    },
    "latent_query_num": 7,
}  # fmt: skip


def random_model(sizes: dict, seed: int) -> Kosmos2ForConditionalGeneration:
    """Weights of which none is 0 or 1 in all places, biases and norms included."""
    torch.manual_seed(seed)
    config = Kosmos2Config(**sizes, architectures=["Kosmos2ForConditionalGeneration"])
    config._attn_implementation = "eager"
    model = Kosmos2ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                center = 1.0 if "norm" in name and name.endswith("weight") else 0.0
                weight.copy_(center + 0.2 * torch.randn_like(weight))
            elif "latent_query" in name or "embedding" in name:
                weight.copy_(0.3 * torch.randn_like(weight))
            else:
                weight.copy_(torch.randn_like(weight) * 1.3 / weight.flatten(1).shape[1] ** 0.5)
    return model


def save(model: Kosmos2ForConditionalGeneration, directory: pathlib.Path, dtype: torch.dtype) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    tied = "text_model.lm_head.weight"
    weights = {name: value.to(dtype).contiguous() for name, value in model.state_dict().items() if name != tied}
    safetensors.torch.save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    config = json.loads(model.config.to_json_string(use_diff=False))
    kept = {key: config[key] for key in ("architectures", "latent_query_num", "model_type")}
    for part, keys in (("text_config", TINY["text_config"]), ("vision_config", TINY["vision_config"])):
        kept[part] = {key: config[part][key] for key in [*keys, "layer_norm_eps"]}
    kept["text_config"]["vocab_size"] = config["text_config"]["vocab_size"]
    (directory / "config.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def load(directory: pathlib.Path, dtype: torch.dtype) -> Kosmos2ForConditionalGeneration:
    config = Kosmos2Config(**json.loads((directory / "config.json").read_text(encoding="utf-8")))
    config._attn_implementation = "eager"  # sdpa masks the resampler as if it were causal
    model = Kosmos2ForConditionalGeneration(config).eval()
    weights = compressed_tensors.dequantised(checkpoint.read_tensors(directory))
    missing, unexpected = model.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    if unexpected or set(missing) - {"text_model.lm_head.weight"}:
        raise ValueError(f"{directory}: missing {missing}, unexpected {unexpected}")
    model.tie_weights()
    return model.to(dtype)


def prompt_ids(tokenizer: tokenizers.Tokenizer, text: str, rows: int) -> tuple[list[int], list[int]]:
    """Token ids, and 1 where a row of the picture stands; ``rows`` 0: no picture."""
    words = tokenizer.encode(text.strip(), add_special_tokens=False).ids
    if rows == 0:
        ids = [0, *words]
        return ids, [0] * len(ids)
    begin, end = tokenizer.token_to_id("<image>"), tokenizer.token_to_id("</image>")
    ids = [0, begin, *range(FIRST_ROW, FIRST_ROW + rows), end, *words]
    return ids, [0, 0, *[1] * rows, *[0] * (1 + len(words))]


def answering(model: Kosmos2ForConditionalGeneration, inputs: dict) -> torch.nn.Module:
    """The whole takes no request without a picture."""
    return model if "pixel_values" in inputs else model.text_model


@torch.no_grad()
def trace(
    model: Kosmos2ForConditionalGeneration,
    tokenizer: tokenizers.Tokenizer,
    text: str,
    image: pathlib.Path | None,
    count: int,
) -> dict[str, Tensor]:
    """Tensors by their names, stages in the model's dtype."""
    dtype = next(model.parameters()).dtype
    config = model.config
    found: dict[str, Tensor] = {}
    hooks = []

    def keep(name: str, module: torch.nn.Module) -> None:
        def hook(_module, _inputs, output) -> None:
            if name not in found:  # the prompt's step comes first
                value = output[0] if isinstance(output, tuple) else output
                found[name] = value.reshape(-1, value.shape[-1]).detach().clone()

        hooks.append(module.register_forward_hook(hook))

    def keep_input(name: str, module: torch.nn.Module) -> None:
        def hook(_module, inputs) -> None:
            if name not in found:
                found[name] = inputs[0][0].detach().clone()

        hooks.append(module.register_forward_pre_hook(hook))

    vision, text_model = model.vision_model.model, model.text_model.model
    keep("vision.embeddings", vision.pre_layrnorm)
    for number, layer in enumerate(vision.encoder.layers):
        keep(f"vision.layers.{number}", layer)
    projection = model.image_to_text_projection
    keep_input("vision.normalised", projection)
    keep("vision.output", projection)
    keep_input("language.embeddings", text_model.layers[0])
    for number, layer in enumerate(text_model.layers):
        keep(f"language.layers.{number}", layer)
    keep("language.norm", text_model.layer_norm)

    inputs = {}
    if image is not None:
        with Image.open(image) as picture:
            pixels = preprocess.pixel_values(picture, config.vision_config.image_size)
        found["pixel_values"] = pixels
        inputs["pixel_values"] = pixels[None].to(dtype)
    ids, mask = prompt_ids(tokenizer, text, 0 if image is None else config.latent_query_num)
    inputs["input_ids"] = torch.tensor([ids])
    if image is not None:
        inputs["image_embeds_position_mask"] = torch.tensor([mask])
    found["logits"] = answering(model, inputs)(**inputs).logits[0].float()
    for hook in hooks:
        hook.remove()
    found["input_ids"], found["token_type_ids"] = inputs["input_ids"][0], torch.tensor(mask)
    found["position_ids"] = torch.arange(2, 2 + len(ids))
    if count > 0:
        out = answering(model, inputs).generate(
            **inputs, attention_mask=torch.ones(1, len(ids), dtype=torch.int64), max_new_tokens=count, do_sample=False,
            num_beams=1, no_repeat_ngram_size=NO_REPEAT, use_cache=True,
        )  # fmt: skip
        found["generated_ids"] = out[0, len(ids) :]
    return {name: value.contiguous() for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthesize", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--image", type=pathlib.Path)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--max-new-tokens", type=int, default=0)
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    parser.add_argument("--out", type=pathlib.Path)
    args = parser.parse_args()
    if args.synthesize:
        import tiny_unigram

        tokenizer = tiny_unigram.convert(tiny_unigram.train(), {})
        sizes = {**TINY, "text_config": {**TINY["text_config"], "vocab_size": tokenizer.get_vocab_size()}}
        save(random_model(sizes, args.seed), args.synthesize, torch.float32)
        (args.synthesize / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
        return
    tokenizer = tokenizers.Tokenizer.from_file(str(args.model / "tokenizer.json"))
    model = load(args.model, DTYPES[args.dtype])
    found = trace(model, tokenizer, args.prompt, args.image, args.max_new_tokens)
    safetensors.torch.save_file(found, args.out)


if __name__ == "__main__":
    main()
