"""Greedy evaluation of the training model on held-out pool scenes: REC, REG, VQA and captions."""

import re

import numpy as np
import torch
from torch import Tensor

import questions
from scene_pool import Pool
from shapes_data import EOS, Encoder, dense_arrays
from shapes_model import TEXT_START, CogVlm, normalise

NAMED = re.compile(r"\ban? ([^,.]+?)(?= and |[,.]|$)")
BOX = re.compile(r"\[\[(\d{3}),(\d{3}),(\d{3}),(\d{3})\]\]")
EVAL_SEED = 4242


@torch.no_grad()
def generate(net: CogVlm, features: Tensor, prompts: list[list[int]], limit: int) -> list[list[int]]:
    """Greedy answers, one prompt per image features row [B,P,D]; recomputes all rows each step."""
    sequences, done = [list(p) for p in prompts], [False] * len(prompts)
    for _ in range(limit):
        width = max(map(len, sequences))
        ids = torch.zeros(len(sequences), width, dtype=torch.long)
        segments = torch.full_like(ids, -1)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = torch.tensor(sequence)
            segments[row, : len(sequence)] = 0
        positions = (torch.arange(width) + TEXT_START).expand_as(ids)
        hidden, _, _ = net.decode(features, ids, positions, segments)
        last = torch.tensor([len(s) - 1 for s in sequences])
        following = net.lm_head(hidden[torch.arange(len(sequences)), last]).argmax(-1).tolist()
        for row, token in enumerate(following):
            if not done[row]:
                sequences[row].append(token)
                done[row] = token == EOS
        if all(done):
            break
    return [s[len(p) :] for s, p in zip(sequences, prompts)]


def iou(a, b) -> float:
    """Intersection over union of two boxes in one unit."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    inter = max(w, 0) * max(h, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter
    return inter / union if union > 0 else 0.0


def answers(net: CogVlm, encoder: Encoder, pool: Pool, asked: list[tuple[int, str]], limit: int) -> list[str]:
    """Greedy answer texts to (scene index, prompt) pairs, 64 at a time."""
    texts = []
    for start in range(0, len(asked), 64):
        part = asked[start : start + 64]
        pixels, _, _ = dense_arrays(pool, np.array([i for i, _ in part]), False)
        with torch.no_grad():
            features = net.model.vision(normalise(pixels))
        ids = generate(net, features, [encoder.pieces.encode(p) for _, p in part], limit)
        texts += [encoder.pieces.decode([t for t in row if t != EOS]).strip() for row in ids]
    return texts


def evaluate(net: CogVlm, encoder: Encoder, pool: Pool, scenes: int) -> dict[str, float]:
    """REC accuracy at IoU 0.5 (all and by kind), mean IoU, REG and VQA exact match, exact captions without boxes."""
    rec, reg, vqa, described = [], [], [], []
    for index in range(scenes):
        rng = np.random.default_rng([EVAL_SEED, index])
        scene = pool.scene(index, False)
        if not scene.objects:
            continue
        rec += [(index, e, scene) for e in questions.rec_entries(rng, scene)]
        target = int(rng.integers(len(scene.objects)))
        prompt = questions.REG_PROMPTS[0].format(questions.box_text(scene, target))
        reg.append((index, prompt, questions.reg_phrase(scene.objects[target])))
        vqa += [(index, e["question"], e["answer"]) for e in questions.vqa_entries(rng, scene, 1)]
        described.append((index, sorted(questions.full_name(o) for o in scene.objects)))
    result = rec_scores(net, encoder, pool, rec)
    for label, cases, form in (("reg", reg, "{}"), ("vqa", vqa, "Question: {} Short answer:")):
        texts = answers(net, encoder, pool, [(i, form.format(p)) for i, p, _ in cases], 10)
        result[label] = float(np.mean([t == truth for t, (_, _, truth) in zip(texts, cases)]))
        if label == "vqa":
            numbers = [t == truth for t, (_, _, truth) in zip(texts, cases) if truth.isdigit()]
            result["vqa_count"] = float(np.mean(numbers)) if numbers else float("nan")
    texts = answers(net, encoder, pool, [(i, questions.PLAIN_CAPTION) for i, _ in described], 50)
    right = [sorted(NAMED.findall(text)) == names for text, (_, names) in zip(texts, described)]
    result["describe"] = float(np.mean(right))
    return result


def rec_scores(net: CogVlm, encoder: Encoder, pool: Pool, rec: list) -> dict[str, float]:
    prompts = [(i, questions.REC_PROMPTS[2].format(e["phrase"])) for i, e, _ in rec]
    overlaps, kinds = [], [e["kind"] for _, e, _ in rec]
    for text, (_, entry, scene) in zip(answers(net, encoder, pool, prompts, 20), rec):
        found = BOX.fullmatch(text)
        sides = (scene.width, scene.height, scene.width, scene.height)
        box = [int(v) / 1000 * side for v, side in zip(found.groups(), sides)] if found else [0] * 4
        overlaps.append(iou(box, entry["box"]))
    hits = np.array(overlaps) >= 0.5
    result = {"rec": float(hits.mean()), "iou": float(np.mean(overlaps))}
    for kind in questions.EXPRESSIONS:
        chosen = [hit for hit, k in zip(hits, kinds) if k == kind]
        result[f"rec_{kind}"] = float(np.mean(chosen)) if chosen else float("nan")
    return result
