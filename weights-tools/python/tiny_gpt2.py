"""Trains the tiny byte-level BPE tokenizer of the OFA goldens, GPT-2's expression and BART's files, from corpus.txt.

python tiny_gpt2.py --out DIR      writes DIR/vocab.json and DIR/merges.txt
"""

import argparse
import json
import pathlib
import random

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

import ofa_text
import tiny_tokenizer

LEARNED = 420  # 256 bytes and 164 merges
LAST = ["<|endoftext|>", "madeupword0000", "madeupword0001", "madeupword0002", "<mask>"]
CODES = 16  # published: 8192
TOKENS = 4 + LEARNED + len(LAST) + CODES + ofa_text.BINS


def train() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges. BART counts pieces by how common they are, not by their merge; here they are shuffled."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(ofa_text.SPLIT.pattern), behavior="isolated", invert=False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=LEARNED, initial_alphabet=alphabet, show_progress=False)
    lines = [line.rstrip("\n") for line in tiny_tokenizer.CORPUS.open(encoding="utf-8")]
    tokenizer.train_from_iterator([form for line in lines for form in (f" {line}", f" {line.lower()}")], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    pieces = sorted(model["vocab"])
    random.Random("dictionary").shuffle(pieces)
    ordered = [*ofa_text.SPECIAL[:4], *pieces, *LAST]
    return {piece: index for index, piece in enumerate(ordered)}, [tuple(pair) for pair in model["merges"]]


def write(directory: pathlib.Path) -> None:
    vocabulary, merges = train()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (directory / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
