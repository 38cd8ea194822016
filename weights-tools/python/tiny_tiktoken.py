"""Trains the tiny rank file of the goldens, with Qwen's expression and special tokens, from corpus.txt.

python tiny_tiktoken.py --out qwen.tiktoken
"""

import argparse
import base64
import pathlib
import random

import tiktoken
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

import tiny_tokenizer
import tiny_unigram

LEARNED = 700  # 256 bytes and 444 merges
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|extra_{number}|>" for number in range(205))]
MARKUP = ["<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<img>", "</img>", "<imgpad>"]


def train() -> dict[bytes, int]:
    """Tokens and their ranks. A tenth of the ranks is exchanged: so some words are found whole only, and ties occur."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=LEARNED, initial_alphabet=alphabet, show_progress=False)
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines(keepends=True)
    lines += tiny_unigram.LICENCE.read_text(encoding="utf-8").splitlines(keepends=True)
    tokenizer.train_from_iterator(lines, trainer)
    values = _byte_values()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    tokens = [bytes(values[character] for character in piece) for piece, _ in vocabulary]
    rng = random.Random("ranks")
    for _ in range(len(tokens) // 20):
        one, other = rng.randrange(256, len(tokens)), rng.randrange(256, len(tokens))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return {token: rank for rank, token in enumerate(tokens)}


def _byte_values() -> dict[str, int]:
    """The byte of each character that spells one; visible ones of Latin-1 stand for themselves."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(0x100 + i): byte for i, byte in enumerate(hidden)}


def encoding(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    special = {text: len(ranks) + i for i, text in enumerate([*SPECIAL, *MARKUP])}
    return tiktoken.Encoding("tiny", pat_str=SPLIT, mergeable_ranks=ranks, special_tokens=special)


def file(ranks: dict[bytes, int]) -> bytes:
    return b"".join(base64.b64encode(token) + f" {rank}\n".encode() for token, rank in ranks.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.write_bytes(file(train()))


if __name__ == "__main__":
    main()
