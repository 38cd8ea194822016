"""Trains `cogvlm-shapes` on a CPU: a dense detection stage, then the language tasks.

    python scene_pool.py --seed 1001 --shards 32 --out WORK/pool       # training scenes
    python scene_pool.py --seed 900 --shards 1 --out WORK/val          # held-out scenes
    python train_shapes.py --work WORK --tokenizer tokenizer.model --dense-minutes 12 --minutes 110
    python train_shapes.py --work WORK --tokenizer tokenizer.model --export DIR

A run continues from WORK/checkpoint.pt when that exists: the learning rate follows the minutes
trained so far, whichever run they were spent in. SIGTERM or Ctrl-C saves and ends it. --smoke runs both stages for a few steps.
"""

import argparse
import json
import math
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from scene_pool import Pool, draw_shard
from shapes_data import SHORT_ANSWER_WEIGHT, Batch, Encoder, Stream
from shapes_dense import DIGIT_WEIGHTS, CountHead, DenseHead, dense_loss, near_digits
from shapes_eval import evaluate
from shapes_export import export
from shapes_model import CogVlm, Shape, normalise
from shapes_optimizer import Optimizer

FINAL_LR, HOLD, WARMUP_STEPS = 5e-5, 0.25, 50
HEAD_STEPS, HEAD_LR = 80, 5e-3
DENSE_BATCH, TEXT_BATCH = 48, 24
WATCHED_LAYER = 3  # its first two heads are taught to look at the object spoken of
EASY_MINUTES, EASY_OBJECTS = 6, 4


class Trainee(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.net = CogVlm(shape)
        self.head = DenseHead(shape.hidden)
        self.counts = CountHead(shape.hidden)


@dataclass
class Progress:
    """Counts that a checkpoint carries along."""

    minutes: float = 0.0
    steps: int = 0
    images: int = 0
    questions: int = 0


def answer_loss(logits: Tensor, targets: Tensor, weights: Tensor, digits: Tensor) -> Tensor:
    """Weighted cross-entropy [N]; a tens digit's target is spread over its neighbours."""
    each = F.cross_entropy(logits, targets, reduction="none")
    tens = weights == DIGIT_WEIGHTS[1]
    true_digit = (targets[tens, None] == digits).float().argmax(-1)
    spread = near_digits(circular=False)[true_digit]
    soft = -(F.log_softmax(logits[tens], -1)[:, digits] * spread).sum(-1)
    return (each.masked_scatter(tens, soft) * weights).sum() / weights.sum()


def language_loss(model: Trainee, batch: Batch, digits: Tensor, args: argparse.Namespace) -> tuple[Tensor, dict]:
    """Answers + attention mass on the object spoken of + counts held by eoi + dense task.

    digits: [10] ids of the digit pieces.
    """
    net = model.net
    features = net.model.vision(batch.pixels)
    watch = batch.objects[:, :, None] == batch.owners[:, None, :]
    watch &= (batch.objects >= 0)[:, :, None]
    text = (batch.ids, batch.positions, batch.segments)
    hidden, mass, summary = net.decode(features, *text, watch, WATCHED_LAYER, batch.rounded)
    learned = batch.weights > 0
    logits = net.lm_head(hidden[learned]).float()
    targets, weights = batch.targets[learned], batch.weights[learned]
    answer = answer_loss(logits, targets, weights, digits)
    gaze = -(mass.transpose(1, 2)[watch.any(-1)] + 1e-3).log().mean()
    count, counted = model.counts.loss(summary, batch.looks)
    dense, readings = dense_loss(model.head(features), batch.dense)
    hit = (logits.argmax(-1) == targets).float()
    for label, weight in (("coarse", DIGIT_WEIGHTS[0]), ("tens", DIGIT_WEIGHTS[1]), ("short", SHORT_ANSWER_WEIGHT)):
        readings[label] = hit[weights == weight].mean().item()
    readings |= {"answer": answer.item(), "gaze": gaze.neg().exp().item(), "counted": counted}
    return answer + args.watch_share * gaze + args.count_share * count + args.dense_share * dense, readings


def learning_rate(peak: float, minutes: float, total: float, steps: int) -> float:
    """Linear warm-up, constant up to HOLD of the way, then cosine to FINAL_LR at `total` minutes."""
    late = min(max(minutes / total - HOLD, 0.0) / (1 - HOLD), 1.0)
    rate = FINAL_LR + (peak - FINAL_LR) * 0.5 * (1 + math.cos(math.pi * late))
    return rate * min(1.0, (steps + 1) / WARMUP_STEPS)


class Trainer:
    def __init__(self, args: argparse.Namespace, pool: Pool, held_out: Pool):
        self.args, self.held_out = args, held_out
        torch.manual_seed(1)
        self.encoder = Encoder(args.tokenizer)
        self.model = Trainee(Shape(vocabulary=self.encoder.pieces.vocab_size()))
        self.digits = torch.tensor([self.encoder.pieces.piece_to_id(str(d)) for d in range(10)])
        self.progress, self.checkpoint = Progress(), args.work / "checkpoint.pt"
        self.running: dict[str, float] = {}
        self.stopped = False
        self.stream = Stream(pool, self.encoder, seed=0)
        if self.checkpoint.exists():
            self.load()
            return
        if args.start:
            self.model.net.load_state_dict(load_file(args.start / "model.safetensors"))
            self.warm_heads()
        else:
            sample = normalise(torch.from_numpy(pool.pixels[:1500]))
            self.model.net.model.vision.patch_embedding.whiten(sample)
        self.optimizer = Optimizer(self.model, tower_share=args.tower_share)

    def load(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer = Optimizer(self.model, tower_share=self.args.tower_share)
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        self.stream = Stream(self.stream.pool, self.encoder, seed=self.progress.steps)

    def warm_heads(self) -> None:
        """Fits the auxiliary heads, which no exported directory holds, to the network as it is."""
        heads = torch.optim.Adam([*self.model.head.parameters(), *self.model.counts.parameters()], lr=HEAD_LR)
        for _ in range(HEAD_STEPS):
            batch = self.stream.batch(self.args.text_batch)
            with torch.no_grad(), self.arithmetic():
                features = self.model.net.model.vision(batch.pixels)
                text = (batch.ids[:, :1], batch.positions[:, :1], batch.segments[:, :1])
                summary = self.model.net.decode(features, *text, watched_layer=WATCHED_LAYER)[2]
            dense, readings = dense_loss(self.model.head(features.float()), batch.dense)
            count, counted = self.model.counts.loss(summary.float(), batch.looks)
            (dense + count).backward()
            heads.step()
            heads.zero_grad()
        print("heads:", json.dumps(readings | {"counted": counted}), flush=True)

    def arithmetic(self) -> torch.autocast:
        """bf16 products where asked for; weights, sums and losses stay f32."""
        return torch.autocast("cpu", torch.bfloat16, enabled=self.args.bf16)

    def save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": vars(self.progress),
        }
        partial = self.checkpoint.with_suffix(".tmp")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)

    def step(self) -> None:
        args, p, started = self.args, self.progress, time.monotonic()
        if p.minutes < args.dense_minutes:
            batch = self.stream.batch(args.dense_batch, text=False)
            with self.arithmetic():
                features = self.model.net.model.vision(batch.pixels)
                loss, readings = dense_loss(self.model.head(features), batch.dense)
        else:
            easy = args.start is None and p.minutes < args.dense_minutes + EASY_MINUTES
            batch = self.stream.batch(args.text_batch, EASY_OBJECTS if easy else 8)
            with self.arithmetic():
                loss, readings = language_loss(self.model, batch, self.digits, args)
        loss.backward()
        with self.arithmetic():
            self.optimizer.step(learning_rate(args.peak_lr, p.minutes, args.minutes, p.steps))
        p.steps += 1
        p.images += len(batch.pixels)
        p.questions += batch.count
        p.minutes += (time.monotonic() - started) / 60
        for key, value in readings.items():
            if not math.isfinite(value) and key not in ("coarse", "tens", "short"):
                raise FloatingPointError(f"step {p.steps}: {key} is {value}; resume from an older checkpoint")
            if math.isfinite(value):
                before = self.running.get(key, value)
                self.running[key] = before + 0.05 * (value - before)

    def averaged(self) -> CogVlm:
        """A copy of the network holding the moving-average weights, rounded to bf16 as exported."""
        net = CogVlm(self.model.net.shape)
        weights = {k.removeprefix("net."): v for k, v in self.optimizer.averaged.items() if k.startswith("net.")}
        net.load_state_dict({k: v.to(torch.bfloat16).float() for k, v in weights.items()}, strict=False)
        return net.eval()

    def report(self, scores: dict | None = None) -> None:
        line = {**vars(self.progress), **(scores if scores is not None else self.running)}
        print(time.strftime("%H:%M:%S"), json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)

    def run(self) -> None:
        """Steps until the planned minutes are spent; logs, evaluates and saves on the way."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)
        last_save = last_eval = self.progress.minutes
        while self.progress.minutes < self.args.minutes and not self.stopped:
            self.step()
            p = self.progress
            if p.steps % self.args.log_steps == 0:
                self.report()
            if p.minutes - last_save >= self.args.save_minutes:
                self.save()
                last_save = p.minutes
            if p.minutes - last_eval >= self.args.eval_minutes and p.minutes > self.args.dense_minutes:
                self.report(evaluate(self.averaged(), self.encoder, self.held_out, self.args.eval_scenes))
                last_eval = p.minutes
        self.save()
        if not self.stopped:
            self.report(evaluate(self.averaged(), self.encoder, self.held_out, self.args.eval_scenes))

    def stop(self, *_) -> None:
        self.stopped = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of pool/, val/ and checkpoint.pt")
    parser.add_argument("--tokenizer", type=Path, required=True, help="tokenizer.model")
    parser.add_argument("--start", type=Path, help="an exported directory to go on from; 0 dense minutes suit it")
    parser.add_argument("--bf16", action="store_true", help="bf16 products: faster where the processor has them")
    parser.add_argument("--minutes", type=float, default=110, help="training minutes planned in all")
    parser.add_argument("--dense-minutes", type=float, default=12, help="of which the dense stage")
    parser.add_argument("--peak-lr", type=float, default=3e-3)
    parser.add_argument("--tower-share", type=float, default=1.0, help="learning rate of the tower's matrices")
    parser.add_argument("--dense-batch", type=int, default=DENSE_BATCH)
    parser.add_argument("--text-batch", type=int, default=TEXT_BATCH)
    parser.add_argument("--dense-share", type=float, default=0.25, help="weight of the dense task later on")
    parser.add_argument("--watch-share", type=float, default=0.2, help="weight of the attention target")
    parser.add_argument("--count-share", type=float, default=0.5, help="weight of the counts at eoi")
    parser.add_argument("--log-steps", type=int, default=25)
    parser.add_argument("--save-minutes", type=float, default=5)
    parser.add_argument("--eval-minutes", type=float, default=10)
    parser.add_argument("--eval-scenes", type=int, default=100)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export", type=Path, help="write the averaged weights here instead of training")
    parser.add_argument("--smoke", action="store_true", help="a few steps of both stages in a bare folder")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.smoke:
        args.minutes, args.dense_minutes, args.eval_scenes, args.log_steps = 0.25, 0.08, 4, 1
        args.dense_batch, args.text_batch = 8, 4
        args.work.mkdir(parents=True, exist_ok=True)
        pool = Pool(**draw_shard(seed=1, shard=0, count=64))
        Trainer(args, pool, pool).run()
        return
    held_out = Pool.load(args.work / "val")
    trainer = Trainer(args, held_out if args.export else Pool.load(args.work / "pool"), held_out)
    if args.export:
        export(trainer.averaged(), args.export)
        trainer.report(evaluate(trainer.averaged(), trainer.encoder, held_out, args.eval_scenes))
    else:
        trainer.run()


if __name__ == "__main__":
    main()
