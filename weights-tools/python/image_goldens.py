"""Golden pictures: inputs of every pixel format and the exact bytes Pillow makes of them.

Writes inputs as PNG, expected results as raw RGB, index.json that pairs them, and normalised pixels of one.
"""

import json
import pathlib
import struct
import zlib

import numpy as np
import safetensors.torch
from PIL import Image

import pictures
import preprocess

NORMALISED = ("still_57x91.png", 28)


def inputs() -> dict[str, tuple[Image.Image, list[int]]]:
    """File name -> picture and the sides to resize it to."""
    still = pictures.still_life
    stepped = Image.fromarray(pictures.noise(20, 15, 3, seed=2)).resize((640, 480), Image.Resampling.NEAREST)
    alpha = Image.fromarray(pictures.noise(40, 30, 4, seed=3), "RGBA")
    alpha.putpixel((0, 0), (255, 0, 0, 0))  # invisible, but its colour counts: alpha is dropped, not composed
    grey = still(60, 45).convert("L")
    grey_alpha = Image.merge("LA", [grey, Image.fromarray(pictures.noise(60, 45, 1, seed=4)[..., 0])])
    palette = still(64, 48).quantize(16, dither=Image.Dither.NONE)
    palette.info["transparency"] = 3
    ramp = np.linspace(0, 1, 48 * 36).reshape(36, 48) ** 4
    deep = Image.fromarray((ramp * 65535).astype(np.uint16))  # Pillow clips 16-bit grey at 255, a quarter stays below
    return {
        "one_1x1.png": (Image.new("RGB", (1, 1), (7, 130, 251)), [28]),
        "column_3x200.png": (Image.fromarray(pictures.noise(3, 200, 3, seed=0)), [28, 56]),
        "row_200x3.png": (Image.fromarray(pictures.noise(200, 3, 3, seed=1)), [28, 70]),
        "still_57x91.png": (still(57, 91), [28, 56, 70, 112]),
        "blocks_640x480.png": (stepped, [28, 112, 224]),
        "gradient_300x180.png": (Image.fromarray(pictures.gradient(300, 180)), [56]),
        "noise_9x7.png": (Image.fromarray(pictures.noise(9, 7, 3, seed=5)), [70, 112]),
        "same_56x56.png": (still(56, 56), [56]),
        "same_width_56x90.png": (still(56, 90), [56]),
        "rgba_40x30.png": (alpha, [28]),
        "grey_60x45.png": (grey, [56]),
        "grey_alpha_60x45.png": (grey_alpha, [56]),
        "palette_64x48.png": (palette, [28]),
        "bilevel_33x21.png": (Image.fromarray(pictures.noise(33, 21, 1, seed=6)[..., 0] > 127), [28]),
        "grey16_48x36.png": (deep, [28]),
    }


def rgb16_png(width: int, height: int) -> bytes:
    """A PNG with 16 bits a channel, which Pillow reads but cannot write."""
    samples = np.random.default_rng(8).integers(0, 65536, (height, width, 3)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def write(directory: pathlib.Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    sides = {}
    for name, (picture, wanted) in inputs().items():
        picture.save(directory / name, optimize=True)
        sides[name] = wanted
    (directory / "rgb16_24x18.png").write_bytes(rgb16_png(24, 18))
    sides["rgb16_24x18.png"] = [28]
    index = [_write_expected(directory, name, size) for name, wanted in sides.items() for size in wanted]
    (directory / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    name, size = NORMALISED
    with Image.open(directory / name) as picture:
        pixels = preprocess.pixel_values(picture, size)
    safetensors.torch.save_file({"pixel_values": pixels}, directory / "pixel_values.safetensors")


def _write_expected(directory: pathlib.Path, name: str, size: int) -> dict:
    """Reads the file as any reader would, so that what PNG stores is what is tested."""
    expected = f"{pathlib.Path(name).stem}.{size}.rgb"
    with Image.open(directory / name) as picture:
        (directory / expected).write_bytes(preprocess.resized(picture, size).tobytes())
        return {"input": name, "mode": picture.mode, "size": size, "expected": expected}
