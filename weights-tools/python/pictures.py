"""The pictures of the goldens: small, drawn by arithmetic alone, the same on every run."""

import numpy as np
from PIL import Image, ImageDraw


def gradient(width: int, height: int) -> np.ndarray:
    """[height, width, 3] uint8: red grows to the right, green downwards, blue along the diagonal."""
    x = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, 1)
    return np.stack([x, y, (x + y) / 2], axis=-1).round().astype(np.uint8)


def noise(width: int, height: int, channels: int, seed: int) -> np.ndarray:
    """[height, width, channels] uint8, uniform."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def still_life(width: int, height: int) -> Image.Image:
    """Shapes on a gradient, none of them symmetric: a transposed or mirrored picture is another picture."""
    picture = Image.fromarray(gradient(width, height))
    draw = ImageDraw.Draw(picture)
    w, h = width - 1, height - 1
    draw.rectangle([0.08 * w, 0.12 * h, 0.36 * w, 0.52 * h], fill=(200, 30, 40))
    draw.ellipse([0.55 * w, 0.08 * h, 0.92 * w, 0.45 * h], fill=(30, 60, 210))
    draw.polygon([(0.2 * w, 0.95 * h), (0.45 * w, 0.6 * h), (0.6 * w, 0.9 * h)], fill=(240, 220, 30))
    draw.line([(0.65 * w, 0.55 * h), (0.95 * w, 0.98 * h)], fill=(255, 255, 255), width=3)
    return picture
