"""Trains the small unigram tokenizer of the tests in Hugging Face's form and records what the library makes of texts.

  python make_unigram.py       writes beside this script; needs sentencepiece 0.2.2, tokenizers 0.23.2

unigram.json   a character map of a few rules, then the steps that converters write; pieces of several words; added
               tokens of every kind; special tokens have names that no text has

unigram.encode.jsonl.gz: text and ids, special tokens taken as text; unigram.decode.jsonl.gz: ids and decoded text.
"""

import base64
import gzip
import json
import pathlib
import random
import tempfile

import make_byte_level
from make_models import corpus, train
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
SPECIAL = ["\ue111s", "\ue111pad", "\ue111/s", "\ue111unk"]

# Left and right sides: joined and parted characters, a rule within another, one that makes spaces, two that drop.
RULES = {
    "e\u0301": "\u00e9", "a\u0308": "\u00e4", "a\u0308\u0323": "\u1ea1\u0308", "\u1100\u1161\u11a8": "\uac01", "ﬁ": "fi", "①": "1",
    "Ａ": "A", "ª": "a", "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u200b": " ", "\u0001": "", "\u200d": "",
    "ﷺ": "صلى الله", "…": "...", "\u2581": " ",
}  # fmt: skip

ADDED = [
    ("<tool>", dict(lstrip=True)),
    ("<end>", dict(rstrip=True)),
    ("red circle", dict(single_word=True)),
    ("ﬁ", dict(normalized=True)),
    (" Answer:", dict(normalized=True, rstrip=True)),
    ("<to", dict()),
    ("\u0301", dict(lstrip=True, rstrip=True)),
]
FRAGMENTS = ["<tool>", "  <tool>", "<end>\n ", "<tool> <end> <tool>", "red circle", "a red circle", "red circles", "ﬁ", "fi",
             "Question: x  Answer:   y", "ª\u0301", "a\u0308\u0323", "\u0301", " \u0301 ", "①\u0301"]  # fmt: skip


def character_map_model():
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as rules:
        for left, right in RULES.items():
            sides = (" ".join(f"{ord(c):X}" for c in side) for side in (left, right))
            rules.write("\t".join(sides) + "\n")
        rules.flush()
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(
            train(
                model_type="unigram",
                vocab_size=400,
                normalization_rule_tsv=rules.name,
                split_by_whitespace=False,
                character_coverage=0.99,
            )
        )
    return model


def content():
    model = character_map_model()
    vocabulary = [[name, 0.0] for name in SPECIAL] + [[p.piece, p.score] for p in model.pieces[3:]]
    chance = random.Random(7)
    for piece in vocabulary[4:]:  # many equal sums
        if chance.random() < 0.5:
            piece[1] = float(round(piece[1]))
    flags = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=False)
    added = [dict(flags, id=i, content=name, special=True) for i, name in enumerate(SPECIAL)]
    added += [dict(flags, id=len(vocabulary) + i, content=name) | options for i, (name, options) in enumerate(ADDED)]
    blob = base64.b64encode(model.normalizer_spec.precompiled_charsmap).decode()
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": False}
    return {
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": blob},
                {"type": "Strip", "strip_left": False, "strip_right": True},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"},
            ],
        },
        "pre_tokenizer": metaspace,
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocabulary, "byte_fallback": False},
    }


def main():
    serialized = json.dumps(content(), ensure_ascii=False)
    (HERE / "unigram.json").write_text(serialized, encoding="utf-8")
    tokenizer = Tokenizer.from_str(serialized)
    tokenizer.encode_special_tokens = True  # as text
    chance = random.Random("unigram")
    lines = corpus()
    cases = []
    for _ in range(1500):
        parts = [make_byte_level.text(chance, lines) if chance.random() < 0.5 else chance.choice(FRAGMENTS) for _ in range(3)]
        sample = "".join(parts)
        cases.append({"text": sample, "ids": tokenizer.encode(sample, add_special_tokens=False).ids})
    decoded = []
    for _ in range(300):
        ids = [chance.randrange(tokenizer.get_vocab_size()) for _ in range(chance.randrange(12))]
        decoded.append({"ids": ids, "decoded": tokenizer.decode(ids)})
    for kind, rows in (("encode", cases), ("decode", decoded)):
        jsonl = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (HERE / f"unigram.{kind}.jsonl.gz").write_bytes(gzip.compress(jsonl.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
