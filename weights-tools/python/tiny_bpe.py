"""Trains the tiny byte-level BPE tokenizer of the CogVLM2 goldens, with Llama-3's pipeline, from corpus.txt.

python tiny_bpe.py --out tokenizer.json
"""

import argparse
import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

import tiny_tokenizer

LEARNED = 406  # 256 bytes and 150 merges
WHOLE = ["Ġpicture", "Answer", "100", "ĊĊ"]  # in the vocabulary but no result of merges: found whole or never
# How Llama-3 cuts text before merging: contractions, words, up to three digits, punctuation, line ends, white space.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
RESERVED = [f"<|reserved_special_token_{number}|>" for number in range(5)]
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", *RESERVED[:4], "<|start_header_id|>", "<|end_header_id|>",
           RESERVED[4], "<|eot_id|>"]  # fmt: skip
FIRST_SPECIAL = LEARNED + len(WHOLE)
PIECES = FIRST_SPECIAL + len(SPECIAL)
BOS, EOS, PAD, EOT = (FIRST_SPECIAL + SPECIAL.index(name) for name in (*SPECIAL[:2], RESERVED[0], "<|eot_id|>"))


def train() -> str:
    """The tokenizer as the text of a tokenizer.json."""
    tokenizer = Tokenizer(_learned())
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), _with_bos()])
    return tokenizer.to_str(pretty=True) + "\n"


def _pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    split = pre_tokenizers.Split(Regex(SPLIT), behavior="isolated", invert=False)
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def _learned() -> models.BPE:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _pre_tokenizer()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=LEARNED, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines(keepends=True), trainer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = model["vocab"] | {piece: LEARNED + i for i, piece in enumerate(WHOLE)}
    return models.BPE(vocabulary, [tuple(pair) for pair in model["merges"]], ignore_merges=True)


def _with_bos() -> processors.TemplateProcessing:
    bos = SPECIAL[0]
    return processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, BOS)])


def byte_ids(tokenizer: Tokenizer) -> list[int]:
    """The id of each single byte. Visible characters of Latin-1 stand for themselves, the rest from U+0100 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [tokenizer.token_to_id(chr(byte if byte in visible else 256 + hidden.index(byte))) for byte in range(256)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.write_text(train(), encoding="utf-8")


if __name__ == "__main__":
    main()
