"""Writes what the published code reads from answers of Kosmos-2, or checks that it is what is committed.

python grounding_goldens.py             writes java/core/src/test/resources/grounding/kosmos2.json
python grounding_goldens.py --check     compares with the committed file instead

Needs transformers (5.18.0 wrote the committed file) besides requirements.txt. Answers are random: words, some of
them outside of the basic plane, phrases with and without boxes, boxes with and without phrases. Positions count code
points, as in Python. Left out is what the engine reads otherwise on purpose: blanks between a phrase and its box, and
a second "<" before a ">".
"""

import argparse
import json
import pathlib
import random
import sys

from transformers.models.kosmos2 import processing_kosmos2 as published

FILE = pathlib.Path(__file__).resolve().parents[2] / "java/core/src/test/resources/grounding/kosmos2.json"
WORDS = ["a dog", "the two cats", "sitting", "on", "\U0001f600", "狗", "\U00020000 x", "café", "2 > 1", "it's", "- a.", ""]
SIDE = 32  # cells of the grid


def box(r: random.Random) -> str:
    cells = [r.randrange(SIDE * SIDE) for _ in range(2)]
    x = sorted(cell % SIDE for cell in cells)
    y = sorted(cell // SIDE for cell in cells)
    first, last = (y[i] * SIDE + x[i] for i in range(2))
    return f"<patch_index_{first:04d}><patch_index_{last:04d}>"


def boxes(r: random.Random) -> str:
    kind = r.randrange(8)
    if kind == 0:
        return "<object>" + box(r)  # not closed
    if kind == 1:
        return "<object><patch_index_0001></object>"
    return "<object>" + "</delimiter_of_multi_objects/>".join(box(r) for _ in range(1 + r.randrange(3))) + "</object>"


def answer(r: random.Random) -> str:
    text = "<grounding>" if r.random() < 0.5 else ""
    for _ in range(r.randrange(1, 7)):
        text += r.choice(["", " "]) + r.choice(WORDS)
        if r.random() < 0.6:
            phrase = r.choice(["", " "]) + r.choice([word for word in WORDS if word]) + r.choice(["", " "])
            text += r.choice(["", " "]) + f"<phrase>{phrase}</phrase>"
        text += boxes(r) if r.random() < 0.6 else ""
    text += r.choice(["", ".", "</s>", " < 4 and 5 >"])
    return answer(r) if "</phrase> <object>" in text else text


def read(text: str) -> dict:
    clean, entities = published.clean_text_and_extract_entities_with_bboxes(text)
    return {
        "text": text,
        "clean": clean,
        "entities": [
            {"phrase": "" if name.startswith("<patch_index_") else name, "span": list(span), "boxes": found}
            for name, span, found in entities
        ],
    }


def cells(r: random.Random) -> dict:
    sides = [sorted(round(r.random(), 3) for _ in range(2)) for _ in range(2)]
    if sides[0][0] == sides[0][1] or sides[1][0] == sides[1][1]:
        return cells(r)
    corners = (sides[0][0], sides[1][0], sides[0][1], sides[1][1])
    first, last = published.coordinate_to_patch_index(corners, SIDE)
    return {"box": list(corners), "cells": [first, last]}


def content() -> str:
    r = random.Random(20261130)
    parts = {"answers": [read(answer(r)) for _ in range(150)], "boxes": [cells(r) for _ in range(150)]}
    lines = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
        for name, rows in parts.items()
    ]
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
