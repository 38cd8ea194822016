"""Trains the SentencePiece BPE tokenizer of `cogvlm-shapes` (byte fallback, Llama's options).

    python train_tokenizer.py --out DIR      writes DIR/tokenizer.model

Its corpus is the prompt language of questions.py. Box text is written with spaces around every
box, so no piece ever joins "]]" with what follows; digits are single pieces (split_digits), hence
a coordinate is always exactly three digit pieces. Deterministic.
"""

import argparse
import re
from pathlib import Path

import numpy as np
import sentencepiece

import questions
from scenes import make_scene

VOCABULARY = 640
CORPUS_SCENES = 1500
CORPUS_SEED = 77
BOX = re.compile(r"\s*(\[\[[^\]]*\]\])\s*")


def corpus() -> list[str]:
    """Sentences of every question kind, boxes set apart by spaces, printable ASCII once."""
    lines = ["".join(chr(c) for c in range(33, 127))]
    for index in range(CORPUS_SCENES):
        rng = np.random.default_rng([CORPUS_SEED, index])
        _, scene = make_scene(rng, 160)
        if not scene.objects:
            continue
        asked = [questions.rec(rng, scene, kind) for kind in questions.EXPRESSIONS]
        asked += [questions.pair(rng, scene), questions.plural(rng, scene), questions.reg(rng, scene)]
        asked += [questions.caption(rng, scene, True), questions.caption(rng, scene, False)]
        asked += [questions.vqa(rng, scene) for _ in range(4)]
        for q in asked:
            if q is not None:
                lines += [BOX.sub(r" \1 ", line) for line in (q.prompt + "\n" + q.answer).split("\n")]
    return lines


def train(out: Path) -> None:
    sentencepiece.set_random_generator_seed(1)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()),
        model_prefix=str(out / "tokenizer"),
        model_type="bpe",
        vocab_size=VOCABULARY,
        hard_vocab_limit=False,
        byte_fallback=True,
        split_digits=True,
        add_dummy_prefix=True,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        character_coverage=1.0,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=1,
    )
    (out / "tokenizer.vocab").unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    train(args.out)


if __name__ == "__main__":
    main()
