"""Golden token ids: thousands of strings and id sequences through the SentencePiece and tokenizers libraries.

NAME.model or NAME.json is the tokenizer. NAME.encode.jsonl.gz has a line {"text", "ids", "decoded"} for each string;
"decoded" is left out where it equals the text. NAME.decode.jsonl.gz has a line {"ids", "decoded"} for ids no text
encodes to; special tokens decode to nothing.
"""

import dataclasses
import gzip
import json
import pathlib
import random
import unicodedata

import prompt
import tiny_bpe
import tiny_tokenizer

SHAPES = pathlib.Path(__file__).resolve().parents[1] / "models/cogvlm-shapes/tokenizer.model"
BPE = "bpe/tiny"
RANDOM_TEXTS = {"tiny": 16_000, "cogvlm-shapes": 8_000, BPE: 1_500}
RANDOM_IDS = {"tiny": 2_000, "cogvlm-shapes": 2_000, BPE: 500}

LOOKALIKES = "<s> </s> <unk> <pad> <EOI> <0x41> <0x0A> <0xFF> <0x0a> ⁇ [INST] [/INST] ▁ ▁▁ <s </s><s>".split()
EDGES = [
    "", " ", "  ", "   ", "\n", "\t", "\r\n", "\0", "a\0b", "▁", "▁▁", " ▁", "▁ ", "a▁b", "a b", " a", "a ", "  a  b  ",
    "\u00a0", "\u3000", "\u200b", "\ufeff", "\ufeffa", "\ufffd", "\ufffe", "\U0010ffff", "\ud7ff", "\ue000", "\x7f", "\x85",
    "e\u0301", "\u0301", "\u00e9", "\u1e69", "s\u0323\u0307", "\u2126", "\ufb01", "½", "①", "Ⅷ", "İ", "ß", "ſ",
    "👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇺🇳", "1️⃣", "❤️", "❤", "🙂🙂", "🚀🚀🚀", "नमस्ते", "สวัสดี", "שלום", "مرحبا", "नी", "한국어", "각",
    "0123456789", "007", "3.14159", "1e-5", "١٢٣", "[[012,345,678,901]]", " [[012,345,678,901]]", "[[0,0,1,1;2,2,3,3]].",
    "Question: <s>hi</s> Answer:", "Question: a Answer: b\nQuestion: c Answer:", "Question:  Short answer:",
    "Where is the red circle? answer in [[x0,y0,x1,y1]] format.", *LOOKALIKES, *(f" {look} " for look in LOOKALIKES),
]  # fmt: skip
# Inclusive code point ranges; their order is their weight in random texts, most common first.
ALPHABETS = [
    (0x20, 0x7E), (0x61, 0x7A), (0x30, 0x39), (0x20, 0x20), (0xA1, 0xFF), (0x400, 0x45F), (0x4E00, 0x4FFF),
    (0x3041, 0x30FF), (0xAC00, 0xAD00), (0x1F600, 0x1F64F), (0x300, 0x36F), (0x00, 0x1F), (0x80, 0xA0), (0x5D0, 0x5EA),
    (0x627, 0x64A), (0x905, 0x94D), (0xE01, 0xE3A), (0x2000, 0x206F), (0x2581, 0x2581), (0xE000, 0xE010),
    (0xFE00, 0xFE0F), (0xFFF0, 0xFFFF), (0x1F1E6, 0x1F1FF), (0x1F3FB, 0x1F3FF), (0x20000, 0x20020), (0x10FFF0, 0x10FFFF),
]  # fmt: skip


# What Llama-3's expression cuts at: contractions in either case, runs of digits, punctuation, line ends, white space.
BPE_LOOKALIKES = [*tiny_bpe.SPECIAL, "<|eot_id|", "|eot_id|>", "<|EOT_ID|>", "Ġ", "Ċ", "Ġpicture", "<s>", "</s>"]
BPE_EDGES = [
    "it's", "IT'S", "we'll we'Ll", "'s", " 's", "''s", "don't can't", "I'm you're they'Ve he'D", "'x", "l'été",
    "o'clock", "1", "12", "123", "1234", "12345", "1234567890", " 12", "a1b22c333d4444", "100", "1000", "100 100100",
    "1,234.5", "½⅓", "!?", " !?", "  !?", "!?\n", "!?\n\n\n", " !?\r\n x", "a\n", "a \n", "a  \n  b", "\n\n", "\n \n",
    " \n\n ", "\r\r\n", "a   b", "a    ", "    a", "\ta", "\t\ta", "a\t", " \t \n\t x", "\u00a0a", "a\u00a0\u00a0b",
    "\u3000 x", "\u2028x", "\x0b\x0c", "_a", "(a", "[[a", "#tag", "@name", "a_b", "a-b", "a.b", "x=1;y=2",
    "猫は、どこ？", "Ünï cödé", "e\u0301e\u0301", "ΑΒΓ αβγ", " picture", "picture", " pictures", "Answer", " Answer",
    "Answers", "Question: a Answer:", "🙂 🙂", "x🙂y", "1🙂2",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Subject:
    """A tokenizer and what to ask it: ``byte_ids`` are those of the 256 single bytes."""

    name: str
    tokenizer: prompt.Tokenizer
    vocabulary: int
    byte_ids: list[int]
    special: list[int]
    lookalikes: list[str]


def long_texts(lines: list[str]) -> list[str]:
    return ["a" * 3000, " " * 2000, "猫" * 1500, "\x01" * 1000, "🙂" * 700, "ab " * 1000, "1" * 2500, "\n".join(lines)]


def single_characters() -> list[str]:
    dense = range(0x20, 0x250)
    sparse = (c for c in range(0x250, 0x110000, 997) if not 0xD800 <= c <= 0xDFFF)
    return [chr(c) for c in (*dense, *sparse)]


def settled(text: str) -> bool:
    """Whether every Unicode version says the same of letters, digits and spaces in it: assigned early or private."""
    old = unicodedata.ucd_3_2_0
    return all(unicodedata.category(c)[0] == old.category(c)[0] and unicodedata.category(c) != "Cn" for c in text)


def random_text(rng: random.Random, lines: list[str], lookalikes: list[str]) -> str:
    """A few parts, each a piece of real text, a lookalike, white space or characters of one alphabet."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.45:
            line = rng.choice(lines)
            start = rng.randrange(len(line))
            parts.append(line[start : start + rng.randint(1, 30)])
        elif kind < 0.55:
            parts.append(rng.choice(lookalikes))
        elif kind < 0.65:
            parts.append(rng.choice([" ", "  ", "\n", "\t", "   "]))
        else:
            low, high = ALPHABETS[min(int(rng.expovariate(0.12)), len(ALPHABETS) - 1)]
            parts.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))))
    return "".join(parts)


def random_ids(rng: random.Random, subject: Subject) -> list[int]:
    """Ids in any order: broken UTF-8 from byte pieces, control ids in the middle, ordinary pieces."""
    ids = []
    for _ in range(rng.randint(1, 8)):
        kind = rng.random()
        if kind < 0.15:
            ids.append(rng.choice(subject.special))
        elif kind < 0.4:
            ids += [subject.byte_ids[byte] for byte in chr(rng.randint(0x80, 0xD7FF)).encode()[: rng.randint(1, 3)]]
        elif kind < 0.5:
            ids.append(rng.choice(subject.byte_ids))
        else:
            ids.append(rng.randrange(subject.vocabulary))
    return ids


def write(directory: pathlib.Path) -> None:
    (directory / BPE).parent.mkdir(parents=True, exist_ok=True)
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    models = {"tiny": tiny_tokenizer.train()}
    if SHAPES.exists():
        models["cogvlm-shapes"] = SHAPES.read_bytes()
    for name, model in models.items():
        path = directory / f"{name}.model"
        path.write_bytes(model)
        tokenizer = prompt.load_tokenizer(path)
        subject = Subject(name, tokenizer, tokenizer.vocab_size(), list(range(3, 259)), list(range(3)), LOOKALIKES)
        _write_model(directory, subject, [*EDGES, *lines, *long_texts(lines), *single_characters()], lines)
    path = directory / f"{BPE}.json"
    path.write_text(tiny_bpe.train(), encoding="utf-8")
    tokenizer, special = prompt.load_tokenizer(path), list(range(tiny_bpe.FIRST_SPECIAL, tiny_bpe.PIECES))
    subject = Subject(BPE, tokenizer, tiny_bpe.PIECES, tiny_bpe.byte_ids(tokenizer), special, BPE_LOOKALIKES)
    texts = [*EDGES, *BPE_EDGES, *BPE_LOOKALIKES, *lines, *long_texts(lines), *filter(settled, single_characters())]
    _write_model(directory, subject, texts, lines)


def _write_model(directory: pathlib.Path, subject: Subject, texts: list[str], lines: list[str]) -> None:
    name, tokenizer = subject.name, subject.tokenizer
    rng = random.Random(f"texts of {name}")
    texts += [random_text(rng, lines, subject.lookalikes) for _ in range(RANDOM_TEXTS[name])]
    encoded = []
    for text in dict.fromkeys(texts):
        ids = prompt.encode(tokenizer, text)
        decoded = tokenizer.decode(ids)
        encoded.append({"text": text, "ids": ids} | ({} if decoded == text else {"decoded": decoded}))
    write_lines(directory / f"{name}.encode.jsonl.gz", encoded)
    sequences = [random_ids(rng, subject) for _ in range(RANDOM_IDS[name])]
    decoded = [{"ids": ids, "decoded": tokenizer.decode(ids)} for ids in sequences]
    write_lines(directory / f"{name}.decode.jsonl.gz", decoded)


def write_lines(path: pathlib.Path, rows: list[dict]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
