"""Phrases for things that a scene does not have, most of them nearly: what presence is measured with."""

import numpy as np
from questions import EXTREMES, RELATIONS, full_name, matching, name, pick, related
from scenes import COLORS, SHAPES, Scene

TRIES = 20  # before a kind is left out for a scene that has none

# Things and words that no scene has and no training has heard of.
FOREIGN = (
    "elephant", "car", "dog", "cat", "person", "woman in a hat", "tree", "chair", "bicycle", "cup", "bird", "boat",
    "apple", "traffic light", "hexagon", "arrow", "heart", "moon", "red car", "blue dog", "pink circle",
    "green elephant", "dog on the left", "man to the left of the car", "cat above the red circle", "small horse",
    "leftmost bird", "brown bear", "gray square", "cow",
)  # fmt: skip


def other(rng: np.random.Generator, scene: Scene) -> tuple[str, str] | None:
    """The color of an object with another's shape, as no object has both."""
    o = pick(rng, scene.objects)
    color, shape = (o.color, pick(rng, SHAPES)) if rng.random() < 0.5 else (pick(rng, tuple(COLORS)), o.shape)
    return None if matching(scene, color, shape) else (color, shape)


def object_phrase(rng, scene) -> str | None:
    found = other(rng, scene)
    return found and name(*found)


def part_phrase(rng, scene) -> str | None:
    """A shape or a color that no object has."""
    asked = {"shape": pick(rng, SHAPES)} if rng.random() < 0.5 else {"color": pick(rng, tuple(COLORS))}
    return None if matching(scene, **asked) else name(**asked)


def size_phrase(rng, scene) -> str | None:
    """An object that is there, in the other size."""
    o = pick(rng, scene.objects)
    asked = {"color": o.color, "shape": o.shape, "size": "small" if o.size == "large" else "large"}
    return None if matching(scene, **asked) else name(**asked)


def position_phrase(rng, scene) -> str | None:
    """The outermost of a kind that is not there."""
    phrase = part_phrase(rng, scene) if rng.random() < 0.5 else object_phrase(rng, scene)
    return phrase and f"{pick(rng, tuple(EXTREMES))} {phrase}"


def relation_phrase(rng, scene) -> str | None:
    """What is there or not, beside what is not there or is; or both are there, but not so."""
    wrong = pick(rng, ("target", "anchor", "relation"))
    relation, anchor = pick(rng, tuple(RELATIONS)), int(rng.integers(len(scene.objects)))
    there = scene.objects[anchor]
    missing = other(rng, scene)
    if wrong == "anchor":
        return missing and f"{there.shape} {relation} the {name(*missing)}"
    if len(matching(scene, there.color, there.shape)) > 1:
        return None
    if wrong == "target":
        return missing and f"{name(*missing)} {relation} the {full_name(there)}"
    o = pick(rng, scene.objects)
    members = [i for i in matching(scene, o.color, o.shape) if i != anchor]
    false = members and all(related(scene, i, relation, anchor) is False for i in members)
    return f"{full_name(o)} {relation} the {full_name(there)}" if false else None


def foreign_phrase(rng, scene) -> str | None:
    return pick(rng, FOREIGN)


KINDS = {
    "object": object_phrase,
    "part": part_phrase,
    "position": position_phrase,
    "relation": relation_phrase,
    "size": size_phrase,
    "foreign": foreign_phrase,
}


def absent_entries(rng: np.random.Generator, scene: Scene) -> list[dict]:
    """One phrase of each kind that the scene allows. Takes no numbers of `rng`, whose other questions stay as they are."""
    if not scene.objects:
        return []
    own = rng.spawn(1)[0]
    entries = []
    for kind, make in KINDS.items():
        phrase = next((p for p in (make(own, scene) for _ in range(TRIES)) if p), None)
        if phrase is not None:
            entries.append({"phrase": f"the {phrase}", "kind": kind})
    return entries
