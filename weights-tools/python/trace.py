"""Writes every named intermediate of one request to a safetensors file; tracing.py lists the names.

python trace.py --model DIR --image cat.png --prompt "What is it?" --template chat --dtype f32 --out t.safetensors
"""

import argparse
import pathlib

import safetensors.torch

import prompt
import tracing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="Hugging Face directory")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="tokenizer file; default: the model directory's")
    parser.add_argument("--image", type=pathlib.Path, help="picture; without it the request is text only")
    parser.add_argument("--prompt", required=True, help="the question")
    parser.add_argument("--template", choices=prompt.TEMPLATES, default="base")
    parser.add_argument("--history", type=pathlib.Path, help='JSON [["question", "answer"], ...]')
    parser.add_argument("--dtype", choices=tracing.DTYPES, default="f32")
    parser.add_argument("--max-new-tokens", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    history = tracing.read_history(args.history) if args.history else ()
    request = tracing.Request(args.prompt, args.template, history, args.image, args.max_new_tokens)
    tensors = tracing.trace(args.model, args.tokenizer or prompt.tokenizer_file(args.model), request, args.dtype)
    safetensors.torch.save_file(tensors, args.out)
    for name, value in tensors.items():
        print(f"{name:28} {list(value.shape)} {str(value.dtype).removeprefix('torch.')}")


if __name__ == "__main__":
    main()
