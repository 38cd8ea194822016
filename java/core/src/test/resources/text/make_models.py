"""Trains the small SentencePiece models of the tokenizer tests (sentencepiece 0.2.2).

  python make_models.py        writes the *.model and *.model.gz files beside this script

llama.model      the options of Vicuna's tokenizer: identity normalisation, byte fallback,
                 dummy prefix, whitespace kept
unused.model     as llama.model, with unused pieces and many equal scores
nmt.model.gz     nmt_nfkc normalisation, whitespace removed, user-defined symbols, no byte fallback
bare.model       no dummy prefix, a pad token, byte fallback, whitespace removed
unigram.model    a unigram model, identity normalisation
unigram_bytes.model  as unigram.model, with byte fallback, user-defined symbols and unused pieces
"""

import gzip
import io
import itertools
import pathlib
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

HERE = pathlib.Path(__file__).parent


def corpus():
    shapes = ["circle", "square", "triangle", "star", "ring", "cross", "cube", "heart"]
    colours = ["red", "green", "blue", "yellow", "white", "black", "orange", "purple"]
    places = ["left of", "right of", "above", "below", "behind", "in front of", "next to"]
    questions = [
        "Where is the {a}? answer in [[x0,y0,x1,y1]] format.",
        "Can you point out the {a} in the image and provide its location?",
        "Question: How many {a}s are {p} the {b}? Answer: {n}",
        "Question: Is there a {a}   {p} the {b}? Short answer: no",
        "The {a} [[{n},{n},{n},{n}]] is {p} the {b} [[{n},{n},{n},{n}]].",
        "\tif ({a} == {n}) {{\n        return {b};\n    }}",
        "Le cercle déjà placé près du {a} : où est-il ? Là-bas.",
        "Größe und Straße, {n} äöü; où est le château de {a}?",
        "Где находится {a}? Красный круг слева от синего квадрата.",
        "左边的红色圆圈在哪里？请用坐标回答 {n}。",
        "猫はどこにいますか？テーブルの上の {a} です。",
        "빨간 원은 어디에 있습니까? {n}",
        "أين الكرة الحمراء؟ {n}",
        "😀 👍 {n} ﬁne ｱｲｳ ＡＢＣ",
    ]
    chance = random.Random(1)
    things = [f"{c} {s}" for c, s in itertools.product(colours, shapes)]
    return [
        chance.choice(questions).format(
            a=chance.choice(things),
            b=chance.choice(things),
            p=chance.choice(places),
            n=f"{chance.randrange(1000):03d}",
        )
        for _ in range(4000)
    ]


def train(**options):
    model = io.BytesIO()
    defaults = dict(model_type="bpe", vocab_size=700, hard_vocab_limit=False, num_threads=1)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()),
        model_writer=model,
        minloglevel=2,
        **{**defaults, **options},
    )
    return model.getvalue()


def with_unused_pieces(serialized, equal_scores=True):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(serialized)
    chance = random.Random(2)
    for piece in model.pieces:
        if piece.type == 1:  # NORMAL
            if equal_scores:
                piece.score = float(round(piece.score / 40))
            piece.type = 5 if chance.random() < 0.25 else 1  # UNUSED
    model.trainer_spec.unk_surface = "<?>"
    return model.SerializeToString()


def main():
    llama = train(
        normalization_rule_name="identity",
        byte_fallback=True,
        remove_extra_whitespaces=False,
        split_digits=True,
        allow_whitespace_only_pieces=True,
    )
    (HERE / "llama.model").write_bytes(llama)
    (HERE / "unused.model").write_bytes(with_unused_pieces(llama))
    nmt = train(user_defined_symbols=["<img>", "<im", "\u2581\u2581", "a b", "é", "ing"])
    (HERE / "nmt.model.gz").write_bytes(gzip.compress(nmt, 9, mtime=0))
    bare = train(
        normalization_rule_name="identity",
        byte_fallback=True,
        add_dummy_prefix=False,
        user_defined_symbols=["<IMG>", "Straße", "  "],
        pad_id=3,
    )
    (HERE / "bare.model").write_bytes(bare)
    unigram = train(model_type="unigram", normalization_rule_name="identity", vocab_size=300)
    (HERE / "unigram.model").write_bytes(unigram)
    fallback = train(
        model_type="unigram",
        normalization_rule_name="identity",
        vocab_size=700,
        byte_fallback=True,
        character_coverage=0.98,
        user_defined_symbols=["<img>", "<im", "a b", "Straße", "ing"],
    )
    (HERE / "unigram_bytes.model").write_bytes(with_unused_pieces(fallback, equal_scores=False))


if __name__ == "__main__":
    main()
