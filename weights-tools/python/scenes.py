"""Seeded scenes of drawn objects: the pictures and truth that train and evaluate `cogvlm-shapes`.

Objects are coloured shapes, one to eight a picture, on plain or textured backgrounds. An object
may hide part of an earlier one, but never more than 40 % of its pixels. An object's box is the
tight box of its *visible* pixels: [x0, y0, x1, y1], x1 and y1 exclusive, in pixels.

    python scenes.py --seed 7 --count 1000 --out DIR

writes DIR/images/*.png, scenes.json (whole truth), rec.json, reg.json and vqa.json (questions).
The same seed and count always give the same files.
"""

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross")
COLORS = {
    "red": (214, 34, 34),
    "green": (36, 148, 52),
    "blue": (36, 72, 214),
    "yellow": (240, 218, 40),
    "orange": (246, 132, 20),
    "purple": (132, 42, 168),
    "black": (18, 18, 18),
    "white": (247, 247, 247),
}
SIZES = ("small", "large")
# Side of an object over sqrt(width * height), so that its area share does not depend on the aspect.
SIDE_RANGE = {"small": (0.16, 0.205), "large": (0.27, 0.38)}
MAX_OBJECTS = 8
MIN_VISIBLE = 0.6
MIN_CENTRE_GAP = 0.135  # of the side, in the larger of x and y: two centres never share a patch
SUPERSAMPLE = 4
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


def outline(shape: str, side: float, angle: float) -> list[tuple[float, float]]:
    """Polygon of a shape that fits a square of the given side, centred on 0, turned by angle (rad)."""
    r = side / 2
    if shape == "circle":
        points = [(r * math.cos(t), r * math.sin(t)) for t in np.linspace(0, 2 * math.pi, 48)[:-1]]
    elif shape == "square":
        h = r * 0.92
        points = [(-h, -h), (h, -h), (h, h), (-h, h)]
    elif shape == "triangle":
        points = [(0, -r), (r, r * 0.9), (-r, r * 0.9)]
    elif shape == "diamond":
        points = [(0, -r), (r, 0), (0, r), (-r, 0)]
    elif shape == "star":
        points = []
        for k in range(10):
            radius = r * (1.08 if k % 2 == 0 else 0.45)
            turn = -math.pi / 2 + k * math.pi / 5
            points.append((radius * math.cos(turn), radius * math.sin(turn)))
    elif shape == "cross":
        t = r * 0.34
        points = [(-t, -r), (t, -r), (t, -t), (r, -t), (r, t), (t, t)]
        points += [(t, r), (-t, r), (-t, t), (-r, t), (-r, -t), (-t, -t)]
    else:
        raise ValueError(f"unknown shape '{shape}': expected one of {SHAPES}")
    c, s = math.cos(angle), math.sin(angle)
    return [(c * x - s * y, s * x + c * y) for x, y in points]


def coverage(polygon: list[tuple[float, float]], side: int) -> Image.Image:
    """Antialiased mask [side, side] (L) of a polygon centred in it."""
    scale = SUPERSAMPLE
    mask = Image.new("L", (side * scale, side * scale), 0)
    half = side * scale / 2
    ImageDraw.Draw(mask).polygon([(half + x * scale, half + y * scale) for x, y in polygon], fill=255)
    return mask.reduce(scale)


def background(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Plain, gradient, noise, stripes, checks or soft texture, in muted mid tones."""

    def tone() -> np.ndarray:
        return np.clip(rng.uniform(95, 200) + rng.uniform(-18, 18, 3), 80, 212)

    kind = rng.choice(["plain", "gradient", "noise", "stripes", "checks", "texture"])
    base = tone()
    if kind == "plain":
        return Image.new("RGB", (width, height), tuple(int(v) for v in base))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind == "noise":
        noise = rng.standard_normal((height, width), dtype=np.float32)
        field = base + noise[:, :, None] * rng.uniform(4, 14)
    elif kind == "texture":
        coarse = rng.standard_normal((int(rng.integers(3, 9)), int(rng.integers(3, 9)), 3))
        low = Image.fromarray(np.clip(128 + 40 * coarse, 0, 255).astype(np.uint8))
        soft = np.asarray(low.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
        field = base + (soft - 128) * rng.uniform(0.1, 0.35)
    else:
        other = np.clip(base + rng.uniform(-35, 35) + rng.uniform(-8, 8, 3), 80, 212)
        angle = rng.uniform(0, math.pi)
        along = math.cos(angle) * x + math.sin(angle) * y
        if kind == "gradient":
            mix = (along - along.min()) / max(float(np.ptp(along)), 1.0)
        else:
            period = rng.uniform(0.06, 0.25) * math.sqrt(width * height)
            mix = (np.floor(along / period) % 2).astype(np.float32)
            if kind == "checks":
                across = math.cos(angle) * y - math.sin(angle) * x
                mix = np.abs(mix - np.floor(across / period) % 2)
        field = base + (other - base) * mix[:, :, None]
    return Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))


def attributes(rng: np.random.Generator, count: int) -> list[tuple[str, str, str]]:
    """(colour, shape, size) per object; often from few colours and shapes, so that words matter."""
    colors, shapes = list(COLORS), list(SHAPES)
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
    """Picture under construction: pixels, owner map and each object's count of own pixels."""

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.width, self.height = width, height
        self.image = background(rng, width, height)
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
        alpha = coverage(outline(shape, side, math.radians(rng.uniform(-9, 9))), window)
        own = np.asarray(alpha) >= 128
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
        jitter = rng.integers(-12, 13, 3)
        paint = tuple(int(v) for v in np.clip(np.array(COLORS[color]) + jitter, 0, 255))
        self.image.paste(paint, (left, top), alpha)
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


def make_scene(rng: np.random.Generator, longest: int = 480) -> tuple[Image.Image, Scene]:
    """Draws one scene; `longest` bounds both sides in pixels."""
    width, height = canvas_size(rng, longest)
    canvas = Canvas(rng, width, height)
    count = int(rng.choice(np.arange(1, MAX_OBJECTS + 1), p=[0.1, 0.14, 0.16, 0.16, 0.14, 0.12, 0.1, 0.08]))
    placed = []
    for look in attributes(rng, count):
        if any(canvas.try_place(rng, *look) for _ in range(12)):
            placed.append(look)
    objects = tuple(SceneObject(*look, canvas.box(i)) for i, look in enumerate(placed))
    return canvas.image, Scene(width, height, objects, canvas.owner)


def write_dataset(seed: int, count: int, out: Path) -> None:
    """Writes pictures, truth and questions (see the module text) for `count` scenes."""
    import questions

    (out / "images").mkdir(parents=True, exist_ok=True)
    truth, rec, reg, vqa = [], [], [], []
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        image, scene = make_scene(rng)
        name = f"images/{index:06d}.png"
        image.save(out / name)
        size = {"image": name, "width": scene.width, "height": scene.height}
        truth.append(size | {"objects": [asdict(o) for o in scene.objects]})
        rec += [size | entry for entry in questions.rec_entries(rng, scene)]
        reg += [size | entry for entry in questions.reg_entries(rng, scene)]
        vqa += [size | entry for entry in questions.vqa_entries(rng, scene)]
    for name, entries in (("scenes", truth), ("rec", rec), ("reg", reg), ("vqa", vqa)):
        (out / f"{name}.json").write_text(json.dumps(entries, indent=1) + "\n")
    print(f"{out}: {count} scenes, {len(rec)} REC, {len(reg)} REG, {len(vqa)} VQA")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.count < 1:
        parser.error("--count must be at least 1")
    write_dataset(args.seed, args.count, args.out)


if __name__ == "__main__":
    main()
