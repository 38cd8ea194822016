"""Questions and answers about drawn scenes, in CogVLM's own prompts and box notation.

Rules: boxes are [[x0,y0,x1,y1]], three digits each, floor(v / side * 1000) capped at 999. Every
list (plural answers, captions) runs left to right by the box's left edge, ties by its top edge;
"the A and the B" keeps the order of the words. An expression always has exactly the stated targets.
"""

from dataclasses import dataclass

import numpy as np

from scenes import COLORS, SHAPES, Scene, SceneObject

NO_OBJECT = -1
MARGIN = 0.05  # of the side: centres closer than this are neither left/right nor above/below

REC_PROMPTS = (
    "Where is {}?",
    "Where is {} in the image?",
    "Where is {}? answer in [[x0,y0,x1,y1]] format.",
    "Can you point out {} in the image and provide the bounding boxes of its location?",
)
REC_SHARES = (0.4, 0.15, 0.35, 0.1)
MANY_PROMPTS = ("Where are {}?", "Where are {} in the image?", "Where are {}? answer in [[x0,y0,x1,y1]] format.")
REG_PROMPTS = (
    "Tell me what you see within the designated area {} in the picture.",
    "What's inside the area {} of the provided graphic?",
)
GROUNDED_CAPTION = (
    "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]] for each"
    " mentioned object?"
)
PLAIN_CAPTION = "Describe the image."
EVALUATION_SHARES = (0.3, 0.25, 0.45)  # of count, yes/no and attribute questions
TRAINING_SHARES = (0.5, 0.2, 0.3)  # counting is the hardest to learn
EXTREMES = {"leftmost": (0, -1), "rightmost": (0, 1), "topmost": (1, -1), "bottommost": (1, 1)}
RELATIONS = {"to the left of": (0, -1), "to the right of": (0, 1), "above": (1, -1), "below": (1, 1)}


@dataclass(frozen=True)
class Question:
    """prompt: raw text. parts: the answer as (text, index of the object it speaks of) runs."""

    kind: str
    prompt: str
    parts: tuple[tuple[str, int], ...]
    targets: tuple[int, ...] = ()

    @property
    def answer(self) -> str:
        return "".join(text for text, _ in self.parts)


def coordinates(o: SceneObject, scene: Scene) -> str:
    """Box as "x0,y0,x1,y1", three digits each."""
    sides = (scene.width, scene.height, scene.width, scene.height)
    return ",".join(f"{min(v * 1000 // side, 999):03d}" for v, side in zip(o.box, sides))


def box_text(scene: Scene, index: int) -> str:
    return f"[[{coordinates(scene.objects[index], scene)}]]"


def centre(o: SceneObject, scene: Scene) -> tuple[float, float]:
    return (o.box[0] + o.box[2]) / 2 / scene.width, (o.box[1] + o.box[3]) / 2 / scene.height


def left_to_right(scene: Scene, indices) -> list[int]:
    return sorted(indices, key=lambda i: (scene.objects[i].box[0], scene.objects[i].box[1]))


def matching(scene: Scene, color=None, shape=None, size=None) -> list[int]:
    wanted = (color, shape, size)
    return [
        i
        for i, o in enumerate(scene.objects)
        if all(w is None or w == have for w, have in zip(wanted, (o.color, o.shape, o.size)))
    ]


def name(color=None, shape=None, size=None) -> str:
    """Noun phrase without article, e.g. "small red circle" or "red object"."""
    return " ".join(word for word in (size, color, shape or "object") if word)


def with_article(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def full_name(o: SceneObject) -> str:
    return name(o.color, o.shape)


def pick(rng: np.random.Generator, options, shares=None):
    return options[int(rng.choice(len(options), p=shares))]


# ---- referring expressions: (phrase without article, target) or None where none is unambiguous ----


def attribute_expression(rng: np.random.Generator, scene: Scene):
    for _ in range(6):
        index = int(rng.integers(len(scene.objects)))
        o = scene.objects[index]
        use = pick(rng, ("cs", "cs", "cs", "s", "c", "zcs", "zs"))
        asked = {
            "color": o.color if "c" in use else None,
            "shape": o.shape if "s" in use else None,
            "size": o.size if "z" in use else None,
        }
        if matching(scene, **asked) == [index]:
            return name(**asked), index
    return None


def loose_class(rng: np.random.Generator, o: SceneObject) -> dict:
    """A description that may fit several objects: by shape, by colour, by both, or "object"."""
    return pick(rng, ({"shape": o.shape}, {"color": o.color}, {"color": o.color, "shape": o.shape}, {}))


def position_expression(rng: np.random.Generator, scene: Scene):
    for _ in range(6):
        asked = loose_class(rng, scene.objects[int(rng.integers(len(scene.objects)))])
        members = matching(scene, **asked)
        if len(members) < 2:
            continue
        word = pick(rng, tuple(EXTREMES))
        axis, sign = EXTREMES[word]
        ranked = sorted(members, key=lambda i: -sign * centre(scene.objects[i], scene)[axis])
        first, second = (centre(scene.objects[i], scene)[axis] for i in ranked[:2])
        if abs(first - second) >= MARGIN:
            return f"{word} {name(**asked)}", ranked[0]
    return None


def related(scene: Scene, index: int, relation: str, anchor: int) -> bool | None:
    """Whether object `index` lies so to `anchor` by centres; None where it is too close to say."""
    axis, sign = RELATIONS[relation]
    gap = centre(scene.objects[index], scene)[axis] - centre(scene.objects[anchor], scene)[axis]
    return None if abs(gap) < MARGIN else gap * sign > 0


def relation_expression(rng: np.random.Generator, scene: Scene):
    for _ in range(10):
        if len(scene.objects) < 2:
            return None
        target, anchor = (int(i) for i in rng.choice(len(scene.objects), 2, replace=False))
        a = scene.objects[anchor]
        if len(matching(scene, a.color, a.shape)) != 1:
            continue
        asked = loose_class(rng, scene.objects[target])
        relation = pick(rng, tuple(RELATIONS))
        holds = {i: related(scene, i, relation, anchor) for i in matching(scene, **asked) if i != anchor}
        if None not in holds.values() and [i for i, yes in holds.items() if yes] == [target]:
            return f"{name(**asked)} {relation} the {full_name(a)}", target
    return None


EXPRESSIONS = {
    "attribute": attribute_expression,
    "position": position_expression,
    "relation": relation_expression,
}


# ---- questions ----


def rec(rng: np.random.Generator, scene: Scene, kind: str) -> Question | None:
    found = EXPRESSIONS[kind](rng, scene)
    if found is None:
        return None
    phrase, target = found
    article = pick(rng, ("the ", "", "a "), (0.84, 0.08, 0.08)) if kind == "attribute" else "the "
    phrase = with_article(phrase) if article == "a " else article + phrase
    prompt = pick(rng, REC_PROMPTS, REC_SHARES).format(phrase)
    return Question("rec", prompt, ((box_text(scene, target), target),), (target,))


def boxes_answer(kind: str, scene: Scene, prompt: str, targets: list[int]) -> Question:
    parts = []
    for k, index in enumerate(targets):
        parts.append(("[[" if k == 0 else ";", index))
        parts.append((coordinates(scene.objects[index], scene), index))
    parts.append(("]]", NO_OBJECT))
    return Question(kind, prompt, tuple(parts), tuple(targets))


def pair(rng: np.random.Generator, scene: Scene) -> Question | None:
    """Two objects named by colour and shape: "Where are the A and the B?"."""
    single = [i for i, o in enumerate(scene.objects) if len(matching(scene, o.color, o.shape)) == 1]
    if len(single) < 2:
        return None
    a, b = (int(i) for i in rng.choice(single, 2, replace=False))
    phrase = f"the {full_name(scene.objects[a])} and the {full_name(scene.objects[b])}"
    return boxes_answer("pair", scene, pick(rng, MANY_PROMPTS).format(phrase), [a, b])


def plural(rng: np.random.Generator, scene: Scene) -> Question | None:
    """All objects of a class with two to four members: "Where are the red circles?"."""
    for _ in range(4):
        asked = loose_class(rng, scene.objects[int(rng.integers(len(scene.objects)))])
        members = matching(scene, **asked)
        if 2 <= len(members) <= 4:
            prompt = pick(rng, MANY_PROMPTS).format(f"the {several(name(**asked))}")
            return boxes_answer("plural", scene, prompt, left_to_right(scene, members))
    return None


def reg(rng: np.random.Generator, scene: Scene) -> Question:
    index = int(rng.integers(len(scene.objects)))
    prompt = pick(rng, REG_PROMPTS).format(box_text(scene, index))
    return Question("reg", prompt, ((reg_phrase(scene.objects[index]), index),), (index,))


def reg_phrase(o: SceneObject) -> str:
    return with_article(name(o.color, o.shape, o.size))


def caption(rng: np.random.Generator, scene: Scene, grounded: bool, loose: float = 0.0) -> Question:
    """ "A red circle [[..]], a blue square [[..]] and a green star [[..]]."

    loose: left edges closer than this share of the width may be named in either order. In training, so
    that a model that took two such objects the other way round still names each of them once.
    """
    order = left_to_right(scene, range(len(scene.objects)))
    if loose > 0:
        edges = [scene.objects[i].box[0] / scene.width for i in order]
        order = [order[k] for k in np.argsort(edges + rng.uniform(0, loose, len(order)))]
    parts: list[tuple[str, int]] = [] if grounded else [("The image shows ", NO_OBJECT)]
    for k, index in enumerate(order):
        if k > 0:
            parts.append((" and " if k == len(order) - 1 else ", ", NO_OBJECT))
        words = with_article(full_name(scene.objects[index]))
        if grounded and k == 0:
            words = words[0].upper() + words[1:]
        parts.append((words, index))
        if grounded:
            parts.append((" " + box_text(scene, index), index))
    parts.append((".", NO_OBJECT))
    prompt = GROUNDED_CAPTION if grounded else PLAIN_CAPTION
    return Question("caption" if grounded else "describe", prompt, tuple(parts), tuple(order))


def count_question(rng: np.random.Generator, scene: Scene) -> tuple[str, str, int]:
    """Counts objects of a colour, a shape or all; often of a colour or shape that is present."""
    by = pick(rng, ("color", "shape", "all"), (0.42, 0.42, 0.16))
    if by == "all":
        return "How many objects are there?", str(len(scene.objects)), NO_OBJECT
    o = scene.objects[int(rng.integers(len(scene.objects)))]
    present = rng.random() < 0.75
    if by == "color":
        value = o.color if present else pick(rng, tuple(COLORS))
        noun, number = f"{value} objects", len(matching(scene, color=value))
    else:
        value = o.shape if present else pick(rng, SHAPES)
        noun, number = several(value), len(matching(scene, shape=value))
    return f"How many {noun} are there?", str(number), NO_OBJECT


def how_many(rng: np.random.Generator, scene: Scene) -> Question:
    """Counts of everything, of a colour, of a shape, or of both, under any template of short questions."""
    if rng.random() < 0.3:
        text, answer = "How many objects are there?", str(len(scene.objects))
    elif rng.random() < 0.15:
        o = scene.objects[int(rng.integers(len(scene.objects)))]
        text = f"How many {several(full_name(o))} are there?"
        answer = str(len(matching(scene, o.color, o.shape)))
    else:
        text, answer, _ = count_question(rng, scene)
    return templated(rng, scene, text, answer, NO_OBJECT)


def several(noun: str) -> str:
    """Plural of a noun phrase."""
    return noun + ("es" if noun.endswith("s") else "s")


def exists_question(rng: np.random.Generator, scene: Scene) -> tuple[str, str, int]:
    """Yes and no equally often; a wrong description differs in one attribute where that is absent."""
    index = int(rng.integers(len(scene.objects)))
    o = scene.objects[index]
    if rng.random() < 0.5:
        return f"Is there {with_article(full_name(o))}?", "yes", index
    while True:
        color, shape = pick(rng, tuple(COLORS)), pick(rng, SHAPES)
        if rng.random() < 0.7:
            color, shape = (o.color, shape) if rng.random() < 0.5 else (color, o.shape)
        if not matching(scene, color, shape):
            return f"Is there {with_article(name(color, shape))}?", "no", NO_OBJECT


def attribute_question(rng: np.random.Generator, scene: Scene) -> tuple[str, str, int] | None:
    """Colour, shape or size of an object that the question names unambiguously."""
    index = int(rng.integers(len(scene.objects)))
    o = scene.objects[index]
    ask = pick(rng, ("color", "shape", "size"), (0.45, 0.35, 0.2))
    if ask == "color":
        asked = {"shape": o.shape, "size": o.size if rng.random() < 0.3 else None}
        text = f"What color is the {name(**asked)}?"
    elif ask == "shape":
        asked = {"color": o.color, "size": o.size if rng.random() < 0.3 else None}
        text = f"What shape is the {name(**asked)}?"
    else:
        asked = {"color": o.color, "shape": o.shape}
        text = f"Is the {name(**asked)} small or large?"
    return (text, getattr(o, ask), index) if matching(scene, **asked) == [index] else None


def short_question(rng: np.random.Generator, scene: Scene, shares=EVALUATION_SHARES) -> tuple[str, str, int]:
    """(question, short answer, object or NO_OBJECT) of a mixed kind."""
    while True:
        kind = pick(rng, (count_question, exists_question, attribute_question), shares)
        found = kind(rng, scene)
        if found is None and rng.random() < 0.2:  # a scene may name nothing unambiguously
            found = count_question(rng, scene)
        if found is not None:
            return found


def vqa(rng: np.random.Generator, scene: Scene) -> Question:
    """A short question of a mixed kind under any template of short questions."""
    return templated(rng, scene, *short_question(rng, scene, TRAINING_SHARES))


def templated(rng: np.random.Generator, scene: Scene, text: str, answer: str, index: int) -> Question:
    """A short question under the vqa, chat (one or two turns) or base template."""
    template = pick(rng, ("vqa", "chat", "history", "base"), (0.4, 0.25, 0.15, 0.2))
    if template == "vqa":
        prompt = f"Question: {text} Short answer:"
    elif template == "base":
        prompt = text
    else:
        prompt = f"Question: {text} Answer:"
        if template == "history":
            first, reply, _ = short_question(rng, scene)
            prompt = f"Question: {first} Answer: {reply}\n{prompt}"
    return Question("vqa", prompt, ((answer, index),), () if index == NO_OBJECT else (index,))


# ---- evaluation files ----


def rec_entries(rng: np.random.Generator, scene: Scene, count: int = 2) -> list[dict]:
    """REC truth: phrase, pixel box and kind (about 78 % attribute, 11 % position, 11 % relation)."""
    entries = []
    for _ in range(count):
        kind = pick(rng, tuple(EXPRESSIONS), (0.78, 0.11, 0.11))
        found = EXPRESSIONS[kind](rng, scene)
        if found is not None:
            phrase, target = found
            entry = {"phrase": f"the {phrase}", "box": list(scene.objects[target].box), "kind": kind}
            if entry not in entries:
                entries.append(entry)
    return entries


def reg_entries(rng: np.random.Generator, scene: Scene) -> list[dict]:
    index = int(rng.integers(len(scene.objects)))
    o = scene.objects[index]
    return [{"box": list(o.box), "phrase": reg_phrase(o)}]


def short_kind(answer: str) -> str:
    """What a short question asks for."""
    return "count" if answer.isdigit() else "exists" if answer in ("yes", "no") else "attribute"


def caption_entries(rng: np.random.Generator, scene: Scene) -> list[dict]:
    """All objects of the picture, left to right; phrases without article."""
    order = [scene.objects[i] for i in left_to_right(scene, range(len(scene.objects)))]
    return [{"objects": [{"phrase": full_name(o), "box": list(o.box)} for o in order]}]


def vqa_entries(rng: np.random.Generator, scene: Scene, count: int = 2) -> list[dict]:
    entries = []
    for _ in range(count):
        text, answer, _ = short_question(rng, scene)
        entry = {"question": text, "answer": answer, "kind": short_kind(answer)}
        if entry not in entries:
            entries.append(entry)
    return entries
