"""What OFA reads and writes: BART's byte-level BPE with bins, prompts, and boxes as bins.

The dictionary is vocab.json, the merges merges.txt, as in a published directory. <code_k> and <bin_k> are in neither:
they follow the dictionary, the bins last. Whatever looks like a special token in text is text.
"""

import dataclasses
import json
import pathlib

import regex

BINS = 1000
MAX_IMAGE_SIZE = 512  # what a bin is counted by, at any size of the picture
MAX_WORDS = 80
BOS, PAD, EOS = 0, 1, 2
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# GPT-2's: contractions, words, numbers and punctuation with one space before, white space.
SPLIT = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def byte_letters() -> list[str]:
    """The character that spells each byte: visible ones of Latin-1 themselves, the rest from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in visible]
    return [chr(byte if byte in visible else 0x100 + hidden.index(byte)) for byte in range(256)]


LETTERS = byte_letters()
BYTES = {letter: byte for byte, letter in enumerate(LETTERS)}


class Tokenizer:
    def __init__(self, vocabulary: dict[str, int], merges: list[tuple[str, str]], tokens: int):
        """``tokens``: ids of the model, codes and bins included."""
        self.ids = vocabulary
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.first_bin = tokens - BINS
        if self.first_bin < len(vocabulary):
            raise ValueError(f"vocab_size {tokens}: less than the dictionary's {len(vocabulary)} and {BINS} bins")
        self.pieces = {index: piece for piece, index in vocabulary.items()}

    @staticmethod
    def read(directory: pathlib.Path) -> "Tokenizer":
        vocabulary = json.loads((directory / "vocab.json").read_text(encoding="utf-8"))
        lines = (directory / "merges.txt").read_text(encoding="utf-8").split("\n")
        merges = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        return Tokenizer(vocabulary, merges, config["vocab_size"])

    def encode(self, text: str) -> list[int]:
        """Without <s> and </s>."""
        found: list[int] = []
        for word in SPLIT.findall(text):
            found += [self.ids[piece] for piece in self._merged([LETTERS[byte] for byte in word.encode()])]
        return found

    def _merged(self, pieces: list[str]) -> list[str]:
        """The pair of the lowest rank, everywhere from left to right, until no pair has one."""
        while True:
            pairs = [pair for pair in zip(pieces, pieces[1:]) if pair in self.ranks]
            if not pairs:
                return pieces
            best, joined = min(pairs, key=self.ranks.__getitem__), []
            while pieces:
                length = 2 if tuple(pieces[:2]) == best else 1
                joined.append("".join(pieces[:length]))
                pieces = pieces[length:]
            pieces = joined

    def bin(self, number: int) -> int:
        return self.first_bin + number

    def decode(self, ids: list[int]) -> str:
        """Special tokens as nothing; bins and codes by name, a space between two of them and after text."""
        found, run = "", b""
        for index in ids:
            if index < len(self.ids):
                piece = self.pieces[index]
                run += b"" if piece in SPECIAL else bytes(BYTES[letter] for letter in piece)
                continue
            found, run = found + run.decode(errors="replace"), b""
            code = index < self.first_bin
            name = f"<code_{index - len(self.ids)}>" if code else f"<bin_{index - self.first_bin}>"
            found += (" " if found and not found[-1].isspace() else "") + name
        return found + run.decode(errors="replace")


def normalised(text: str, persons: bool = True) -> str:
    """An expression, caption or question as in training; the order of the steps matters. ``persons``: not questions."""
    text = text.lower().lstrip(",.!?*#:;~").replace("-", " ").replace("/", " ")
    if persons:
        text = text.replace("<person>", "person")
    text = regex.sub(r"\s{2,}", " ", text).rstrip("\n").strip(" ")
    return " ".join(text.split(" ")[:MAX_WORDS])


def question(text: str) -> str:
    text = normalised(text, persons=False)
    return text if text.endswith("?") else f"{text}?"


TEMPLATES = {
    "refer": lambda text: f' which region does the text " {normalised(text)} " describe?',
    "region": lambda text: "  what does the region describe? region:",
    "detect": lambda text: " what are the objects in the image?",
    "caption": lambda text: " what does the image describe?",
    "vqa": lambda text: f" {question(text)}",
    "grounded_qa": lambda text: f" {question(text)} region:",
    "entail": lambda text: f' does the image describe " {normalised(text)} "?',
    "base": lambda text: text,
}
WITH_REGION = ("region", "grounded_qa")


@dataclasses.dataclass(frozen=True)
class Box:
    """Corners in pixels of the picture as it was given."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclasses.dataclass(frozen=True)
class Frame:
    """Size of the picture as given, the side of what the model sees of it, and what bins are counted by; pixels."""

    width: int
    height: int
    side: int
    counted: int = MAX_IMAGE_SIZE

    def bins(self, box: Box) -> list[int]:
        return [self._bin(v, size) for v, size in zip(dataclasses.astuple(box), self._sizes())]

    def _bin(self, value: float, size: int) -> int:
        return round(value * self.side / size / self.counted * (BINS - 1))  # half to even

    def box(self, bins: list[int]) -> Box:
        """Not clipped: where the side is below what is counted by, higher bins lie outside."""
        scale = self.counted / (BINS - 1) / self.side
        return Box(*(each * scale * size for each, size in zip(bins, self._sizes())))

    def clipped(self, box: Box) -> Box:
        return Box(*(min(max(v, 0.0), float(size)) for v, size in zip(dataclasses.astuple(box), self._sizes())))

    def _sizes(self) -> tuple[int, int, int, int]:
        return self.width, self.height, self.width, self.height


def prompt_ids(tokenizer: Tokenizer, task: str, text: str = "", bins: list[int] | None = None) -> list[int]:
    """What the encoder reads after the picture."""
    if (bins is not None) != (task in WITH_REGION):
        raise ValueError(f"{task}: {'needs' if bins is None else 'has no'} region")
    words = tokenizer.encode(TEMPLATES[task](text))
    return [BOS, *words, *(tokenizer.bin(number) for number in bins or ()), EOS]
