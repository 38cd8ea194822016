"""Writes what COCO's own code makes of masks, or checks that it is what is committed.

python mask_goldens.py             writes java/core/src/test/resources/grounding/masks.json
python mask_goldens.py --check     compares with the committed file instead

Needs pycocotools (2.0.11 wrote the committed file) besides requirements.txt. `bits` are a mask's pixels, row after
row, eight to a byte with the first in the highest bit, in hexadecimal. `pairs` compares each mask with the next one of
its size, whose last is followed by the first; `scores` are over the pairs of a size, with numpy alone. `polygons` are
lists of polygons with what they cover together.
"""

import argparse
import json
import pathlib
import sys

import numpy as np
from pycocotools import mask as coco

FILE = pathlib.Path(__file__).resolve().parents[2] / "java/core/src/test/resources/grounding/masks.json"
SIZES = [(1, 1), (1, 9), (9, 1), (7, 5), (33, 21), (64, 48), (4097, 3)]  # width, height


def blobs(r: np.random.Generator, height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    found = np.zeros((height, width), bool)
    for _ in range(4):
        cx, cy, a, b = r.uniform(0, width), r.uniform(0, height), r.uniform(1, width / 2 + 1), r.uniform(1, height / 2 + 1)
        found ^= ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1
    return found


def masks(r: np.random.Generator, width: int, height: int) -> list[np.ndarray]:
    empty = np.zeros((height, width), bool)
    y, x = np.mgrid[:height, :width]
    pixel = empty.copy()
    pixel[r.integers(height), r.integers(width)] = True
    return [empty, empty.copy(), ~empty, pixel, x % 2 == 1, y % 3 == 0, r.random((height, width)) < 0.3, blobs(r, height, width)]


def entry(pixels: np.ndarray) -> dict:
    rle = coco.encode(np.asfortranarray(pixels, np.uint8))
    flat = pixels.flatten(order="F")
    changes = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()
    runs = [0] + lengths if flat[0] else lengths
    height, width = pixels.shape
    again = coco.frPyObjects({"size": [height, width], "counts": runs}, height, width)
    assert again["counts"] == rle["counts"]
    return {
        "size": rle["size"],
        "bits": np.packbits(pixels).tobytes().hex(),
        "runs": runs,
        "counts": rle["counts"].decode(),
        "area": int(coco.area(rle)),
        "box": [int(n) for n in coco.toBbox(rle)],  # left, top, width, height
    }


def pair(a: np.ndarray, b: np.ndarray) -> dict:
    one, other = (coco.encode(np.asfortranarray(m, np.uint8)) for m in (a, b))
    return {
        "intersection": int(coco.area(coco.merge([one, other], intersect=True))),
        "union": int(coco.area(coco.merge([one, other]))),
        "iou": float(coco.iou([one], [other], [0])[0, 0]),
    }


def score(found: np.ndarray, truth: np.ndarray) -> dict:
    axes = (1, 2)
    intersections, unions = (found & truth).sum(axes), (found | truth).sum(axes)
    ious = np.where(unions == 0, 1.0, intersections / np.maximum(unions, 1))
    return {"c_iou": float(intersections.sum() / unions.sum()), "g_iou": float(ious.mean())}


def polygon(r: np.random.Generator, width: int, height: int) -> list[float]:
    corners = r.integers(3, 12)
    share = r.choice([0, 0.1, 0.5])  # of the picture's side, outside
    xy = r.uniform(-share, 1 + share, (corners, 2)) * [width, height]
    digits = int(r.integers(0, 4))  # whole pixels, or fractions of them
    return xy.round(digits).flatten().tolist()


def filled(r: np.random.Generator) -> dict:
    width, height = (int(side) for side in r.integers(1, 90, 2))
    polygons = [polygon(r, width, height) for _ in range(r.integers(1, 4))]
    rle = coco.merge(coco.frPyObjects(polygons, height, width))
    return {"polygons": polygons, "size": rle["size"], "counts": rle["counts"].decode()}


def content() -> str:
    r = np.random.default_rng(20261201)
    rows, pairs, scores = [], [], []
    for width, height in SIZES:
        made = masks(r, width, height)
        after = made[1:] + made[:1]
        rows += [entry(m) for m in made]
        pairs += [pair(a, b) for a, b in zip(made, after)]
        scores.append(score(np.stack(made), np.stack(after)))
    parts = {"masks": rows, "pairs": pairs, "scores": scores, "polygons": [filled(r) for _ in range(150)]}
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in part) + "\n]" for name, part in parts.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write none")
    if not parser.parse_args().check:
        FILE.write_text(content(), encoding="utf-8")
        return
    same = FILE.read_text(encoding="utf-8") == content()
    print("the goldens are up to date" if same else f"{FILE} differs")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
