"""Trains the tiny SentencePiece unigram tokenizer of the goldens and puts it into Kosmos-2's form.

python tiny_unigram.py --out DIR      writes tokenizer.model and tokenizer.json

The training text is corpus.txt and the licence. Ids are those of XLM-R: four special tokens, the pieces from the
model's fourth on, <mask>, then Kosmos-2's tags, before which white space vanishes.
"""

import argparse
import io
import pathlib

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

import tiny_tokenizer

LICENCE = pathlib.Path(__file__).resolve().parents[2] / "LICENSE"
PIECES = 800
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
MASK = "<mask>"
TAGS = [
    "</doc>", "<image>", "</image>", "</chunk>", "</line>", "<phrase>", "</phrase>", "<object>", "</object>",
    "</delimiter_of_multi_objects/>", "<grounding>", *(f"<patch_index_{number:04d}>" for number in range(1024)),
]  # fmt: skip


def train(pieces: int = PIECES) -> sentencepiece_model_pb2.ModelProto:
    """The model, with Kosmos-2's options: nmt_nfkc, a dummy prefix, extra white space removed, no byte fallback."""
    out = io.BytesIO()
    lines = (tiny_tokenizer.CORPUS.read_text(encoding="utf-8") + LICENCE.read_text(encoding="utf-8")).splitlines()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=out,
        model_type="unigram",
        vocab_size=pieces,
        character_coverage=0.998,
        normalization_rule_name="nmt_nfkc",
        add_dummy_prefix=True,
        remove_extra_whitespaces=True,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(out.getvalue())
    return model


def convert(model: sentencepiece_model_pb2.ModelProto, names: dict[str, str], tags: bool = True) -> Tokenizer:
    """The tokenizer in Hugging Face's form; ``names`` are what special tokens are called where not as usual."""
    special = [names.get(name, name) for name in SPECIAL]
    mask = names.get(MASK, MASK)
    pieces = [(piece.piece, piece.score) for piece in model.pieces[3:]]
    scored = [*((name, 0.0) for name in special), *pieces, (mask, 0.0)]
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    metaspace = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([*special, AddedToken(mask, lstrip=True, special=True, normalized=False)])
    if tags:
        tokenizer.add_tokens([AddedToken(name, lstrip=True, rstrip=False, normalized=False) for name in TAGS])
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    model = train()
    (args.out / "tokenizer.model").write_bytes(model.SerializeToString())
    (args.out / "tokenizer.json").write_text(convert(model, {}).to_str(), encoding="utf-8")


if __name__ == "__main__":
    main()
