"""Trains the small byte-level tokenizers of the tests and records what the library makes of texts.

  python make_byte_level.py    writes beside this script; needs tokenizers 0.23.2

llama3.json.gz   Llama 3's expression, special tokens beyond the vocabulary, merges as pairs
gpt2.json.gz     GPT-2's built-in expression, merges as lines, added tokens that are not special,
                 a word that only ignore_merges finds

NAME.encode.jsonl.gz: text and ids, special tokens taken as text; NAME.decode.jsonl.gz: ids and decoded text.
"""

import gzip
import json
import pathlib
import random

from make_models import corpus
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

FRAGMENTS = (
    """<|begin_of_text|> <|end_of_text|> <|eot_id|> <|endoftext|> <tool> <to Ġ ġ Ċ Straße 's 'S 'ſ
    'll 'LL 'Ve I'm don't DON'T it's 12 123 1234 12345 ½ Ⅷ ² ٣ a1b2 [[012,345,678,999]] Question:
    Answer: Short red Red RED returning returned 左边的红色圆圈 猫はどこ Где красный الكرة 😀 👍🏽
    👩‍👩‍👧‍👦 🇩🇪 é e\u0301 a\u0308\u0323 ﬁ ﷺ ① Ａ ｶﾞ 각 \ufffd \ufeff \u200b \u200d __init__ !== -> ... ??? $1
    """.split()
    + [" ", "  ", "    ", "\t", "\n", "\r\n", "\n\n", " \n", "\n ", "\r", "\0", "\x0b", "\x85"]
    + ["\u00a0", "\u2028", "\u3000", "\u180e", "Where is the blue circle? ", " Answer:", " red"]
)


# Blocks without letters or numbers that are newer than Unicode 13, which JDK 17 knows.
BLOCKS = [(0x20, 0x7F)] * 4 + [
    (0, 0x20),
    (0x7F, 0x860),
    (0x900, 0xC00),
    (0x1100, 0x1600),
    (0x1E00, 0x2C00),
    (0x3000, 0x3130),
    (0x4E00, 0x9F00),
    (0xAC00, 0xD7A4),
    (0xE000, 0xF900),
    (0xFB50, 0xFDC0),
    (0x10000, 0x10100),
    (0x1F300, 0x1F700),
    (0x20000, 0x20100),
]


def code_point(chance):
    return chr(chance.randrange(*chance.choice(BLOCKS)))


def text(chance, lines):
    kind = chance.randrange(6)
    if kind == 0:
        return "".join(code_point(chance) for _ in range(chance.randrange(30)))
    if kind == 1:
        return "".join(chance.choice(FRAGMENTS) for _ in range(chance.randrange(20)))
    if kind == 2:
        return chance.choice(FRAGMENTS) * chance.randrange(40)
    if kind == 3:
        return " ".join(chance.choice(FRAGMENTS) for _ in range(chance.randrange(12)))
    line = chance.choice(lines)
    start = chance.randrange(len(line))
    return line[start : start + chance.randrange(1, 80)] + chance.choice(FRAGMENTS)


def train(pre_tokenizer, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def llama3():
    tokenizer = train(
        pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        ),
        1200,
    )
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    content = json.loads(tokenizer.to_str())
    content["model"]["ignore_merges"] = True
    return content


def gpt2():
    tokenizer = train(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True), 900)
    content = json.loads(tokenizer.to_str())
    model = content["model"]
    model["merges"] = [" ".join(pair) for pair in model["merges"]]
    del model["merges"][100:110]  # their products are tokens that merging does not reach
    model["ignore_merges"] = True
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.add_tokens(["<tool>", "<to", "  ", AddedToken("Straße", normalized=True), "ing"])
    content = json.loads(tokenizer.to_str())
    content["model"]["merges"] = model["merges"]
    return content


def write(name, content, count, directory):
    serialized = json.dumps(content, ensure_ascii=False)
    tokenizer = Tokenizer.from_str(serialized)
    tokenizer.encode_special_tokens = True  # as text
    (directory / f"{name}.json.gz").write_bytes(gzip.compress(serialized.encode(), 9, mtime=0))
    chance = random.Random(name)
    lines = corpus()
    encoded = []
    for _ in range(count):
        sample = text(chance, lines)
        ids = tokenizer.encode(sample, add_special_tokens=False).ids
        encoded.append({"text": sample, "ids": ids})
    decoded = []
    for _ in range(count // 2):
        bound = chance.choice([256, tokenizer.get_vocab_size()])
        ids = [chance.randrange(bound) for _ in range(chance.randrange(12))]
        decoded.append({"ids": ids, "decoded": tokenizer.decode(ids)})
    for kind, cases in (("encode", encoded), ("decode", decoded)):
        jsonl = "".join(json.dumps(case) + "\n" for case in cases)
        packed = gzip.compress(jsonl.encode(), 9, mtime=0)
        (directory / f"{name}.{kind}.jsonl.gz").write_bytes(packed)


def main():
    write("llama3", llama3(), 400, HERE)
    write("gpt2", gpt2(), 400, HERE)


if __name__ == "__main__":
    main()
