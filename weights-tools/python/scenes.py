"""Seeded scenes of drawn objects: the pictures and truth that train and evaluate `cogvlm-shapes`.

Objects are coloured shapes, one to eight a picture, on plain or textured backgrounds. An object
may hide part of an earlier one, but never more than 40 % of its pixels. An object's box is the
tight box of its *visible* pixels: [x0, y0, x1, y1], x1 and y1 exclusive, in pixels.

    python scenes.py --seed 7 --count 1000 --renderer flat --out DIR

writes DIR/images/*.png, scenes.json (whole truth) and the questions: rec.json, reg.json, vqa.json, caption.json
and absent.json (what is not there). The same seed, count and renderer always give the same files.

    python scenes.py --seed 7 --truth DIR/scenes.json

writes the questions beside a scenes.json whose pictures something else has drawn.
"""

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from renderers import COLORS, RENDERERS, SHAPES

SIZES = ("small", "large")
# Side of an object over sqrt(width * height), so that its area share does not depend on the aspect.
SIDE_RANGE = {"small": (0.16, 0.205), "large": (0.27, 0.38)}
MAX_OBJECTS = 8
MIN_VISIBLE = 0.6
MIN_CENTRE_GAP = 0.135  # of the side, in the larger of x and y: two centres never share a patch
NOBODY = -1


@dataclass(frozen=True)
class SceneObject:
    """One visible object. box: visible pixels [x0, y0, x1, y1], exclusive end."""

    color: str
    shape: str
    size: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A picture's truth. owner: [height, width] int8, index of the object seen there or NOBODY."""

    width: int
    height: int
    objects: tuple[SceneObject, ...]
    owner: np.ndarray


def attributes(rng: np.random.Generator, count: int, colors: list[str]) -> list[tuple[str, str, str]]:
    """(colour, shape, size) per object; often from few of `colors` and shapes, so that words matter."""
    shapes = list(SHAPES)
    if rng.random() < 0.5:
        colors = list(rng.choice(colors, int(rng.integers(1, 4)), replace=False))
        shapes = list(rng.choice(shapes, int(rng.integers(1, 4)), replace=False))
    large_share = 0.6 if count <= 3 else 0.4 if count <= 5 else 0.25
    return [
        (str(rng.choice(colors)), str(rng.choice(shapes)), SIZES[int(rng.random() < large_share)])
        for _ in range(count)
    ]


def canvas_size(rng: np.random.Generator, longest: int) -> tuple[int, int]:
    """(width, height) in 96..longest pixels with an aspect between 1:2 and 2:1."""
    aspect = 2 ** float(np.clip(rng.normal(0, 0.5), -1, 1))
    side = math.exp(rng.uniform(math.log(108), math.log(longest * 0.72)))
    fit = lambda v: int(np.clip(round(v), 96, longest))
    return fit(side * math.sqrt(aspect)), fit(side / math.sqrt(aspect))


class Canvas:
    """Picture under construction: its renderer, owner map and each object's count of own pixels."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, renderer: str):
        self.width, self.height = width, height
        self.renderer = RENDERERS[renderer](rng, width, height)
        self.owner = np.full((height, width), NOBODY, dtype=np.int8)
        self.areas: list[int] = []
        self.centres: list[tuple[float, float]] = []
        self.colors: list[str] = []

    def try_place(self, rng: np.random.Generator, color: str, shape: str, size: str) -> bool:
        """Draws the object at a random spot; False if it would hide too much or lie too close."""
        side = rng.uniform(*SIDE_RANGE[size]) * math.sqrt(self.width * self.height)
        window = int(math.ceil(side * 1.3)) + 2
        margin = side * 0.56
        cx = rng.uniform(margin, self.width - margin)
        cy = rng.uniform(margin, self.height - margin)
        for ox, oy in self.centres:
            gap = max(abs(cx - ox) / self.width, abs(cy - oy) / self.height)
            if gap < MIN_CENTRE_GAP:
                return False
        left, top = round(cx - window / 2), round(cy - window / 2)
        mask = self.renderer.mask(rng, shape, side, window)
        own = np.asarray(mask.whole) >= 128
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + window, self.width), min(top + window, self.height)
        own = own[y0 - top : y1 - top, x0 - left : x1 - left]
        under = self.owner[y0:y1, x0:x1]
        hidden = np.bincount(under[own] + 1, minlength=len(self.areas) + 1)[1:]
        for index, lost in enumerate(hidden):
            if not lost:
                continue
            too_hidden = self.visible(index) - lost < MIN_VISIBLE * self.areas[index]
            if too_hidden or self.colors[index] == color:  # an edge within one colour is invisible
                return False
        self.renderer.draw(rng, color, mask, (left, top))
        under[own] = len(self.areas)
        self.areas.append(int(own.sum()))
        self.centres.append((cx, cy))
        self.colors.append(color)
        return True

    def visible(self, index: int) -> int:
        return int((self.owner == index).sum())

    def box(self, index: int) -> tuple[int, int, int, int]:
        mask = self.owner == index
        xs, ys = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        return int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1


def make_scene(rng: np.random.Generator, longest: int = 480, renderer: str = "flat") -> tuple[Image.Image, Scene]:
    """Draws one scene; `longest` bounds both sides in pixels; `renderer` is a key of RENDERERS."""
    width, height = canvas_size(rng, longest)
    canvas = Canvas(rng, width, height, renderer)
    count = int(rng.choice(np.arange(1, MAX_OBJECTS + 1), p=[0.1, 0.14, 0.16, 0.16, 0.14, 0.12, 0.1, 0.08]))
    placed = []
    colors = [color for color in COLORS if canvas.renderer.contrasts(color)]
    for look in attributes(rng, count, colors):
        if any(canvas.try_place(rng, *look) for _ in range(12)):
            placed.append(look)
    objects = tuple(SceneObject(*look, canvas.box(i)) for i, look in enumerate(placed))
    return canvas.renderer.finished(rng), Scene(width, height, objects, canvas.owner)


def write_json(path: Path, entries: list[dict]) -> None:
    path.write_text(json.dumps(entries, indent=1) + "\n")


def draw_dataset(seed: int, count: int, renderer: str, out: Path):
    """Writes pictures and scenes.json; yields (random numbers, picture's name, scene), as write_questions wants."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    truth = []
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        image, scene = make_scene(rng, renderer=renderer)
        name = f"images/{index:06d}.png"
        image.save(out / name)
        objects = [asdict(o) for o in scene.objects]
        truth.append({"image": name, "width": scene.width, "height": scene.height, "objects": objects})
        yield rng, name, scene
    write_json(out / "scenes.json", truth)


def read_dataset(seed: int, truth: Path):
    """Yields the same of a scenes.json that exists."""
    for index, entry in enumerate(json.loads(truth.read_text())):
        objects = tuple(SceneObject(**o | {"box": tuple(o["box"])}) for o in entry["objects"])
        scene = Scene(entry["width"], entry["height"], objects, np.empty((0, 0), np.int8))
        yield np.random.default_rng([seed, index]), entry["image"], scene


def write_questions(dataset, out: Path) -> None:
    """Writes rec.json, reg.json, vqa.json, caption.json and absent.json for each (random numbers, picture's name, scene)."""
    import absences
    import questions

    makers = {
        "rec": questions.rec_entries,
        "reg": questions.reg_entries,
        "vqa": questions.vqa_entries,
        "caption": questions.caption_entries,
        "absent": absences.absent_entries,
    }
    lists: dict[str, list[dict]] = {name: [] for name in makers}
    for rng, name, scene in dataset:
        size = {"image": name, "width": scene.width, "height": scene.height}
        for label, make in makers.items():
            lists[label] += [size | entry for entry in make(rng, scene)]
    for label, entries in lists.items():
        write_json(out / f"{label}.json", entries)
    print(f"{out}: " + ", ".join(f"{len(entries)} {label}" for label, entries in lists.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, help="number of scenes")
    parser.add_argument("--renderer", choices=RENDERERS, default="flat")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--truth", type=Path, help="a scenes.json to ask about, in place of --count and --out")
    args = parser.parse_args()
    if args.truth:
        write_questions(read_dataset(args.seed, args.truth), args.truth.parent)
    elif args.out is None or args.count is None or args.count < 1:
        parser.error("give --truth, or --out and a --count of at least 1")
    else:
        write_questions(draw_dataset(args.seed, args.count, args.renderer, args.out), args.out)


if __name__ == "__main__":
    main()
