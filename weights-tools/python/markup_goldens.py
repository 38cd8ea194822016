"""Golden token ids of tokenizers whose text has markup: Kosmos-2's unigram form and Qwen-VL's rank file.

NAME.encode.jsonl.gz has a line {"text", "ids", "every", "none", "decoded"} for each string: ids where tags are found in
the text, where every added token is, and where none is; the last three are left out where they equal the first, and
"decoded" where it equals the text. NAME.decode.jsonl.gz has a line {"ids", "decoded"} for ids no text encodes to.

python markup_goldens.py --count 100000 --seed 1 --out DIR      more of them, for a check that is not committed
"""

import argparse
import gzip
import pathlib
import random
import re
import unicodedata

import tiny_tiktoken
import tiny_tokenizer
import tiny_unigram
from tokenizer_goldens import EDGES, LOOKALIKES, long_texts, random_text, settled, single_characters, write_lines

RANDOM_TEXTS = {"unigram": 2_500, "tiktoken": 2_000}
RANDOM_IDS = 400

# Spellings of one character by several, what the character map drops, moves or joins, and what only looks like a tag.
SPELLINGS = [
    "e\u0301", "e\u0301\u0323", "a\u0308\u0304", "\u0041\u030a", "\u1100\u1161\u11a8", "\uac00\u11a8", "ﬁ", "ﬁ\u0301", "①", "①\u0301",
    "ª\u0301", "½", "㌕", "ｶﾞ", "ﾊﾟ", "Ａ", "Ａ\u0301", "＜ｓ＞", "＜phrase＞", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u2028", "\u2029",
    "\u0000", "\u0001", "\u000b", "\u007f", "\u0085", "\u00a0", "\u1680", "\u2009", "\u202f", "\u3000", "\u2581", "▁▁", "~", "～", "゛", "\u0345",
    "\u0344", "\u0f71\u0f72", "\u0f73", "\u0930\u093c", "क्ष", "नि", "กำ", "\u0e33", "\u0600a", "\u06dd1", "👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "1️⃣", "©\u200d®", "\r\n", "\r",
    "\n\n", " \n ", "K", "ſ", "'ſ", "İ", "ß", "ǆ", "ﷺ", "…", "ŉ", "ẛ\u0323", "\u1e9b\u0323", "<\u0338", ">\u0338", "\u212b", "\ufb1d",
]  # fmt: skip
TAG_TEXTS = [
    "<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object>", "<grounding> An image of", "<mask>",
    "  <phrase>", "\n<object>", "\u3000</object>", " \u200b<image>", "<phrase >", "<patch_index_1024>", "<patch_index_004>", "</phrase",
    "<grounding> <phrase> Two puppies </phrase> <object> <patch_index_0079> <patch_index_1016> "
    "</delimiter_of_multi_objects/> <patch_index_0135> <patch_index_1008> </object> sit in a field of <phrase> grass "
    "</phrase> <object> <patch_index_0480> <patch_index_1023> </object>.",
]  # fmt: skip
CHAT = [
    "<|im_start|>", "<|im_end|>\n", "<|endoftext|>", "<|extra_0|>", "<|extra_204|>", "<|extra_205|>", "<|extra_20", "<img>", "</img>",
    "<imgpad>", "<ref> Woman</ref><box>(451,379),(731,806)</box>", "<quad>(1,2),(3,4),(5,6),(7,8)</quad>", "<box>", "<ref>\u0338",
    "Picture 1: <img>a.png</img>\n", "<|im_start|>user\nLocate the dog<|im_end|>\n", "框出图中的格子衬衫", "<re", "f>", "it'S", "we'LL",
]  # fmt: skip


class Unigram:
    """The tokenizers library, with special tokens renamed to what no text has: the library would split text into them."""

    name = "unigram"
    tags = TAG_TEXTS + tiny_unigram.TAGS[:12] + tiny_unigram.SPECIAL

    def __init__(self) -> None:
        self.model = tiny_unigram.train()
        self.renamed = {text: f"\U0010abcd{i}" for i, text in enumerate([*tiny_unigram.SPECIAL, tiny_unigram.MASK])}
        self.tagged = tiny_unigram.convert(self.model, self.renamed)
        self.plain = tiny_unigram.convert(self.model, self.renamed, tags=False)
        self.original = tiny_unigram.convert(self.model, {})
        self.any = re.compile("|".join(map(re.escape, [*self.renamed, *tiny_unigram.TAGS])))
        self.vocabulary = self.original.get_vocab_size()
        self.special = [*range(4), self.original.token_to_id(tiny_unigram.MASK)]

    def encode(self, text: str) -> list[int]:
        return self.tagged.encode(text, add_special_tokens=False).ids

    def every(self, text: str) -> list[int]:
        return self.encode(self.any.sub(lambda match: self.renamed.get(match[0], match[0]), text))

    def none(self, text: str) -> list[int]:
        return self.plain.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        return self.original.decode(ids, skip_special_tokens=True)

    def usable(self, text: str) -> bool:
        return True

    def files(self) -> dict[str, bytes]:
        """The JSON file, and the model without the character map, which is the same."""
        model = type(self.model)()
        model.CopyFrom(self.model)
        model.normalizer_spec.ClearField("precompiled_charsmap")
        return {
            "tiny.json.gz": gzip.compress(self.original.to_str().encode(), 9, mtime=0),
            "tiny.model": model.SerializeToString(),
        }


class Tiktoken:
    """The tiktoken library, behind Python's normalisation to form C."""

    name = "tiktoken"
    tags = CHAT

    def __init__(self) -> None:
        self.ranks = tiny_tiktoken.train()
        self.encoding = tiny_tiktoken.encoding(self.ranks)
        self.vocabulary = self.encoding.n_vocab
        self.special = [len(self.ranks) + i for i in range(len(tiny_tiktoken.SPECIAL))]

    def encode(self, text: str) -> list[int]:
        return self._encode(text, set(tiny_tiktoken.MARKUP))

    def every(self, text: str) -> list[int]:
        return self._encode(text, self.encoding.special_tokens_set)

    def none(self, text: str) -> list[int]:
        return self._encode(text, set())

    def _encode(self, text: str, allowed: set[str]) -> list[int]:
        text = unicodedata.normalize("NFC", text)
        return self.encoding.encode(text, allowed_special=allowed, disallowed_special=())

    def decode(self, ids: list[int]) -> str:
        special = set(self.special)
        return self.encoding.decode([i for i in ids if i not in special], errors="replace")

    def usable(self, text: str) -> bool:
        return settled(text)

    def files(self) -> dict[str, bytes]:
        return {"tiny.tiktoken": tiny_tiktoken.file(self.ranks)}


Oracle = Unigram | Tiktoken


def markup_text(rng: random.Random, lines: list[str], oracle: Oracle) -> str:
    """As the other goldens' random texts, with tags, odd spellings and white space around them."""
    parts = []
    for _ in range(rng.randint(1, 5)):
        kind = rng.random()
        if kind < 0.3:
            parts.append(random_text(rng, lines, LOOKALIKES))
        elif kind < 0.55:
            parts.append(rng.choice(oracle.tags))
        elif kind < 0.85:
            parts.append("".join(rng.choice(SPELLINGS) for _ in range(rng.randint(1, 4))))
        else:
            parts.append(rng.choice([" ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u0301", "a", "."]))
    return "".join(parts)


def random_ids(rng: random.Random, oracle: Oracle) -> list[int]:
    bounds = [300, oracle.vocabulary, oracle.vocabulary]
    ids = [rng.randrange(rng.choice(bounds)) for _ in range(rng.randint(1, 8))]
    return [rng.choice(oracle.special) if rng.random() < 0.1 else i for i in ids]


def encoded(oracle: Oracle, text: str) -> dict:
    ids = oracle.encode(text)
    others = {"every": oracle.every(text), "none": oracle.none(text)}
    decoded = oracle.decode(ids)
    row = {"text": text, "ids": ids} | {name: other for name, other in others.items() if other != ids}
    return row | ({} if decoded == text else {"decoded": decoded})


def write_cases(directory: pathlib.Path, oracle: Oracle, texts: list[str], rng: random.Random, sequences: int) -> None:
    rows = [encoded(oracle, text) for text in dict.fromkeys(texts) if oracle.usable(text)]
    write_lines(directory / "tiny.encode.jsonl.gz", rows)
    ids = [random_ids(rng, oracle) for _ in range(sequences)]
    write_lines(directory / "tiny.decode.jsonl.gz", [{"ids": i, "decoded": oracle.decode(i)} for i in ids])


def _write(directory: pathlib.Path, oracle: Oracle) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in oracle.files().items():
        (directory / name).write_bytes(content)
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    rng = random.Random(f"texts of {oracle.name}")
    texts = [*EDGES, *SPELLINGS, *oracle.tags, *lines, *long_texts(lines)[:-1], *single_characters()]
    texts += [markup_text(rng, lines, oracle) for _ in range(RANDOM_TEXTS[oracle.name])]
    write_cases(directory, oracle, texts, rng, RANDOM_IDS)


def write_unigram(directory: pathlib.Path) -> None:
    _write(directory, Unigram())


def write_tiktoken(directory: pathlib.Path) -> None:
    _write(directory, Tiktoken())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    lines = tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    for oracle in (Unigram(), Tiktoken()):
        directory = args.out / oracle.name
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in oracle.files().items():
            (directory / name).write_bytes(content)
        rng = random.Random(args.seed)
        texts = [markup_text(rng, lines, oracle) for _ in range(args.count)]
        write_cases(directory, oracle, texts, rng, args.count // 10)


if __name__ == "__main__":
    main()
