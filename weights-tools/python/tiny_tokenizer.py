"""Trains the tiny SentencePiece tokenizer of the goldens, with Llama's options, from corpus.txt. Deterministic.

python tiny_tokenizer.py --out tokenizer.model
"""

import argparse
import io
import pathlib

import sentencepiece

CORPUS = pathlib.Path(__file__).with_name("corpus.txt")
PIECES = 416  # 3 special, 256 bytes, the rest learned


def train(pieces: int = PIECES) -> bytes:
    """The serialised model."""
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.read_text(encoding="utf-8").splitlines()),
        model_writer=out,
        model_type="bpe",
        vocab_size=pieces,
        character_coverage=0.986,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_name="identity",
        add_dummy_prefix=True,
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    args.out.write_bytes(train())


if __name__ == "__main__":
    main()
