"""Checks of what OFA reads, writes and searches: against published tokenizers, worked numbers and enumeration."""

import collections
import dataclasses
import itertools
import random

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

import ofa_search
import ofa_text
import tiny_gpt2
import tokenizer_goldens
from ofa_search import EOS, Options
from ofa_text import Box, Frame


def tokenizer() -> ofa_text.Tokenizer:
    return ofa_text.Tokenizer(*tiny_gpt2.train(), tiny_gpt2.TOKENS)


def text_is_encoded_as_by_the_libraries() -> None:
    """`tokenizers` on whatever text, BART's own tokenizer on text without its special tokens."""
    vocabulary, merges = tiny_gpt2.train()
    library = Tokenizer(models.BPE(vocabulary, merges))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    bart = transformers.BartTokenizer(vocab=vocabulary, merges=merges)
    ours, rng, compared = tokenizer(), random.Random("ofa"), 0
    lines = tokenizer_goldens.tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    looks = [*ofa_text.SPECIAL, "<bin_0>", "<bin_999>", "<code_3>", "<|endoftext|>", "Ġ", "it's", "DON'T", "we'll've"]
    texts = [tokenizer_goldens.random_text(rng, lines, looks) for _ in range(6000)]
    for text in filter(tokenizer_goldens.settled, [*texts, *lines, *tokenizer_goldens.BPE_EDGES]):
        ids = ours.encode(text)
        assert ids == library.encode(text, add_special_tokens=False).ids, text
        assert ours.decode(ids) == text, text
        if "<" not in text and "madeupword" not in text:
            assert [0, *ids, 2] == bart(text).input_ids, text
            compared += 1
    assert compared > 3000, compared


def random_bytes_are_decoded_as_by_the_library() -> None:
    vocabulary, merges = tiny_gpt2.train()
    library = Tokenizer(models.BPE(vocabulary, merges))
    library.decoder = decoders.ByteLevel()
    ours, rng = tokenizer(), random.Random("bytes")
    for _ in range(2000):
        ids = [rng.randrange(4, 4 + tiny_gpt2.LEARNED) for _ in range(rng.randint(1, 8))]
        assert ours.decode([0, *ids, 2]) == library.decode(ids), ids


def bins_and_prompts() -> None:
    t = tokenizer()
    bins = [t.bin(k) for k in (104, 251, 604, 873)]
    assert bins[0] == tiny_gpt2.TOKENS - 1000 + 104 and t.bin(999) == tiny_gpt2.TOKENS - 1
    assert t.decode([0, *bins, 2]) == "<bin_104> <bin_251> <bin_604> <bin_873>"
    assert t.decode([*bins[:1], *t.encode(" black cat"), *bins[1:2]]) == "<bin_104> black cat <bin_251>"
    assert t.decode([tiny_gpt2.TOKENS - 1001, tiny_gpt2.TOKENS - 1000]) == "<code_15> <bin_0>"
    expected = {
        ("refer", "A black-cat. "): ' which region does the text " a black cat. " describe?',
        ("caption", ""): " what does the image describe?",
        ("vqa", "  How many?"): " how many?",
        ("vqa", "#Who"): " who?",
        ("detect", ""): " what are the objects in the image?",
        ("entail", "It is."): ' does the image describe " it is. "?',
    }
    for (task, text), whole in expected.items():
        ids = ofa_text.prompt_ids(t, task, text)
        assert (ids[0], ids[-1], t.decode(ids)) == (0, 2, whole), (task, text)
    region = ofa_text.prompt_ids(t, "region", bins=[104, 251, 604, 873])
    assert region[-5:] == [*bins, 2] and t.decode(region[:-5]) == "  what does the region describe? region:"


def normalisation() -> None:
    expected = {
        "  ,Hello": ",hello", ",.!?*#:;~Hello": "hello", "A-B/C": "a b c", "the <person>": "the person",
        "a\tb": "a\tb", "a\t\tb": "a b", "x \n": "x", "x\n": "x", " \n x": "x", "~ ,x": ",x", "": "",
        " ".join(["w"] * 90): " ".join(["w"] * 80), "a\tb " * 100: " ".join(["a\tb"] * 80),
    }  # fmt: skip
    for text, found in expected.items():
        assert ofa_text.normalised(text) == found, (text, ofa_text.normalised(text))
    assert ofa_text.question("Is <person> here") == "is <person> here?"


def boxes() -> None:
    """The worked numbers of the published formula."""
    found = Frame(640, 480, 512).box([104, 251, 604, 873])
    near(found, (66.63, 120.60, 386.95, 419.46), 0.006)
    near(Frame(640, 480, 480).box([104, 251, 604, 873]), (71.068, 128.641, 412.743, 447.423), 6e-4)
    outside = Frame(640, 480, 256).box([104, 251, 604, 873])
    near(outside, (133.253, 241.201, 773.894, 838.919), 6e-4)
    assert Frame(640, 480, 256).clipped(outside).x1 == 640
    for side, bins in ((512, [500, 500, 999, 999]), (480, [468, 468, 937, 937]), (384, [375, 375, 749, 749]),
                       (256, [250, 250, 500, 500])):  # fmt: skip
        assert Frame(640, 480, side).bins(Box(320, 240, 640, 480)) == bins, side
    assert Frame(1998, 1998, 512).bins(Box(1, 5, 3, 999)) == [0, 2, 2, 500]  # halves go to the even bin
    rng = random.Random(4)
    for _ in range(2000):
        frame = Frame(rng.randint(1, 3000), rng.randint(1, 3000), rng.choice((256, 384, 480, 512)))
        bins = [rng.randrange(1000) for _ in range(4)]
        assert frame.bins(frame.box(bins)) == bins, (frame, bins)


def near(box: Box, expected: tuple[float, ...], limit: float) -> None:
    assert all(abs(a - b) <= limit for a, b in zip(dataclasses.astuple(box), expected)), (box, expected)


def random_language(seed: int, vocabulary: int) -> ofa_search.Step:
    """Log-probabilities of any continuation, the same whenever asked."""
    rng = random.Random(seed)
    known: dict[tuple[int, ...], Tensor] = collections.defaultdict(
        lambda: torch.tensor([rng.gauss(0, 2) for _ in range(vocabulary)]).log_softmax(-1)
    )
    return lambda hypotheses: torch.stack([known[tuple(ids)] for ids in hypotheses])


def wide_beams_find_what_enumeration_finds() -> None:
    """A beam that holds all sequences, against all sequences."""
    for seed in range(60):
        rng, step = random.Random(seed), random_language(seed, 6)
        options = Options(
            beam=5**4, min_len=rng.choice((0, 1, 2)), max_len=3, length_penalty=rng.choice((0.0, 1.0, 0.6)),
            no_repeat_ngram=rng.choice((0, 1, 2, 3)), prefix=rng.choice(((), (4,))),
            allowed=rng.choice((None, (3, 4), (4, 5))),
        )  # fmt: skip
        best = max(_enumerated(step, options), key=lambda found: found[0])
        result = ofa_search.search(step, options).best
        assert result.ids == best[1] and abs(result.score - best[0]) < 1e-5, (seed, options, result, best)


def _enumerated(step: ofa_search.Step, options: Options) -> list[tuple[float, list[int]]]:
    """Score and ids of every sequence that may be said, </s> last."""
    found, free, first = [], options.allowed or (0, 3, 4, 5), len(options.prefix)
    for length in range(first, options.max_len + 1):
        for said in itertools.product(free, repeat=length - first):
            ids = [0, *options.prefix, *said, EOS]
            score = sum(float(step([ids[:at]])[0, ids[at]]) for at in range(1, len(ids)))
            ends = range(first + 2, len(ids) + 1)
            repeated = any(_ends_in_a_repetition(ids[:end], options.no_repeat_ngram) for end in ends)
            if not repeated and length >= options.min_len:
                found.append((score / (len(ids) - 1) ** options.length_penalty, ids[1:]))
    return found


def _ends_in_a_repetition(ids: list[int], n: int) -> bool:
    grams = [ids[at : at + n] for at in range(len(ids) - n + 1)] if n else []
    return grams.count(ids[-n:]) > 1 if grams else False


def narrow_beams_follow_the_rules() -> None:
    """Against the rules written down once more, one candidate after the other."""
    lengths = set()
    for seed in range(300):
        rng, step = random.Random(seed), random_language(1000 + seed, 7)
        options = Options(
            beam=rng.randint(1, 4), min_len=rng.choice((0, 1, 2)), max_len=rng.randint(2, 6),
            length_penalty=rng.choice((0.0, 1.0, 1.5)), no_repeat_ngram=rng.choice((0, 2, 3)),
        )  # fmt: skip
        expected, result = _by_the_rules(step, options), ofa_search.search(step, options)
        assert [found.ids for found in result.finished] == [ids for _, ids in expected], (seed, options)
        assert all(abs(found.score - score) < 1e-5 for found, (score, _) in zip(result.finished, expected))
        lengths.add(len(result.best.ids))
    assert len(lengths) >= 5, lengths


def _by_the_rules(step: ofa_search.Step, o: Options) -> list[tuple[float, list[int]]]:
    live, finished = {(0,): 0.0}, []
    for t in range(o.max_len + 1):
        candidates = []
        for ids, total in live.items():
            for index, value in enumerate(step([list(ids)])[0].tolist()):
                early, late = index == EOS and t < o.min_len, index != EOS and t == o.max_len
                if index == 1 or early or late or _ends_in_a_repetition([*ids, index], o.no_repeat_ngram):
                    continue
                candidates.append((total + value, (*ids, index)))
        candidates.sort(reverse=True)
        for total, ids in candidates[: o.beam]:
            if ids[-1] == EOS and len(finished) < o.beam:
                finished.append((total / (t + 1) ** o.length_penalty, list(ids[1:])))
        if len(finished) == o.beam:
            break
        live = {ids: total for total, ids in [c for c in candidates if c[1][-1] != EOS][: o.beam]}
    return sorted(finished, reverse=True)


def forced_ends_keep_their_score() -> None:
    step = random_language(3, 6)
    result = ofa_search.search(step, Options(beam=1, min_len=2, max_len=2, length_penalty=0.0))
    ids = [0, *result.best.ids]
    total = sum(float(step([ids[:at]])[0, ids[at]]) for at in range(1, 4))
    assert len(ids) == 4 and abs(result.best.score - total) < 1e-6


CHECKS = [
    text_is_encoded_as_by_the_libraries,
    random_bytes_are_decoded_as_by_the_library,
    bins_and_prompts,
    normalisation,
    boxes,
    wide_beams_find_what_enumeration_finds,
    narrow_beams_follow_the_rules,
    forced_ends_keep_their_score,
]
