"""Writes the committed goldens, or checks that they are what this code writes.

python goldens.py             writes all
python goldens.py --check     writes to a temporary folder and compares
"""

import argparse
import pathlib
import sys
import tempfile

import safetensors.torch

import beam_goldens
import compare
import image_goldens
import markup_goldens
import tokenizer_goldens
import trace_goldens

ROOT = pathlib.Path(__file__).resolve().parents[2] / "java/core/src/test/resources/goldens"
PARTS = {
    "traces": trace_goldens.write,
    "images": image_goldens.write,
    "text": tokenizer_goldens.write,
    "text/unigram": markup_goldens.write_unigram,
    "text/tiktoken": markup_goldens.write_tiktoken,
    "search": beam_goldens.write,
}
LIMITS = {"pixel_values.safetensors": 1e-6, "trace.safetensors": 1e-5, "trace_bf16.safetensors": 5e-2,
          "parts.safetensors": 1e-5, "search.safetensors": 1e-5}  # fmt: skip


def written(directory: pathlib.Path) -> set[pathlib.Path]:
    files = (path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    return {path for path in files if path.name != "README.md"}


def differences(fresh: pathlib.Path, committed: pathlib.Path) -> list[str]:
    """What differs: traces by value, as processors round differently, everything else byte for byte."""
    found = [f"{path}: only on one side" for path in sorted(written(fresh) ^ written(committed))]
    for path in sorted(written(fresh) & written(committed)):
        if path.name not in LIMITS:
            if (fresh / path).read_bytes() != (committed / path).read_bytes():
                found.append(f"{path}: bytes differ")
            continue
        sides = [safetensors.torch.load_file(side / path) for side in (fresh, committed)]
        if path.name == "trace_bf16.safetensors":  # rounding may turn a close choice; the f32 traces are checked
            for side in sides:
                side.pop("generated_ids", None)
        rows = compare.compare(*sides, limit=LIMITS[path.name])
        found += [f"{path}: {name}: {what}" for name, (good, what) in rows.items() if not good]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed files, write none")
    args = parser.parse_args()
    if not args.check:
        for name, write in PARTS.items():
            write(ROOT / name)
        return
    with tempfile.TemporaryDirectory() as fresh:
        for name, write in PARTS.items():
            write(pathlib.Path(fresh) / name)
        found = differences(pathlib.Path(fresh), ROOT)
    print("\n".join(found) or "goldens are up to date")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
