"""Golden token ids: many thousand strings and id sequences through the SentencePiece library.

NAME.model is the tokenizer. NAME.encode.jsonl.gz has a line {"text", "ids", "decoded"} for each string; "decoded" is
left out where it equals the text. NAME.decode.jsonl.gz has a line {"ids", "decoded"} for ids no text encodes to.
"""

import gzip
import json
import pathlib
import random

import prompt
import tiny_tokenizer

SHAPES = pathlib.Path(__file__).resolve().parents[1] / "models/cogvlm-shapes/tokenizer.model"
RANDOM_TEXTS = {"tiny": 16_000, "cogvlm-shapes": 8_000}
RANDOM_IDS = 2_000

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


def long_texts(lines: list[str]) -> list[str]:
    return ["a" * 3000, " " * 2000, "猫" * 1500, "\x01" * 1000, "🙂" * 700, "ab " * 1000, "1" * 2500, "\n".join(lines)]


def single_characters() -> list[str]:
    dense = range(0x20, 0x250)
    sparse = (c for c in range(0x250, 0x110000, 997) if not 0xD800 <= c <= 0xDFFF)
    return [chr(c) for c in (*dense, *sparse)]


def random_text(rng: random.Random, lines: list[str]) -> str:
    """A few parts, each a piece of real text, a lookalike, white space or characters of one alphabet."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.45:
            line = rng.choice(lines)
            start = rng.randrange(len(line))
            parts.append(line[start : start + rng.randint(1, 30)])
        elif kind < 0.55:
            parts.append(rng.choice(LOOKALIKES))
        elif kind < 0.65:
            parts.append(rng.choice([" ", "  ", "\n", "\t", "   "]))
        else:
            low, high = ALPHABETS[min(int(rng.expovariate(0.12)), len(ALPHABETS) - 1)]
            parts.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8))))
    return "".join(parts)


def random_ids(rng: random.Random, vocabulary: int) -> list[int]:
    """Ids in any order: broken UTF-8 from byte pieces (3..258), control ids in the middle, ordinary pieces."""
    ids = []
    for _ in range(rng.randint(1, 8)):
        kind = rng.random()
        if kind < 0.15:
            ids.append(rng.randrange(3))
        elif kind < 0.4:
            ids += [3 + byte for byte in chr(rng.randint(0x80, 0xD7FF)).encode()[: rng.randint(1, 3)]]
        elif kind < 0.5:
            ids.append(3 + rng.randrange(256))
        else:
            ids.append(rng.randrange(vocabulary))
    return ids


def write(directory: pathlib.Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    models = {"tiny": tiny_tokenizer.train()}
    if SHAPES.exists():
        models["cogvlm-shapes"] = SHAPES.read_bytes()
    for name, model in models.items():
        (directory / f"{name}.model").write_bytes(model)
        _write_model(directory, name)


def _write_model(directory: pathlib.Path, name: str) -> None:
    tokenizer = prompt.load_tokenizer(directory / f"{name}.model")
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    rng = random.Random(f"texts of {name}")
    texts = [*EDGES, *lines, *long_texts(lines), *single_characters()]
    texts += [random_text(rng, lines) for _ in range(RANDOM_TEXTS[name])]
    encoded = []
    for text in dict.fromkeys(texts):
        ids = prompt.encode(tokenizer, text)
        decoded = tokenizer.decode(ids)
        encoded.append({"text": text, "ids": ids} | ({} if decoded == text else {"decoded": decoded}))
    _write_lines(directory / f"{name}.encode.jsonl.gz", encoded)
    sequences = [random_ids(rng, tokenizer.vocab_size()) for _ in range(RANDOM_IDS)]
    decoded = [{"ids": ids, "decoded": tokenizer.decode(ids)} for ids in sequences]
    _write_lines(directory / f"{name}.decode.jsonl.gz", decoded)


def _write_lines(path: pathlib.Path, rows: list[dict]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
