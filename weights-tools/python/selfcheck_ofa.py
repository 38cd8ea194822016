"""Checks of OFA's reference: against plain_ofa.py, published blocks of `transformers`, and its rules.

python selfcheck_ofa.py
"""

import dataclasses
import itertools
import math
import pathlib
import tempfile

import numpy as np
import torch
import transformers
from torch import Tensor
from transformers.models.bart.modeling_bart import BartAttention

import ofa
import ofa_checkpoint
import ofa_request
import ofa_search
import ofa_stem
import ofa_text
import plain_ofa
import selfcheck_ofa_text
import tiny_gpt2
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
    weights = {name: value.half() for name, value in ofa_checkpoint.random_weights(config, seed=2).items()}
    for layout in ("safetensors", "bin", "fairseq"):
        with tempfile.TemporaryDirectory() as directory:
            ofa_checkpoint.synthesize(pathlib.Path(directory), config, 2, torch.float16, layout)
            model = ofa_checkpoint.load(pathlib.Path(directory))
            names = ofa_checkpoint.stored(pathlib.Path(directory))
        assert model.config == config
        assert all(torch.equal(model.state_dict()[name], value.float()) for name, value in weights.items()), layout
        spelled = "decoder.layers.2.encoder_attn.c_attn" in names and "encoder.layers.1.attn_ln.bias" in names
        assert spelled == (layout == "fairseq")
        assert ("decoder.image_position_idx" in names) == (layout != "safetensors")
    assert len({ofa_checkpoint.fairseq_name(name) for name in weights}) == len(weights)


def greedy_is_a_beam_of_one() -> None:
    t = ofa_text.Tokenizer(*tiny_gpt2.train(), tiny_gpt2.TOKENS)
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
    greedy_is_a_beam_of_one,
    *selfcheck_ofa_text.CHECKS,
]

if __name__ == "__main__":
    main()
