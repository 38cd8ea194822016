"""Beam search as OFA was published with it. It differs from that of `transformers`: a forced end keeps its score.

A hypothesis is a list of ids that begins with <s>; a step gives log-probabilities of what may follow. With a beam of 1
it is greedy search.
"""

import dataclasses
from typing import Callable

import torch
from torch import Tensor

BOS, PAD, EOS = 0, 1, 2
Step = Callable[[list[list[int]]], Tensor]  # n hypotheses -> [n, V] f32


@dataclasses.dataclass(frozen=True)
class Options:
    """Lengths count the prefix, but neither <s> nor </s>.

    ``prefix``: ids the answer begins with, whose log-probabilities count. ``allowed``: the only ids that may be chosen
    beside </s>; others lose their place, not their share of the probability. ``length_penalty``: scores are divided by
    the length, </s> included, to this power.
    """

    beam: int = 5
    min_len: int = 1
    max_len: int = 200
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    prefix: tuple[int, ...] = ()
    allowed: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.beam < 1 or not 0 <= self.min_len <= self.max_len or len(self.prefix) > self.max_len:
            raise ValueError(f"{self}: a beam of 1 at least, min_len and the prefix not above max_len")


GREEDY = Options(beam=1)
REFER = Options(min_len=4, max_len=4, no_repeat_ngram=3)
CAPTION = Options(max_len=16, no_repeat_ngram=3)
VQA = Options(length_penalty=0.0)


@dataclasses.dataclass(frozen=True)
class Finished:
    """``ids`` without <s>, with </s>."""

    ids: list[int]
    score: float


@dataclasses.dataclass(frozen=True)
class Result:
    """Finished hypotheses, best first. ``margin``: by how much the closest of all choices was clear."""

    finished: list[Finished]
    margin: float

    @property
    def best(self) -> Finished:
        return self.finished[0]


@dataclasses.dataclass(frozen=True)
class Candidate:
    parent: list[int]
    id: int
    score: float


def search(step: Step, options: Options) -> Result:
    live, finished, margin = [_begin(step, options)], [], float("inf")
    for length in range(len(options.prefix), options.max_len + 1):
        candidates = _ranked(live, step([ids for ids, _ in live]), length, options)
        for rank, candidate in enumerate(candidates[: options.beam]):
            if candidate.id == EOS and candidate.score > -torch.inf and len(finished) < options.beam:
                ids = [*candidate.parent[1:], EOS]
                finished.append(Finished(ids, candidate.score / len(ids) ** options.length_penalty))
        margin = min(margin, _margin(candidates, options.beam))
        if len(finished) == options.beam:
            break
        going = [candidate for candidate in candidates if candidate.id != EOS][: options.beam]
        live = [([*candidate.parent, candidate.id], candidate.score) for candidate in going]
    finished.sort(key=lambda hypothesis: -hypothesis.score)
    between = [a.score - b.score for a, b in zip(finished, finished[1:])]
    return Result(finished, min([margin, *between]))


def _begin(step: Step, options: Options) -> tuple[list[int], float]:
    ids, score = [BOS], 0.0
    for each in options.prefix:
        score += float(step([ids])[0, each])
        ids = [*ids, each]
    return ids, score


def _ranked(live: list[tuple[list[int], float]], scores: Tensor, length: int, options: Options) -> list[Candidate]:
    """The best 2 B + 1 continuations, the last of which only tells how close it was."""
    scores = _permitted(scores.clone(), length, options)
    for row, (ids, _) in zip(scores, live):
        for banned in repeating(ids, options.no_repeat_ngram):
            row[banned] = -torch.inf
    totals = (scores + torch.tensor([score for _, score in live])[:, None]).flatten()
    best = totals.topk(min(2 * options.beam + 1, len(totals) - 1))
    width = scores.shape[1]
    return [
        Candidate(live[place // width][0], place % width, score)
        for score, place in zip(best.values.tolist(), best.indices.tolist())
    ]


def _permitted(scores: Tensor, length: int, options: Options) -> Tensor:
    if options.allowed is not None:
        kept = torch.full_like(scores, -torch.inf)
        chosen = [*options.allowed, EOS]
        kept[:, chosen] = scores[:, chosen]
        scores = kept
    if length < options.min_len and length >= len(options.prefix):
        scores[:, EOS] = -torch.inf
    scores[:, PAD] = -torch.inf
    if length == options.max_len:
        end = scores[:, EOS].clone()
        scores[:] = -torch.inf
        scores[:, EOS] = end
    return scores


def repeating(ids: list[int], n: int) -> set[int]:
    """What would end an n-gram that has been said; <s> counts as said."""
    if n == 0 or len(ids) < n - 1:
        return set()
    last = ids[len(ids) - n + 1 :]
    return {ids[at + n - 1] for at in range(len(ids) - n + 1) if ids[at : at + n - 1] == last}


def _margin(candidates: list[Candidate], beam: int) -> float:
    """Distances that decide: the last kept to the first dropped, and any </s> to the rank where it counts no more."""
    found = [float("inf")]
    going = [candidate.score for candidate in candidates if candidate.id != EOS]
    if len(going) > beam and going[beam] > -torch.inf:
        found.append(going[beam - 1] - going[beam])
    for rank, candidate in enumerate(candidates):
        other = beam if rank < beam else beam - 1
        if candidate.id == EOS and candidate.score > -torch.inf and len(candidates) > other:
            found.append(abs(candidate.score - candidates[other].score))
    return min(found)
