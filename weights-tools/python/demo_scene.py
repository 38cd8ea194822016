"""Writes the bundled demonstration: one held-out scene whose objects all have their own name.

    python demo_scene.py --seed 5 --objects 6 --out DIR      writes DIR/scene.png and DIR/truth.json

truth.json has rec.json's form: a list of {"image", "width", "height", "phrase", "box", "kind"}.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import questions
from scenes import Scene, make_scene


def distinct(scene: Scene) -> bool:
    """Whether colour and shape name every object alone."""
    return all(len(questions.matching(scene, o.color, o.shape)) == 1 for o in scene.objects)


def find_scene(seed: int, count: int):
    """First large enough scene of the seed's sequence with `count` objects of distinct names."""
    for index in range(100_000):
        image, scene = make_scene(np.random.default_rng([seed, index]))
        if len(scene.objects) == count and distinct(scene) and min(scene.width, scene.height) >= 220:
            return image, scene
    raise ValueError(f"seed {seed} has no scene of {count} objects with distinct names: try fewer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--objects", type=int, default=6)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    image, scene = find_scene(args.seed, args.objects)
    args.out.mkdir(parents=True, exist_ok=True)
    image.save(args.out / "scene.png")
    order = questions.left_to_right(scene, range(len(scene.objects)))
    size = {"image": "scene.png", "width": scene.width, "height": scene.height}
    truth = []
    for o in (scene.objects[i] for i in order):
        phrase = f"the {questions.full_name(o)}"
        truth.append(size | {"phrase": phrase, "box": list(o.box), "kind": "attribute"})
    (args.out / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
