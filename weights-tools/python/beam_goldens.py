"""Golden beam searches of OFA over small random languages: what goes on after each step, and what is found.

search/beam.jsonl.gz has a line for each search:

vocabulary, beam, minLength, maxLength, lengthPenalty, noRepeatNgram
prefix, prefixScore    ids the answer begins with, and the sum of their log-probabilities
allowed                ids that may be chosen beside </s>, or null
steps                  `hypotheses` that go on, with <s>, and for each a row of `scores`: log-probabilities. Impossible
                       ones, which the search takes where there are too few others, are left out
finished               best first: `ids` without <s>, with </s>, and `score`
"""

import pathlib
import random

import torch
from torch import Tensor

import ofa_search
import tokenizer_goldens
from ofa_search import PAD, Options

SEARCHES = 40
MARGIN = 1e-3  # of the closest choice; nothing depends on how equals are ordered
DIGITS = 4  # of log-probabilities
LENGTHS = 4  # that the best hypotheses must have between them


class Language:
    """Random log-probabilities of any continuation; what is asked is written down."""

    def __init__(self, rng: random.Random, vocabulary: int):
        self.rng, self.vocabulary = rng, vocabulary
        self.asked: list[dict] = []

    def step(self, hypotheses: list[list[int]]) -> Tensor:
        rows = [self._row() for _ in hypotheses]
        self.asked.append({"hypotheses": hypotheses, "scores": rows})
        return torch.tensor(rows)

    def _row(self) -> list[float]:
        logits = torch.tensor([self.rng.gauss(0, 2) for _ in range(self.vocabulary)])
        return [round(value, DIGITS) for value in logits.log_softmax(-1).tolist()]


def write(directory: pathlib.Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    found: list[dict] = []
    seed = 0
    while len(found) < SEARCHES:
        found += _search(seed)
        seed += 1
    lengths = {len(each["finished"][0]["ids"]) for each in found}
    if len(lengths) < LENGTHS:
        raise ValueError(f"answers of lengths {lengths} only; change the seeds")
    tokenizer_goldens.write_lines(directory / "beam.jsonl.gz", found)


def _search(seed: int) -> list[dict]:
    """One search, or none where a choice was too close."""
    rng = random.Random(f"beam {seed}")
    language, options = Language(rng, rng.randint(6, 9)), _options(rng)
    result = ofa_search.search(language.step, options)
    if result.margin < MARGIN:
        return []
    before = len(options.prefix)
    begun, steps = language.asked[:before], language.asked[before:]
    return [{
        "vocabulary": language.vocabulary,
        "beam": options.beam, "minLength": options.min_len, "maxLength": options.max_len,
        "lengthPenalty": options.length_penalty, "noRepeatNgram": options.no_repeat_ngram,
        "prefix": options.prefix,
        "prefixScore": sum(float(torch.tensor(asked["scores"])[0, each]) for asked, each in zip(begun, options.prefix)),
        "allowed": options.allowed,
        "steps": [step for step in (_possible(each, options) for each in steps) if step["hypotheses"]],
        "finished": [{"ids": each.ids, "score": each.score} for each in result.finished],
    }]  # fmt: skip


def _possible(step: dict, options: Options) -> dict:
    kept = [at for at, ids in enumerate(step["hypotheses"]) if _is_possible(ids, options)]
    return {key: [values[at] for at in kept] for key, values in step.items()}


def _is_possible(ids: list[int], options: Options) -> bool:
    first = 1 + len(options.prefix)
    allowed = all(each != PAD and (options.allowed is None or each in options.allowed) for each in ids[first:])
    repeated = (ids[at] in ofa_search.repeating(ids[:at], options.no_repeat_ngram) for at in range(first, len(ids)))
    return allowed and not any(repeated)


def _options(rng: random.Random) -> Options:
    prefix = rng.choice(((), (), (4,), (5, 3)))
    min_len = rng.randint(0, 4)
    return Options(
        beam=rng.randint(1, 4), min_len=min_len, max_len=max(min_len, rng.randint(2, 6)),
        length_penalty=rng.choice((0.0, 1.0, 0.6, 1.5)), no_repeat_ngram=rng.choice((0, 2, 3)), prefix=prefix,
        allowed=rng.choice((None, None, (0, 3, 4, 5), (1, 2, 3, 4, 5))),
    )  # fmt: skip
