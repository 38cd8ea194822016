"""The training stream: scenes from a pool, and as many packed questions about each as fit."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from torch import Tensor

import questions
from questions import NO_OBJECT, Question
from scene_pool import GRID, Pool
from shapes_dense import DIGIT_WEIGHTS, patch_targets
from shapes_model import TEXT_START, normalise

EOS = 2
BF16_SHARE = 0.4  # of the batches, so that bf16 and f32 inference both suit the weights
TEXT_TOKENS = 232  # packed text rows per image
NUMBER = re.compile(r"\d{3}")
BOX = re.compile(r"\[\[[^\]]*\]\]")
BOX_MARK_WEIGHT, SHORT_ANSWER_WEIGHT, EOS_WEIGHT = 0.15, 2.0, 0.3
NEAR_TIE = 0.015  # left edges this close, as a share of the width, come in either order in captions
LEADING = {"describe": 0.9, "caption": 0.6}  # chance that a row begins with this long answer
CROWDING = 1.5  # a scene's chance grows with this power of its number of objects: full ones are the hardest
MIX = {
    "attribute": 0.28,
    "position": 0.08,
    "relation": 0.1,
    "pair": 0.05,
    "plural": 0.05,
    "reg": 0.08,
    "vqa": 0.2,
    "how_many": 0.16,
}


@dataclass(frozen=True)
class Encoded:
    """ids: prompt then answer then EOS. weights, objects: per answer token incl. EOS."""

    ids: list[int]
    prompt_length: int
    weights: list[float]
    objects: list[int]


class Encoder:
    """Tokenises questions; prompt and answer apart, each with SentencePiece's dummy prefix."""

    def __init__(self, path: Path):
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))

    def encode(self, q: Question) -> Encoded:
        prompt = self.pieces.encode(q.prompt)
        text = q.answer
        owner = [index for part, index in q.parts for _ in part]
        place = {m.start() + k: k for m in NUMBER.finditer(text) for k in range(3)}
        marks = {k for m in BOX.finditer(text) for k in range(*m.span())}
        ids, weights, objects = [], [], []
        for piece in self.pieces.encode(text, return_type="proto").pieces:
            last = piece.end - 1
            ids.append(piece.id)
            objects.append(owner[last])
            if last in place:
                weights.append(DIGIT_WEIGHTS[place[last]])
            elif last in marks:
                weights.append(BOX_MARK_WEIGHT)
            else:
                weights.append(SHORT_ANSWER_WEIGHT if q.kind == "vqa" else 1.0)
        return Encoded(prompt + ids + [EOS], len(prompt), weights + [EOS_WEIGHT], objects + [NO_OBJECT])


def draw_question(rng: np.random.Generator, scene, kind: str) -> Question | None:
    if kind in questions.EXPRESSIONS:
        return questions.rec(rng, scene, kind)
    if kind in ("caption", "describe"):
        return questions.caption(rng, scene, kind == "caption", NEAR_TIE)
    return getattr(questions, kind)(rng, scene)  # pair, plural, reg, vqa or how_many


@dataclass
class Batch:
    """pixels [B,3,S,S]; dense: per-patch truth; owners [B,P]; looks [B,8,3] as in Pool; the rest
    [B,T], see Stream.pack."""

    pixels: Tensor
    dense: dict[str, Tensor]
    owners: Tensor
    looks: Tensor
    ids: Tensor
    positions: Tensor
    segments: Tensor
    targets: Tensor
    weights: Tensor
    objects: Tensor
    count: int
    rounded: bool  # whether the model shall use bf16 rotary tables


class Stream:
    """Endless random batches; half of them mirrored left to right. Scenes of many objects come more often."""

    def __init__(self, pool: Pool, encoder: Encoder, seed: int):
        self.pool, self.encoder = pool, encoder
        self.rng = np.random.default_rng(seed)
        self.counts = (pool.looks[:, :, 0] >= 0).sum(1)

    def indices(self, size: int, most_objects: int) -> np.ndarray:
        allowed = np.flatnonzero((self.counts >= 1) & (self.counts <= most_objects))
        shares = self.counts[allowed] ** CROWDING
        return self.rng.choice(allowed, size, p=shares / shares.sum())

    def batch(self, size: int, most_objects: int = 8, text: bool = True) -> Batch:
        index, mirror = self.indices(size, most_objects), bool(self.rng.random() < 0.5)
        pixels, owners, boxes = dense_arrays(self.pool, index, mirror)
        rows = [self.pack(self.pool.scene(int(i), mirror)) if text else empty_row() for i in index]
        columns = {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}
        looks = torch.from_numpy(self.pool.looks[index])
        truth = patch_targets(owners, looks, boxes)
        count = int(sum(row["segments"].max() + 1 for row in rows))
        rounded = bool(self.rng.random() < BF16_SHARE)
        return Batch(normalise(pixels), truth, owners, looks, **columns, count=count, rounded=rounded)

    def pack(self, scene) -> dict[str, np.ndarray]:
        """Questions until the row is full: ids, positions, segments (-1 pads), and for the token that
        each row predicts: targets, weights (0 where nothing is learned), objects (whose it is)."""
        row, used, number, misses = empty_row(), 0, 0, 0
        kinds, shares = list(MIX), np.array(list(MIX.values()))
        leading = [kind for kind, chance in LEADING.items() if self.rng.random() < chance]
        while misses < 6:
            kind = leading.pop() if leading else str(self.rng.choice(kinds, p=shares))
            q = draw_question(self.rng, scene, kind)
            e = self.encoder.encode(q) if q is not None else None
            if e is None or used + len(e.ids) - 1 > TEXT_TOKENS:
                misses += 1
                continue
            end, first = used + len(e.ids) - 1, used + e.prompt_length - 1
            row["ids"][used:end] = e.ids[:-1]
            row["positions"][used:end] = np.arange(len(e.ids) - 1) + TEXT_START
            row["segments"][used:end] = number
            row["targets"][first:end] = e.ids[e.prompt_length :]
            row["weights"][first:end] = e.weights
            row["objects"][first:end] = e.objects
            used, number = end, number + 1
        return row


def empty_row() -> dict[str, np.ndarray]:
    whole = {"ids": 0, "positions": TEXT_START, "segments": -1, "targets": 0, "objects": NO_OBJECT}
    row = {key: np.full(TEXT_TOKENS, value, np.int64) for key, value in whole.items()}
    return row | {"weights": np.zeros(TEXT_TOKENS, np.float32)}


def dense_arrays(pool: Pool, index: np.ndarray, mirror: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels u8 [B,S,S,3], owners [B,P] and boxes [B,8,4] with sides 1, mirrored if asked."""
    sides = pool.sizes[index][:, None, [0, 1, 0, 1]].astype(np.float32)
    pixels, owners = torch.from_numpy(pool.pixels[index]), torch.from_numpy(pool.owners[index])
    boxes = torch.from_numpy(pool.boxes[index] / sides)
    if mirror:
        pixels = pixels.flip(2)
        owners = owners.view(-1, GRID, GRID).flip(2).reshape(len(index), -1)
        boxes = torch.stack([1 - boxes[..., 2], boxes[..., 1], 1 - boxes[..., 0], boxes[..., 3]], -1)
    return pixels, owners, boxes
