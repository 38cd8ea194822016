"""Checks of OFA's reference: against plain_ofa.py, published blocks of `transformers`, enumeration, and its rules.

python selfcheck_ofa.py
"""

import collections
import dataclasses
import itertools
import math
import pathlib
import random
import tempfile
import unicodedata

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers.models.bart.modeling_bart import BartAttention

import ofa
import ofa_checkpoint
import ofa_request
import ofa_search
import ofa_stem
import ofa_text
import plain_ofa
import tiny_gpt2
import tokenizer_goldens
from ofa_search import EOS, Options
from ofa_text import Box, Frame
from selfcheck_models import agree, noticed

EXACT, SINGLE = 1e-12, 1e-5
SIDE = 90  # 45, 23, 12 and 6 pixels a side: three of four halvings round up
SMALL = dataclasses.replace(
    ofa_checkpoint.TINY, d_model=24, encoder_ffn_dim=36, decoder_ffn_dim=28, vocab_size=90, stem_width=4
)
WORDS = [0, 9, 4, 30, 9, 17, 60, 61, 62, 8, 8, 33, 70, 5, 2]
SAID = [0, 7, 7, 50, 3, 12, 44, 7, 20, 21, 22, 5]


def build(config: ofa.OFAConfig = SMALL, dtype: torch.dtype = torch.float64, seed: int = 5) -> ofa.OFA:
    model = ofa.OFA(config)
    weights = ofa_checkpoint.random_weights(config, seed)
    model.load_state_dict(weights | {"decoder.embed_tokens.weight": weights[ofa_checkpoint.EMBEDDING]}, strict=False)
    return model.to(dtype)


def pixels(side: int = SIDE) -> Tensor:
    return torch.randn(3, side, side, generator=torch.Generator().manual_seed(6), dtype=torch.float64)


def traced(model: ofa.OFA) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}

    def keep(name: str, value: Tensor) -> None:
        found[name] = value.detach().clone()

    encoded = model.encoder(torch.tensor(WORDS), pixels(), keep)
    model.decode(SAID, encoded, keep)
    return found


def by_plain(model: ofa.OFA) -> dict[str, Tensor]:
    w = {name: value.double().numpy() for name, value in model.state_dict().items()}
    c = model.config
    sizes = c.token_bucket_size, c.image_bucket_size
    stages = plain_ofa.encode(w, pixels().numpy(), WORDS, c.encoder_attention_heads, sizes)
    output, positions = stages["encoder.output"], stages["encoder.positions"]
    stages |= plain_ofa.decode(w, SAID, output, positions, c.decoder_attention_heads, c.token_bucket_size)
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in stages.items()}


def published_sizes() -> None:
    """Millions of parameters of the paper's models; 1 % is what its rounding leaves open."""
    expected = {"tiny": 33, "medium": 93, "base": 182, "large": 472, "huge": 930}
    for name, config in ofa.PUBLISHED.items():
        with torch.device("meta"):
            count = sum(weight.numel() for weight in ofa.OFA(config).parameters()) / 1e6
        assert abs(count - expected[name]) < max(1.0, 0.003 * expected[name]), (name, count)


def whole_model() -> None:
    """Other heads in the decoder than in the encoder, too."""
    for config in (SMALL, dataclasses.replace(SMALL, decoder_attention_heads=2, encoder_layers=1, decoder_layers=2)):
        model = build(config)
        agree(traced(model), by_plain(model), EXACT)
        agree(traced(build(config, torch.float32)), by_plain(model), SINGLE)


def steps_equal_the_whole() -> None:
    for edges in ([0, *range(1, len(SAID) + 1)], [0, 5, 6, 12]):
        model = build()
        encoded = model.encoder(torch.tensor(WORDS), pixels())
        caches, parts = model.decoder.new_caches(encoded), []
        for end in edges[1:]:
            parts.append(model.decoder(torch.tensor(SAID[:end]), encoded, caches))
        agree({"logits": torch.cat(parts)}, {"logits": model.decode(SAID, encoded)}, EXACT)


def later_tokens_change_nothing_before() -> None:
    model = build()
    encoded = model.encoder(torch.tensor(WORDS), pixels())
    whole = model.decode(SAID, encoded)
    agree({"logits": model.decode(SAID[:5], encoded)}, {"logits": whole[:5]}, EXACT)


def stem_is_a_published_resnet() -> None:
    """That of `transformers`, its stride in the 3 x 3 convolution; and with BatchNorm folded away."""
    for kind, blocks in (("resnet18", (2, 2, 2)), ("resnet50", (3, 4, 6))):
        config = dataclasses.replace(SMALL, resnet_type=kind, stem_width=8)
        stem = build(config, torch.float32).encoder.embed_images
        published = transformers.ResNetModel(
            transformers.ResNetConfig(
                embedding_size=8, hidden_sizes=[32, 64, 128], depths=list(blocks), layer_type="bottleneck",
                downsample_in_bottleneck=False, downsample_in_first_stage=False,
            )
        ).eval()  # fmt: skip
        published.load_state_dict({_resnet_name(name): value for name, value in stem.state_dict().items()})
        for side in (64, SIDE, 104):
            seen = pixels(side).float()
            expected = published(seen[None], output_hidden_states=True)
            found: dict[str, Tensor] = {}
            last = stem(seen, lambda name, value: found.__setitem__(name, value))
            names = ["vision.embeddings", *(f"vision.layers.{i}" for i in range(3))]
            stages = {name: ofa_stem.rows(value) for name, value in zip(names, expected.hidden_states, strict=True)}
            agree(found, stages, 1e-6)
            assert last.shape == (128, math.ceil(side / 16), math.ceil(side / 16))
        right = stem(pixels().float())
        agree({"folded": ofa_stem.folded(stem)(pixels().float())}, {"folded": right}, 1e-5)


def _resnet_name(name: str) -> str:
    part, *rest = name.split(".")
    if part in ("conv1", "bn1"):
        return ".".join(["embedder.embedder", "convolution" if part == "conv1" else "normalization", *rest])
    block, piece, *last = rest
    head = f"encoder.stages.{int(part[-1]) - 1}.layers.{block}"
    if piece == "downsample":
        return ".".join([head, "shortcut", "convolution" if last[0] == "0" else "normalization", *last[1:]])
    kind = "convolution" if piece.startswith("conv") else "normalization"
    return ".".join([head, "layer", str(int(piece[-1]) - 1), kind, *last])


def attention_is_barts() -> None:
    """BART's published attention, given our bias as its mask; gains of heads in its last projection, sqrt(2) in q."""
    model = build()
    ours = model.decoder.layers[0].cross_attn
    theirs = BartAttention(24, 3, config=transformers.BartConfig(attn_implementation="eager")).double().eval()
    state = {name: value.clone() for name, value in ours.state_dict().items()}
    gains = state.pop("c_attn").repeat_interleave(8)
    state["out_proj.weight"] *= gains
    for name in ("q_proj.weight", "q_proj.bias"):
        state[name] /= math.sqrt(2)
    theirs.load_state_dict(state)
    x, y, bias = (torch.randn(*shape, dtype=torch.float64) for shape in ((5, 24), (9, 24), (3, 5, 9)))
    bias[:, 2, 4:] = -torch.inf
    expected = theirs(x[None], key_value_states=y[None], attention_mask=bias[None])[0][0]
    agree({"x": ours(x, *ours.keys_and_values(y), bias)}, {"x": expected}, 1e-6)  # theirs has its softmax in f32


def token_buckets_by_brute_force() -> None:
    """Every distance of the longest text, of the published size and of odd ones; f32 as published says the same."""
    for size in (256, 64, 20, 16, 8):
        found = ofa.token_buckets(1024, size)
        near = size // 2
        for distance in range(1024):
            expected = plain_ofa.token_bucket(distance, size)
            assert found[1023, 1023 - distance] == expected, (size, distance)
            assert found[1023 - distance, 1023] == 2 * size - 2 - expected, (size, -distance)
            if distance > near:
                ratio = torch.tensor(distance / near, dtype=torch.float32).log() / math.log(1023 / near) * (near - 1)
                assert int(ratio.ceil()) + near + size - 1 == expected, (size, distance)
        assert found.min() == 0 and found.max() == 2 * size - 2
    published = ofa.token_buckets(1024, 256)
    assert published[128, 0] == 383 and published[129, 0] == 384 and published[1023, 0] == 510


def image_buckets_by_brute_force() -> None:
    size = 5
    cells = list(itertools.product(range(size), repeat=2))
    found = ofa.image_buckets(torch.arange(size**2 + 1), size)
    for p, q in itertools.product(range(size**2), repeat=2):
        assert found[p + 1, q + 1] == plain_ofa.image_bucket(cells[p], cells[q], size)
    assert found[0, 0] == 83 and set(found[0, 1:].tolist()) == {81} and set(found[1:, 0].tolist()) == {82}
    ids = ofa.image_positions(32, 42)
    assert ids[:2].tolist() == [1, 2] and ids[32] == 43 and ids[-1] == 31 * 42 + 31 + 1
    buckets = ofa.image_buckets(ids, 42)
    assert buckets[0, 0] == 41 * 83 + 41 and int(buckets.max()) < 6889
    published = ofa.image_buckets(torch.tensor([0, 7]), 42)
    assert published.tolist() == [[6891, 6889], [6890, 41 * 83 + 41]]


def usual_mistakes_are_noticed() -> None:
    def logits(change) -> Tensor:
        model = build()
        change(model)
        return traced(model)["logits"]

    def no_gains(model) -> None:
        for layer in model.encoder.layers:
            layer.self_attn.c_attn.data.fill_(1.0)

    def no_relative(model) -> None:
        for table in (*model.encoder.token_rel_pos_table_list, *model.decoder.token_rel_pos_table_list):
            table.weight.data.zero_()

    def transposed_cells(model) -> None:
        for table in model.encoder.image_rel_pos_table_list:
            grid = table.weight.data[:-3].unflatten(0, (17, 17))
            table.weight.data[:-3] = grid.transpose(0, 1).flatten(0, 1)

    def distances_reversed(model) -> None:
        for table in model.decoder.token_rel_pos_table_list:
            table.weight.data = table.weight.data.flip(0)

    def no_statistics(model) -> None:
        for name, value in model.named_buffers():
            if name.endswith("running_mean"):
                value.zero_()

    def types_exchanged(model) -> None:
        model.encoder.type_embedding.weight.data = model.encoder.type_embedding.weight.data.flip(0)

    def positions_two_later(model) -> None:
        table = model.decoder.embed_positions.weight
        table.data = table.data.roll(-2, dims=0)

    def no_cross_positions(model) -> None:
        model.decoder.cross_pos_q_linear.weight.data.zero_()
        model.decoder.cross_pos_q_linear.bias.data.zero_()

    def no_mid_norm(model) -> None:
        for layer in model.decoder.layers:
            layer.cross_attn_mid_layer_norm = torch.nn.Identity()

    def scores_of_plain_attention(model) -> None:
        for layer in (*model.encoder.layers, *model.decoder.layers):
            layer.self_attn.scale *= math.sqrt(2)

    slips = (no_gains, no_relative, transposed_cells, distances_reversed, no_statistics, types_exchanged,
             positions_two_later, no_cross_positions, no_mid_norm, scores_of_plain_attention)  # fmt: skip
    noticed({slip.__name__: logits(slip) for slip in slips}, logits(lambda model: None))


def layouts_hold_the_same_model() -> None:
    config = dataclasses.replace(ofa_checkpoint.TINY, d_model=24, stem_width=4)
    weights = {name: value.half() for name, value in ofa_checkpoint.random_weights(config, 2).items()}
    for layout in ("safetensors", "bin", "fairseq"):
        with tempfile.TemporaryDirectory() as directory:
            ofa_checkpoint.save(pathlib.Path(directory), config, weights, layout)
            model = ofa_checkpoint.load(pathlib.Path(directory))
            names = ofa_checkpoint.stored(pathlib.Path(directory))
        assert model.config == config
        assert all(torch.equal(model.state_dict()[name], value.float()) for name, value in weights.items()), layout
        spelled = "decoder.layers.2.encoder_attn.c_attn" in names and "encoder.layers.1.attn_ln.bias" in names
        assert spelled == (layout == "fairseq")
        assert ("decoder.image_position_idx" in names) == (layout != "safetensors")
    assert len({ofa_checkpoint.fairseq_name(name) for name in weights}) == len(weights)


def tokenizer() -> ofa_text.Tokenizer:
    return ofa_text.Tokenizer(*tiny_gpt2.train(), tiny_gpt2.TOKENS)


def text_is_encoded_as_by_the_libraries() -> None:
    """`tokenizers` on whatever text, BART's own tokenizer on text without its special tokens."""
    vocabulary, merges = tiny_gpt2.train()
    library = Tokenizer(models.BPE(vocabulary, merges))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    bart = transformers.BartTokenizer(vocab=vocabulary, merges=merges)
    ours, rng, compared = tokenizer(), random.Random("ofa"), 0
    lines = tokenizer_goldens.tiny_tokenizer.CORPUS.read_text(encoding="utf-8").splitlines()
    looks = [*ofa_text.SPECIAL, "<bin_0>", "<bin_999>", "<code_3>", "<|endoftext|>", "Ġ", "it's", "DON'T", "we'll've"]
    texts = [tokenizer_goldens.random_text(rng, lines, looks) for _ in range(6000)]
    for text in filter(tokenizer_goldens.settled, [*texts, *lines, *tokenizer_goldens.BPE_EDGES]):
        ids = ours.encode(text)
        assert ids == library.encode(text, add_special_tokens=False).ids, text
        assert ours.decode(ids) == text, text
        if "<" not in text and "madeupword" not in text:
            assert [0, *ids, 2] == bart(text).input_ids, text
            compared += 1
    assert compared > 3000, compared


def random_bytes_are_decoded_as_by_the_library() -> None:
    vocabulary, merges = tiny_gpt2.train()
    library = Tokenizer(models.BPE(vocabulary, merges))
    library.decoder = decoders.ByteLevel()
    ours, rng = tokenizer(), random.Random("bytes")
    for _ in range(2000):
        ids = [rng.randrange(4, 4 + tiny_gpt2.LEARNED) for _ in range(rng.randint(1, 8))]
        assert ours.decode([0, *ids, 2]) == library.decode(ids), ids


def bins_and_prompts() -> None:
    t = tokenizer()
    bins = [t.bin(k) for k in (104, 251, 604, 873)]
    assert bins[0] == tiny_gpt2.TOKENS - 1000 + 104 and t.bin(999) == tiny_gpt2.TOKENS - 1
    assert t.decode([0, *bins, 2]) == "<bin_104> <bin_251> <bin_604> <bin_873>"
    assert t.decode([*bins[:1], *t.encode(" black cat"), *bins[1:2]]) == "<bin_104> black cat <bin_251>"
    assert t.decode([tiny_gpt2.TOKENS - 1001, tiny_gpt2.TOKENS - 1000]) == "<code_15> <bin_0>"
    expected = {
        ("refer", "A black-cat. "): ' which region does the text " a black cat. " describe?',
        ("caption", ""): " what does the image describe?",
        ("vqa", "  How many?"): " how many?",
        ("vqa", "#Who"): " who?",
        ("detect", ""): " what are the objects in the image?",
        ("entail", "It is."): ' does the image describe " it is. "?',
    }
    for (task, text), whole in expected.items():
        ids = ofa_text.prompt_ids(t, task, text)
        assert (ids[0], ids[-1], t.decode(ids)) == (0, 2, whole), (task, text)
    region = ofa_text.prompt_ids(t, "region", bins=[104, 251, 604, 873])
    assert region[-5:] == [*bins, 2] and t.decode(region[:-5]) == "  what does the region describe? region:"


def normalisation() -> None:
    expected = {
        "  ,Hello": ",hello", ",.!?*#:;~Hello": "hello", "A-B/C": "a b c", "the <person>": "the person",
        "a\tb": "a\tb", "a\t\tb": "a b", "x \n": "x", "x\n": "x", " \n x": "x", "~ ,x": ",x", "": "",
        " ".join(["w"] * 90): " ".join(["w"] * 80), "a\tb " * 100: " ".join(["a\tb"] * 80),
    }  # fmt: skip
    for text, found in expected.items():
        assert ofa_text.normalised(text) == found, (text, ofa_text.normalised(text))
    assert ofa_text.question("Is <person> here") == "is <person> here?"


def boxes() -> None:
    """The worked numbers of the published formula."""
    found = Frame(640, 480, 512).box([104, 251, 604, 873])
    near(found, (66.63, 120.60, 386.95, 419.46), 0.006)
    near(Frame(640, 480, 480).box([104, 251, 604, 873]), (71.068, 128.641, 412.743, 447.423), 6e-4)
    outside = Frame(640, 480, 256).box([104, 251, 604, 873])
    near(outside, (133.253, 241.201, 773.894, 838.919), 6e-4)
    assert Frame(640, 480, 256).clipped(outside).x1 == 640
    for side, bins in ((512, [500, 500, 999, 999]), (480, [468, 468, 937, 937]), (384, [375, 375, 749, 749]),
                       (256, [250, 250, 500, 500])):  # fmt: skip
        assert Frame(640, 480, side).bins(Box(320, 240, 640, 480)) == bins, side
    rng = random.Random(4)
    for _ in range(2000):
        frame = Frame(rng.randint(1, 3000), rng.randint(1, 3000), rng.choice((256, 384, 480, 512)))
        bins = [rng.randrange(1000) for _ in range(4)]
        assert frame.bins(frame.box(bins)) == bins, (frame, bins)


def near(box: Box, expected: tuple[float, ...], limit: float) -> None:
    assert all(abs(a - b) <= limit for a, b in zip(dataclasses.astuple(box), expected)), (box, expected)


def random_language(seed: int, vocabulary: int) -> ofa_search.Step:
    """Log-probabilities of any continuation, the same whenever asked."""
    rng = random.Random(seed)
    known: dict[tuple[int, ...], Tensor] = collections.defaultdict(
        lambda: torch.tensor([rng.gauss(0, 2) for _ in range(vocabulary)]).log_softmax(-1)
    )
    return lambda hypotheses: torch.stack([known[tuple(ids)] for ids in hypotheses])


def wide_beams_find_what_enumeration_finds() -> None:
    """A beam that holds all sequences, against all sequences."""
    for seed in range(60):
        rng, step = random.Random(seed), random_language(seed, 6)
        options = Options(
            beam=5**4, min_len=rng.choice((0, 1, 2)), max_len=3, length_penalty=rng.choice((0.0, 1.0, 0.6)),
            no_repeat_ngram=rng.choice((0, 1, 2, 3)), prefix=rng.choice(((), (4,))),
            allowed=rng.choice((None, (3, 4), (4, 5))),
        )  # fmt: skip
        best = max(_enumerated(step, options), key=lambda found: found[0])
        result = ofa_search.search(step, options).best
        assert result.ids == best[1] and abs(result.score - best[0]) < 1e-5, (seed, options, result, best)


def _enumerated(step: ofa_search.Step, options: Options) -> list[tuple[float, list[int]]]:
    """Score and ids of every sequence that may be said, </s> last."""
    found, free, first = [], options.allowed or (0, 3, 4, 5), len(options.prefix)
    for length in range(first, options.max_len + 1):
        for said in itertools.product(free, repeat=length - first):
            ids = [0, *options.prefix, *said, EOS]
            score = sum(float(step([ids[:at]])[0, ids[at]]) for at in range(1, len(ids)))
            ends = range(first + 2, len(ids) + 1)
            repeated = any(_ends_in_a_repetition(ids[:end], options.no_repeat_ngram) for end in ends)
            if not repeated and length >= options.min_len:
                found.append((score / (len(ids) - 1) ** options.length_penalty, ids[1:]))
    return found


def _ends_in_a_repetition(ids: list[int], n: int) -> bool:
    grams = [ids[at : at + n] for at in range(len(ids) - n + 1)] if n else []
    return grams.count(ids[-n:]) > 1 if grams else False


def narrow_beams_follow_the_rules() -> None:
    """Against the rules written down once more, one candidate after the other."""
    lengths = set()
    for seed in range(300):
        rng, step = random.Random(seed), random_language(1000 + seed, 7)
        options = Options(
            beam=rng.randint(1, 4), min_len=rng.choice((0, 1, 2)), max_len=rng.randint(2, 6),
            length_penalty=rng.choice((0.0, 1.0, 1.5)), no_repeat_ngram=rng.choice((0, 2, 3)),
        )  # fmt: skip
        expected, result = _by_the_rules(step, options), ofa_search.search(step, options)
        assert [found.ids for found in result.finished] == [ids for _, ids in expected], (seed, options)
        assert all(abs(found.score - score) < 1e-5 for found, (score, _) in zip(result.finished, expected))
        lengths.add(len(result.best.ids))
    assert len(lengths) >= 5, lengths


def _by_the_rules(step: ofa_search.Step, o: Options) -> list[tuple[float, list[int]]]:
    live, finished = {(0,): 0.0}, []
    for t in range(o.max_len + 1):
        candidates = []
        for ids, total in live.items():
            for index, value in enumerate(step([list(ids)])[0].tolist()):
                early, late = index == EOS and t < o.min_len, index != EOS and t == o.max_len
                if index == 1 or early or late or _ends_in_a_repetition([*ids, index], o.no_repeat_ngram):
                    continue
                candidates.append((total + value, (*ids, index)))
        candidates.sort(reverse=True)
        for total, ids in candidates[: o.beam]:
            if ids[-1] == EOS and len(finished) < o.beam:
                finished.append((total / (t + 1) ** o.length_penalty, list(ids[1:])))
        if len(finished) == o.beam:
            break
        live = {ids: total for total, ids in [c for c in candidates if c[1][-1] != EOS][: o.beam]}
    return sorted(finished, reverse=True)


def forced_ends_keep_their_score() -> None:
    step = random_language(3, 6)
    result = ofa_search.search(step, Options(beam=1, min_len=2, max_len=2, length_penalty=0.0))
    ids = [0, *result.best.ids]
    total = sum(float(step([ids[:at]])[0, ids[at]]) for at in range(1, 4))
    assert len(ids) == 4 and abs(result.best.score - total) < 1e-6


def greedy_is_a_beam_of_one() -> None:
    t = tokenizer()
    for seed in range(2):
        model = build(ofa_checkpoint.TINY, torch.float32, seed)
        encoded = model.encoder(torch.tensor(ofa_text.prompt_ids(t, "caption")), pixels().float())
        stepwise = ofa_request.greedy(model, encoded, [], 8)
        options = dataclasses.replace(ofa_search.GREEDY, min_len=0, max_len=8)
        assert ofa_request.beam(model, encoded, options).best.ids[:8] == stepwise, seed


def main() -> None:
    for check in CHECKS:
        with torch.no_grad():
            check()
        print(f"ok    {check.__name__}")


CHECKS = [
    published_sizes,
    whole_model,
    steps_equal_the_whole,
    later_tokens_change_nothing_before,
    stem_is_a_published_resnet,
    attention_is_barts,
    token_buckets_by_brute_force,
    image_buckets_by_brute_force,
    usual_mistakes_are_noticed,
    layouts_hold_the_same_model,
    text_is_encoded_as_by_the_libraries,
    random_bytes_are_decoded_as_by_the_library,
    bins_and_prompts,
    normalisation,
    boxes,
    wide_beams_find_what_enumeration_finds,
    narrow_beams_follow_the_rules,
    forced_ends_keep_their_score,
    greedy_is_a_beam_of_one,
]

if __name__ == "__main__":
    main()
