"""How scenes are drawn. Several renderers, so that a model learns shapes and not one renderer's habits.

flat      as the model's figures have always been measured: flat colours, small turns, mid-tone grounds
analytic  coverage from exact distances to the outline: rounded corners, outlines, shaded fills, pure
          colours, white to dark grounds, JPEG
lanczos   Pillow's primitives at four times the size, reduced by Lanczos: soft shadows, grid paper, noise

A renderer decides colours, outlines and grounds; what stands where is scenes.py's.
"""

import abc
import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

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
PURE = {
    "red": (255, 0, 0),
    "green": (0, 160, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "orange": (255, 150, 0),
    "purple": (128, 0, 128),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
}
SOFT = {
    "red": (229, 57, 53),
    "green": (76, 175, 80),
    "blue": (30, 116, 229),
    "yellow": (253, 216, 53),
    "orange": (251, 140, 0),
    "purple": (150, 50, 190),
    "black": (40, 40, 40),
    "white": (238, 238, 238),
}
SUPERSAMPLE = 4
MIN_CONTRAST = 85  # least distance in RGB between a fill and every tone of its ground
PLAIN_STAR, PLAIN_CROSS = 0.45, 0.34  # inner radius and half arm, of the outer radius


@dataclass(frozen=True)
class Form:
    """Proportions of the shapes: a star's inner radius and a cross's half arm, of the outer radius."""

    star: float = PLAIN_STAR
    cross: float = PLAIN_CROSS


@dataclass(frozen=True)
class Mask:
    """Antialiased [n, n] (L): all of an object, and what of it lies within its outline stroke."""

    whole: Image.Image
    inner: Image.Image


def outline(shape: str, side: float, angle: float, form: Form = Form()) -> list[tuple[float, float]]:
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
            radius = r * 1.08 if k % 2 == 0 else r * form.star
            turn = -math.pi / 2 + k * math.pi / 5
            points.append((radius * math.cos(turn), radius * math.sin(turn)))
    elif shape == "cross":
        t = r * form.cross
        points = [(-t, -r), (t, -r), (t, -t), (r, -t), (r, t), (t, t)]
        points += [(t, r), (-t, r), (-t, t), (-r, t), (-r, -t), (-t, -t)]
    else:
        raise ValueError(f"unknown shape '{shape}': expected one of {SHAPES}")
    c, s = math.cos(angle), math.sin(angle)
    return [(c * x - s * y, s * x + c * y) for x, y in points]


def coverage(polygon: list[tuple[float, float]], side: int) -> Image.Image:
    """Antialiased mask [side, side] (L) of a polygon centred in it."""
    return enlarged(polygon, side).reduce(SUPERSAMPLE)


def enlarged(polygon: list[tuple[float, float]], side: int) -> Image.Image:
    """Hard mask (L) of a polygon centred in it, SUPERSAMPLE times the side."""
    scale = SUPERSAMPLE
    mask = Image.new("L", (side * scale, side * scale), 0)
    half = side * scale / 2
    ImageDraw.Draw(mask).polygon([(half + x * scale, half + y * scale) for x, y in polygon], fill=255)
    return mask


def stripes_along(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """[height, width] distances in pixels along a random direction and across it."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, math.pi)
    return math.cos(angle) * x + math.sin(angle) * y, math.cos(angle) * y - math.sin(angle) * x


def picture(field: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))


def background(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """Plain, gradient, noise, stripes, checks or soft texture, in muted mid tones."""

    def tone() -> np.ndarray:
        return np.clip(rng.uniform(95, 200) + rng.uniform(-18, 18, 3), 80, 212)

    kind = rng.choice(["plain", "gradient", "noise", "stripes", "checks", "texture"])
    base = tone()
    if kind == "plain":
        return Image.new("RGB", (width, height), tuple(int(v) for v in base))
    if kind == "noise":
        noise = rng.standard_normal((height, width), dtype=np.float32)
        field = base + noise[:, :, None] * rng.uniform(4, 14)
    elif kind == "texture":
        field = base + (soft_noise(rng, width, height) - 128) * rng.uniform(0.1, 0.35)
    else:
        other = np.clip(base + rng.uniform(-35, 35) + rng.uniform(-8, 8, 3), 80, 212)
        along, across = stripes_along(rng, width, height)
        if kind == "gradient":
            mix = (along - along.min()) / max(float(np.ptp(along)), 1.0)
        else:
            period = rng.uniform(0.06, 0.25) * math.sqrt(width * height)
            mix = (np.floor(along / period) % 2).astype(np.float32)
            if kind == "checks":
                mix = np.abs(mix - np.floor(across / period) % 2)
        field = base + (other - base) * mix[:, :, None]
    return picture(field)


def soft_noise(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """[height, width, 3] f32 around 128: coloured clouds, a few across."""
    coarse = rng.standard_normal((int(rng.integers(3, 9)), int(rng.integers(3, 9)), 3))
    low = picture(128 + 40 * coarse)
    return np.asarray(low.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


class Flat:
    """Flat fills without outline on mid-tone grounds; coverage by 4 x 4 samples."""

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.image = background(rng, width, height)

    def contrasts(self, color: str) -> bool:
        """Whether an object of this colour can be seen on the ground: every one on mid tones."""
        return True

    def mask(self, rng: np.random.Generator, shape: str, side: float, window: int) -> Mask:
        """A shape in the middle of a square of `window` pixels."""
        whole = coverage(outline(shape, side, math.radians(rng.uniform(-9, 9))), window)
        return Mask(whole, whole)

    def draw(self, rng: np.random.Generator, color: str, mask: Mask, corner: tuple[int, int]) -> None:
        """Paints an object; `corner` is the mask's left top pixel."""
        jitter = rng.integers(-12, 13, 3)
        paint = tuple(int(v) for v in np.clip(np.array(COLORS[color]) + jitter, 0, 255))
        self.image.paste(paint, corner, mask.whole)

    def finished(self, rng: np.random.Generator) -> Image.Image:
        return self.image


class Varied(abc.ABC):
    """What the two varied renderers share: palettes, tones, strokes, shaded fills and the finish."""

    turn = 12  # largest rotation in degrees, either way

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.palette = (COLORS, PURE, SOFT)[int(rng.integers(3))]
        self.form = Form(star=rng.uniform(0.38, 0.52), cross=rng.uniform(0.26, 0.42))
        self.stroke = float(rng.uniform(0.02, 0.07)) if rng.random() < 0.4 else 0.0  # of the side
        self.stroke_tone = str(rng.choice(["darker", "black", "white"], p=[0.6, 0.25, 0.15]))
        self.shade = float(rng.uniform(0.05, 0.25)) if rng.random() < 0.4 else 0.0
        base = self.tone(rng)
        other = np.clip(base + rng.uniform(-25, 25) + rng.uniform(-8, 8, 3), 0, 255)
        self.tones = (base, other)
        self.image = picture(self.ground(rng, width, height, base, other))

    @staticmethod
    def tone(rng: np.random.Generator) -> np.ndarray:
        """White, light, mid or dark, with a tinge of colour."""
        level, tinge = ((255, 0), (rng.uniform(205, 250), 12), (rng.uniform(90, 205), 22), (rng.uniform(10, 80), 12))[
            int(rng.choice(4, p=[0.25, 0.25, 0.35, 0.15]))
        ]
        return np.clip(level + rng.uniform(-tinge, tinge, 3), 0, 255)

    @abc.abstractmethod
    def ground(self, rng, width: int, height: int, base: np.ndarray, other: np.ndarray) -> np.ndarray:
        """[height, width, 3] between two tones."""

    @abc.abstractmethod
    def mask(self, rng: np.random.Generator, shape: str, side: float, window: int) -> Mask:
        """A shape in the middle of a square of `window` pixels."""

    def contrasts(self, color: str) -> bool:
        fill = np.array(self.palette[color])
        return all(np.linalg.norm(fill - tone) >= MIN_CONTRAST for tone in self.tones)

    def fill(self, rng: np.random.Generator, color: str, side: int) -> np.ndarray:
        """[side, side, 3] f32: the colour, lighter on one side where this picture shades its fills."""
        paint = np.array(self.palette[color]) + rng.integers(-10, 11, 3)
        along, _ = stripes_along(rng, side, side)
        mix = (along - along.min()) / max(float(np.ptp(along)), 1.0) - 0.5
        return paint * (1 + self.shade * mix[:, :, None])

    def draw(self, rng: np.random.Generator, color: str, mask: Mask, corner: tuple[int, int]) -> None:
        if self.stroke:
            tone = {"darker": np.array(self.palette[color]) * 0.6, "black": np.zeros(3), "white": np.full(3, 255.0)}
            self.image.paste(tuple(int(v) for v in tone[self.stroke_tone]), corner, mask.whole)
        self.image.paste(picture(self.fill(rng, color, mask.whole.width)), corner, mask.inner)

    def finished(self, rng: np.random.Generator) -> Image.Image:
        """Sometimes a little blur, another brightness, and JPEG's losses."""
        image = self.image
        if rng.random() < 0.3:
            image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
        if rng.random() < 0.3:
            image = picture(np.asarray(image, dtype=np.float32) * rng.uniform(0.88, 1.1))
        if rng.random() < 0.5:
            file = io.BytesIO()
            image.save(file, "JPEG", quality=int(rng.integers(55, 96)))
            image = Image.open(file).convert("RGB")
        return image


class Analytic(Varied):
    """Coverage from the signed distance to the outline; corners may be rounded."""

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.rounding = float(rng.uniform(0.02, 0.08)) if rng.random() < 0.4 else 0.0  # of the side
        super().__init__(rng, width, height)

    def ground(self, rng, width, height, base, other):
        kind = rng.choice(["plain", "radial", "linear", "clouds"], p=[0.4, 0.2, 0.2, 0.2])
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        if kind == "plain":
            mix = np.zeros((height, width), np.float32)
        elif kind == "radial":
            mix = np.hypot(x / width - rng.uniform(0, 1), y / height - rng.uniform(0, 1)) / 1.5
        elif kind == "linear":
            along, _ = stripes_along(rng, width, height)
            mix = (along - along.min()) / max(float(np.ptp(along)), 1.0)
        else:
            return base + (soft_noise(rng, width, height) - 128) * rng.uniform(0.05, 0.25)
        return base + (other - base) * np.clip(mix, 0, 1)[:, :, None]

    def mask(self, rng: np.random.Generator, shape: str, side: float, window: int) -> Mask:
        angle = math.radians(rng.uniform(-self.turn, self.turn))
        line = (np.arange(window) + 0.5 - window / 2).astype(np.float32)
        x, y = np.meshgrid(line, line)
        if shape == "circle":
            distance = np.hypot(x, y) - side / 2
        else:
            radius = self.rounding * side
            distance = signed_distance(outline(shape, side - 2 * radius, angle, self.form), x, y) - radius
        cover = lambda d: picture(255 * np.clip(0.5 - d, 0, 1) + 0.5)
        return Mask(cover(distance), cover(distance + self.stroke * side))


def signed_distance(polygon: list[tuple[float, float]], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance in pixels of each point (x, y) to a polygon's edge, negative inside."""
    nearest = np.full(x.shape, np.inf, np.float32)
    inside = np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1]):
        ex, ey = bx - ax, by - ay
        t = np.clip(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - t * ex, y - ay - t * ey))
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) / (by - ay) * ex)
    return np.where(inside, -nearest, nearest)


class Lanczos(Varied):
    """Pillow's shapes at SUPERSAMPLE times the size, reduced by Lanczos; soft shadows."""

    turn = 6

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.shadow = float(rng.uniform(0.15, 0.45)) if rng.random() < 0.35 else 0.0  # its darkness
        super().__init__(rng, width, height)

    def ground(self, rng, width, height, base, other):
        kind = rng.choice(["plain", "grid", "dots", "noise", "halves"], p=[0.35, 0.2, 0.15, 0.2, 0.1])
        y, x = np.mgrid[0:height, 0:width]
        period = max(6, int(rng.uniform(0.05, 0.15) * math.sqrt(width * height)))
        if kind == "grid":
            mix = ((x % period == 0) | (y % period == 0)).astype(np.float32)
        elif kind == "dots":
            mix = (np.hypot(x % period - period / 2, y % period - period / 2) < period / 5).astype(np.float32)
        elif kind == "halves":
            mix = (y > rng.uniform(0.3, 0.7) * height).astype(np.float32)
        else:
            mix = np.zeros((height, width), np.float32)
        field = base + (other - base) * mix[:, :, None]
        return field + rng.standard_normal((height, width, 3)) * rng.uniform(3, 12) if kind == "noise" else field

    def mask(self, rng: np.random.Generator, shape: str, side: float, window: int) -> Mask:
        angle = math.radians(rng.uniform(-self.turn, self.turn) if rng.random() < 0.5 else 0)

        def reduced(scale: float) -> Image.Image:
            if shape == "circle":
                big = Image.new("L", (window * SUPERSAMPLE,) * 2, 0)
                near, far = ((window + sign * side * scale) / 2 * SUPERSAMPLE for sign in (-1, 1))
                ImageDraw.Draw(big).ellipse([near, near, far, far], fill=255)
            else:
                big = enlarged(outline(shape, side * scale, angle, self.form), window)
            return big.resize((window, window), Image.Resampling.LANCZOS)

        whole = reduced(1)
        return Mask(whole, reduced(1 - 2 * self.stroke) if self.stroke else whole)

    def draw(self, rng: np.random.Generator, color: str, mask: Mask, corner: tuple[int, int]) -> None:
        if self.shadow:
            away = max(1, mask.whole.width // 25)
            soft = mask.whole.filter(ImageFilter.GaussianBlur(away)).point(lambda v: int(v * self.shadow))
            self.image.paste((0, 0, 0), (corner[0] + away, corner[1] + away), soft)
        super().draw(rng, color, mask, corner)


RENDERERS = {"flat": Flat, "analytic": Analytic, "lanczos": Lanczos}
