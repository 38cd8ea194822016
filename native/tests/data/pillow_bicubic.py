"""Writes pillow_bicubic.bin: what Pillow's bicubic resize makes of pictures given by formula.

Needs Pillow 12 and numpy. Records: i32 H, W, S, kind (little endian), then S*S*3 bytes.
"""

import pathlib
import struct

import numpy as np
from PIL import Image

CASES = [  # H, W, S, kind
    (1, 1, 1, 0), (1, 1, 7, 0), (3, 2, 1, 0), (2, 3, 8, 0), (8, 8, 8, 0), (8, 5, 8, 1), (5, 8, 8, 1),
    (57, 91, 28, 0), (57, 91, 28, 1), (91, 57, 28, 2), (200, 3, 14, 0), (3, 200, 14, 0),
    (28, 300, 28, 0), (300, 28, 28, 1), (1, 500, 20, 0), (500, 1, 20, 0), (37, 41, 42, 0),
    (480, 640, 33, 0), (29, 27, 28, 1), (1000, 999, 17, 2),
    (726, 2, 28, 0), (1366, 12, 9, 1), (200, 2, 7, 0), (201, 2, 7, 0), (2, 726, 28, 0),
]  # fmt: skip


def picture(height, width, kind):
    y, x, c = np.meshgrid(
        np.arange(height, dtype=np.uint32),
        np.arange(width, dtype=np.uint32),
        np.arange(3, dtype=np.uint32),
        indexing="ij",
    )
    if kind == 1:
        return np.where((x // 3 + y // 2 + c) % 2, 255, 0).astype(np.uint8)
    if kind == 2:
        return ((x * 5 + y * 3 + c * 40) & 255).astype(np.uint8)
    h = x * np.uint32(374761393) + y * np.uint32(668265263) + c * np.uint32(2246822519)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(1274126177)
    return ((h ^ (h >> np.uint32(16))) & np.uint32(255)).astype(np.uint8)


def main():
    with open(pathlib.Path(__file__).with_suffix(".bin"), "wb") as out:
        for height, width, side, kind in CASES:
            image = Image.fromarray(picture(height, width, kind))
            resized = np.asarray(image.resize((side, side), Image.BICUBIC))
            out.write(struct.pack("<4i", height, width, side, kind) + resized.tobytes())


if __name__ == "__main__":
    main()
