"""A pool of pre-drawn training scenes on disk, with per-patch truth for the dense auxiliary task.

    python scene_pool.py --seed 1000 --shards 8 --renderer flat --out DIR

writes DIR/{seed}-{renderer}-{shard}.npz, SHARD_SCENES scenes each. Held-out seeds must differ from these.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from renderers import RENDERERS
from scenes import COLORS, MAX_OBJECTS, NOBODY, SHAPES, SIZES, Scene, SceneObject, make_scene

IMAGE_SIZE = 112
GRID = 8
SHARD_SCENES = 2000
SAMPLES = 7  # owner samples per patch and axis
MIN_SHARE = 8  # of SAMPLES**2: a patch with fewer samples of an object does not belong to it
COLOR_NAMES, SHAPE_NAMES = tuple(COLORS), SHAPES


def patch_owner(scene: Scene) -> np.ndarray:
    """[GRID*GRID] int8: the object that covers most of each patch, or NOBODY.

    The patch under a box's centre always belongs to that box's object.
    """
    n = GRID * SAMPLES
    ys = ((np.arange(n) + 0.5) / n * scene.height).astype(int)
    xs = ((np.arange(n) + 0.5) / n * scene.width).astype(int)
    seen = scene.owner[np.ix_(ys, xs)].reshape(GRID, SAMPLES, GRID, SAMPLES)
    seen = seen.transpose(0, 2, 1, 3).reshape(GRID * GRID, -1)
    counts = np.stack([(seen == k).sum(1) for k in range(MAX_OBJECTS)], 1)
    owner = np.where(counts.max(1) >= MIN_SHARE, counts.argmax(1), NOBODY)
    for k, o in enumerate(scene.objects):
        owner[centre_patch(o.box, scene.width, scene.height)] = k
    return owner.astype(np.int8)


def centre_patch(box, width: int, height: int) -> int:
    """Row-major index of the patch under the centre of a pixel box."""
    column = int((box[0] + box[2]) / 2 / width * GRID)
    row = int((box[1] + box[3]) / 2 / height * GRID)
    return min(row, GRID - 1) * GRID + min(column, GRID - 1)


def draw_shard(seed: int, shard: int, renderer: str = "flat", count: int = SHARD_SCENES) -> dict[str, np.ndarray]:
    """Draws `count` scenes, stretched to IMAGE_SIZE as the engine does (Pillow bicubic)."""
    pixels = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE, 3), np.uint8)
    looks = np.full((count, MAX_OBJECTS, 3), -1, np.int8)
    boxes = np.zeros((count, MAX_OBJECTS, 4), np.int16)
    sizes = np.zeros((count, 2), np.int16)
    owners = np.zeros((count, GRID * GRID), np.int8)
    for i in range(count):
        rng = np.random.default_rng([seed, shard, i])
        image, scene = make_scene(rng, int(rng.choice([160, 240, 480], p=[0.4, 0.35, 0.25])), renderer)
        pixels[i] = np.asarray(image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))
        sizes[i] = scene.width, scene.height
        owners[i] = patch_owner(scene)
        for k, o in enumerate(scene.objects):
            looks[i, k] = COLOR_NAMES.index(o.color), SHAPE_NAMES.index(o.shape), SIZES.index(o.size)
            boxes[i, k] = o.box
    return {"pixels": pixels, "looks": looks, "boxes": boxes, "sizes": sizes, "owners": owners}


@dataclass
class Pool:
    """pixels [N,S,S,3] u8, looks [N,8,3] (-1 pads), boxes [N,8,4] px, sizes [N,2], owners [N,G*G]."""

    pixels: np.ndarray
    looks: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    owners: np.ndarray

    @staticmethod
    def load(folder: Path) -> "Pool":
        """Reads every finished shard of a folder, in name order."""
        shards = [dict(np.load(path)) for path in sorted(folder.glob("*.npz"))]
        if not shards:
            raise FileNotFoundError(f"{folder} holds no *.npz shard: run scene_pool.py first")
        return Pool(**{key: np.concatenate([s[key] for s in shards]) for key in shards[0]})

    def __len__(self) -> int:
        return len(self.pixels)

    def scene(self, index: int, mirror: bool) -> Scene:
        """Truth of one scene (without its pixel owner map), left-right mirrored if asked."""
        width, height = (int(v) for v in self.sizes[index])
        objects = []
        for (c, s, z), box in zip(self.looks[index], self.boxes[index]):
            if c < 0:
                break
            x0, y0, x1, y1 = (int(v) for v in box)
            if mirror:
                x0, x1 = width - x1, width - x0
            objects.append(SceneObject(COLOR_NAMES[c], SHAPE_NAMES[s], SIZES[z], (x0, y0, x1, y1)))
        return Scene(width, height, tuple(objects), np.empty((0, 0), np.int8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--renderer", choices=RENDERERS, default="flat")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for shard in range(args.shards):
        path = args.out / f"{args.seed}-{args.renderer}-{shard:03d}.npz"
        if not path.exists():
            partial = path.with_suffix(".tmp")
            with open(partial, "wb") as file:
                np.savez(file, **draw_shard(args.seed, shard, args.renderer))
            partial.rename(path)


if __name__ == "__main__":
    main()
