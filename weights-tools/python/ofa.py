"""OFA in PyTorch: the ResNet stem, the encoder over picture and text, and the decoder, whole or step by step.

Shapes in comments: S image side in pixels, N = ceil(S / 16)^2 picture tokens, T text tokens, L = N + T, t decoder
tokens, D width, H heads, d = D / H, W channels of the first convolution (64 as published), V vocabulary. One request at
a time, so nothing is padded. Sources: Wang et al., "OFA: Unifying Architectures, Tasks, and Modalities Through a Simple
Sequence-to-Sequence Learning Framework" (2022), and the behaviour of the published code.

Positions are never added to tokens: they are vectors of their own, whose products are added to attention's scores.
Writing image codes is not here; the tensors it needs are, as every checkpoint has them.
"""

import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ofa_stem import EXPANSION, ResNet, no_trace, rows

NORM_EPS = 1e-5
SCALE_FACTOR = 2  # scores are divided by sqrt(2 d)
LONGEST = 1024  # the farthest bucket begins here, whatever the number of positions
BLOCKS = {
    "resnet18": (2, 2, 2), "resnet34": (3, 4, 6), "resnet50": (3, 4, 6), "resnet101": (3, 4, 23),
    "resnet152": (3, 8, 36),
}  # fmt: skip
TEXT, IMAGE = 0, 1  # rows of the type embedding


@dataclasses.dataclass(frozen=True)
class OFAConfig:
    """Sizes as ``config.json`` names them; ``stem_width`` is W, which only the tensors tell."""

    d_model: int
    encoder_layers: int
    decoder_layers: int
    encoder_attention_heads: int
    decoder_attention_heads: int
    encoder_ffn_dim: int
    decoder_ffn_dim: int
    resnet_type: str
    vocab_size: int = 59457
    max_position_embeddings: int = 1024
    token_bucket_size: int = 256
    image_bucket_size: int = 42
    stem_width: int = 64

    def __post_init__(self) -> None:
        if self.resnet_type not in BLOCKS:
            raise ValueError(f"resnet_type {self.resnet_type!r}: expected one of {', '.join(BLOCKS)}")
        if self.d_model % self.encoder_attention_heads or self.d_model % self.decoder_attention_heads:
            raise ValueError(f"{self}: d_model must be a multiple of both numbers of heads")


def published(d: int, heads: int, encoder: int, decoder: int, resnet: str) -> OFAConfig:
    return OFAConfig(d, encoder, decoder, heads, heads, 4 * d, 4 * d, resnet)


PUBLISHED = {
    "tiny": published(256, 4, 4, 4, "resnet50"),
    "medium": published(512, 8, 4, 4, "resnet101"),
    "base": published(768, 12, 6, 6, "resnet101"),
    "large": published(1024, 16, 12, 12, "resnet152"),
    "huge": published(1280, 16, 24, 12, "resnet152"),
}


def norm(width: int) -> nn.LayerNorm:
    return nn.LayerNorm(width, eps=NORM_EPS)


def single_at_least(dtype: torch.dtype) -> torch.dtype:
    """What is computed in f32 in a bf16 run."""
    return torch.promote_types(dtype, torch.float32)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[L, D] -> [H, L, d]."""
    return x.unflatten(-1, (heads, -1)).transpose(0, 1)


class Attention(nn.Module):
    """Biased scores; every head's result has a gain of its own."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.scale = (width / heads * SCALE_FACTOR) ** -0.5
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.c_attn = nn.Parameter(torch.ones(heads))

    def keys_and_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[L, D] -> twice [H, L, d]."""
        return split_heads(self.k_proj(x), self.heads), split_heads(self.v_proj(x), self.heads)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        """x [q, D], keys and values [H, k, d], bias [H, q, k], -inf where nothing may be seen -> [q, D]."""
        q = split_heads(self.q_proj(x) * self.scale, self.heads)
        weights = (q @ keys.mT + bias).softmax(-1, dtype=single_at_least(x.dtype)).to(x.dtype)
        return self.out_proj((weights @ values * self.c_attn[:, None, None]).transpose(0, 1).flatten(1))


class FeedForward(nn.Module):
    """What both kinds of layer end with; its weights are theirs, as in the checkpoints."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.ffn_layer_norm = norm(inner)
        self.fc2 = nn.Linear(inner, width)
        self.final_layer_norm = norm(width)  # comes first, in spite of its name

    def feed_forward(self, x: Tensor) -> Tensor:
        return x + self.fc2(self.ffn_layer_norm(F.gelu(self.fc1(self.final_layer_norm(x)))))


class EncoderLayer(FeedForward):
    def __init__(self, width: int, heads: int, inner: int):
        super().__init__(width, inner)
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = norm(width)
        self.self_attn_mid_layer_norm = norm(width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x [L, D], bias [H, L, L] -> [L, D]."""
        y = self.self_attn_layer_norm(x)
        y = self.self_attn(y, *self.self_attn.keys_and_values(y), bias)
        return self.feed_forward(x + self.self_attn_mid_layer_norm(y))


class DecoderLayer(FeedForward):
    def __init__(self, width: int, heads: int, inner: int):
        super().__init__(width, inner)
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = norm(width)
        self.self_attn_mid_layer_norm = norm(width)
        self.cross_attn = Attention(width, heads)
        self.cross_attn_layer_norm = norm(width)
        self.cross_attn_mid_layer_norm = norm(width)

    def forward(self, x: Tensor, cache: "LayerCache", bias: Tensor, cross_bias: Tensor) -> Tensor:
        """New rows x [n, D], bias [H, n, t], cross_bias [H, n, L] -> [n, D]; the cache grows by n to t."""
        y = self.self_attn_layer_norm(x)
        cache.append(*self.self_attn.keys_and_values(y))
        x = x + self.self_attn_mid_layer_norm(self.self_attn(y, cache.keys, cache.values, bias))
        y = self.cross_attn_layer_norm(x)
        y = self.cross_attn(y, *cache.cross, cross_bias)
        return self.feed_forward(x + self.cross_attn_mid_layer_norm(y))


@dataclasses.dataclass
class LayerCache:
    """Keys and values [H, t, d] of what a decoder layer has seen, and ``cross``: those [H, L, d] of the encoder."""

    keys: Tensor
    values: Tensor
    cross: tuple[Tensor, Tensor]

    def append(self, keys: Tensor, values: Tensor) -> None:
        self.keys, self.values = torch.cat([self.keys, keys], dim=1), torch.cat([self.values, values], dim=1)


def position_bias(queries: Tensor, keys: Tensor, heads: int) -> Tensor:
    """Projected positions [q, D] and [k, D] -> [H, q, k]."""
    scale = (queries.shape[-1] / heads * SCALE_FACTOR) ** -0.5
    return split_heads(queries * scale, heads) @ split_heads(keys, heads).mT


def token_buckets(rows: int, size: int) -> Tensor:
    """[rows, rows] rows of the table: exact up to half of ``size``, then by the logarithm of the distance."""
    places = torch.arange(rows)
    distance, near = places[:, None] - places, size // 2
    far = torch.log(distance.abs().clamp_min(1).double() / near) / math.log((LONGEST - 1) / near) * (near - 1)
    far = torch.sign(distance) * (far.ceil().long() + near)
    return torch.where(distance.abs() <= near, distance, far) + size - 1


def image_positions(side: int, size: int) -> Tensor:
    """[side * side] ids of the cells, row by row, of a grid of ``size`` by ``size``; 0 is kept for no cell."""
    if side > size:
        raise ValueError(f"{side} x {side} picture tokens, at most {size} x {size} have positions")
    cells = torch.arange(side)
    return (cells[:, None] * size + cells + 1).flatten()


def image_buckets(ids: Tensor, size: int) -> Tensor:
    """Position ids [N] -> [N, N] rows of the table, by how far apart rows and columns are; then three for id 0."""
    row, column = (ids - 1) // size, (ids - 1) % size
    reach = 2 * size - 1
    found = (row[:, None] - row + size - 1) * reach + column[:, None] - column + size - 1
    query_none, key_none = (ids == 0)[:, None].expand_as(found), (ids == 0).expand_as(found)
    found = torch.where(query_none, reach * reach, found)
    found = torch.where(key_none, reach * reach + 1, found)
    return torch.where(query_none & key_none, reach * reach + 2, found)


def relative_bias(table: nn.Embedding, buckets: Tensor) -> Tensor:
    """[q, k] rows of the table -> [H, q, k]."""
    return table(buckets).permute(2, 0, 1)


class Positions(nn.Module):
    """What encoder and decoder have alike: tables of positions and relative distances, and the tokens' embedding."""

    def __init__(self, c: OFAConfig, layers: int, heads: int):
        super().__init__()
        self.config, self.heads = c, heads
        self.embed_tokens = nn.Embedding(c.vocab_size, c.d_model)
        self.layernorm_embedding = norm(c.d_model)
        self.embed_positions = nn.Embedding(c.max_position_embeddings + 2, c.d_model)
        self.embed_image_positions = nn.Embedding(c.image_bucket_size**2 + 1, c.d_model)
        self.pos_ln = norm(c.d_model)
        self.image_pos_ln = norm(c.d_model)
        tokens, cells = 2 * c.token_bucket_size - 1, (2 * c.image_bucket_size - 1) ** 2 + 3
        self.token_rel_pos_table_list = nn.ModuleList(nn.Embedding(tokens, heads) for _ in range(layers))
        self.image_rel_pos_table_list = nn.ModuleList(nn.Embedding(cells, heads) for _ in range(layers))
        self.layer_norm = norm(c.d_model)

    def text_positions(self, first: int, end: int) -> Tensor:
        """[end - first, D]."""
        if end > self.config.max_position_embeddings:
            raise ValueError(f"{end} tokens of text, at most {self.config.max_position_embeddings} have positions")
        return self.pos_ln(self.embed_positions.weight[first:end])


@dataclasses.dataclass(frozen=True)
class Encoded:
    """What the decoder attends to: the encoder's output and the vectors of its positions, both [L, D]."""

    output: Tensor
    positions: Tensor


class Encoder(Positions):
    def __init__(self, c: OFAConfig):
        super().__init__(c, c.encoder_layers, c.encoder_attention_heads)
        d = c.d_model
        self.embed_images = ResNet(c.stem_width, BLOCKS[c.resnet_type])
        self.image_proj = nn.Linear(4 * EXPANSION * c.stem_width, d)
        self.patch_layernorm_embedding = norm(d)
        self.type_embedding = nn.Embedding(2, d)
        self.pos_q_linear, self.pos_k_linear = nn.Linear(d, d), nn.Linear(d, d)
        layers = (EncoderLayer(d, c.encoder_attention_heads, c.encoder_ffn_dim) for _ in range(c.encoder_layers))
        self.layers = nn.ModuleList(layers)

    def forward(self, ids: Tensor, pixels: Tensor | None, trace=no_trace) -> Encoded:
        """ids [T], pixels [3, S, S] or None -> [L, D]; the picture's tokens come first."""
        x, positions, cells = self.embed(ids), self.text_positions(0, len(ids)), torch.empty(0, dtype=torch.int64)
        if pixels is not None:
            seen = self.embed_images(pixels.to(x.dtype), trace)
            cells = image_positions(seen.shape[-1], self.config.image_bucket_size)
            x = torch.cat([self.see(rows(seen[None]), trace), x])
            positions = torch.cat([self.image_pos_ln(self.embed_image_positions(cells)), positions])
        absolute = position_bias(self.pos_q_linear(positions), self.pos_k_linear(positions), self.heads)
        trace("encoder.positions", positions)
        trace("encoder.position_bias", absolute)
        trace("encoder.embeddings", x)
        for i, layer in enumerate(self.layers):
            bias = absolute + self.relative(i, cells, len(ids))
            trace(f"encoder.layers.{i}.bias", bias)
            x = layer(x, bias)
            trace(f"encoder.layers.{i}", x)
        x = self.layer_norm(x)
        trace("encoder.output", x)
        return Encoded(x, positions)

    def embed(self, ids: Tensor) -> Tensor:
        return self.layernorm_embedding(self.embed_tokens(ids) + self.type_embedding.weight[TEXT])

    def see(self, features: Tensor, trace) -> Tensor:
        """[N, 16 W] -> [N, D]."""
        x = self.image_proj(features)
        trace("vision.output", x)
        return self.patch_layernorm_embedding(x + self.type_embedding.weight[IMAGE])

    def relative(self, layer: int, cells: Tensor, words: int) -> Tensor:
        """[H, L, L]: picture to picture and text to text, 0 between the two."""
        c = self.config
        picture = relative_bias(self.image_rel_pos_table_list[layer], image_buckets(cells, c.image_bucket_size))
        text = relative_bias(self.token_rel_pos_table_list[layer], token_buckets(words, c.token_bucket_size))
        return torch.stack([torch.block_diag(p, t) for p, t in zip(picture, text)])


class Decoder(Positions):
    def __init__(self, c: OFAConfig):
        super().__init__(c, c.decoder_layers, c.decoder_attention_heads)
        d = c.d_model
        self.code_layernorm_embedding = norm(d)
        self.self_pos_q_linear, self.self_pos_k_linear = nn.Linear(d, d), nn.Linear(d, d)
        self.cross_pos_q_linear, self.cross_pos_k_linear = nn.Linear(d, d), nn.Linear(d, d)
        layers = (DecoderLayer(d, c.decoder_attention_heads, c.decoder_ffn_dim) for _ in range(c.decoder_layers))
        self.layers = nn.ModuleList(layers)

    def new_caches(self, encoded: Encoded) -> list[LayerCache]:
        """Empty but for the encoder's keys and values."""
        caches = []
        for layer in self.layers:
            keys, values = layer.cross_attn.keys_and_values(encoded.output)
            caches.append(LayerCache(keys[:, :0], values[:, :0], (keys, values)))
        return caches

    def forward(self, ids: Tensor, encoded: Encoded, caches: list[LayerCache], trace=no_trace) -> Tensor:
        """All ids [t] so far, of which the caches hold the first t - n -> logits [n, V] f32 of the others."""
        first = caches[0].keys.shape[1]
        places = self.text_positions(0, len(ids))
        absolute = position_bias(self.self_pos_q_linear(places[first:]), self.self_pos_k_linear(places), self.heads)
        buckets = token_buckets(len(ids), self.config.token_bucket_size)[first:]
        later = torch.full((len(ids), len(ids)), -torch.inf, dtype=absolute.dtype).triu(1)[first:]
        keys = self.cross_pos_k_linear(encoded.positions)
        cross = position_bias(self.cross_pos_q_linear(places[first:]), keys, self.heads)
        trace("language.cross_bias", cross)
        x = self.layernorm_embedding(self.embed_tokens(ids[first:]))
        trace("language.embeddings", x)
        for i, (layer, cache) in enumerate(zip(self.layers, caches)):
            bias = absolute + relative_bias(self.token_rel_pos_table_list[i], buckets)
            trace(f"language.layers.{i}.bias", bias)
            x = layer(x, cache, bias + later, cross)
            trace(f"language.layers.{i}", x)
        x = self.layer_norm(x)
        trace("language.norm", x)
        logits = F.linear(x, self.embed_tokens.weight)
        logits = logits.to(single_at_least(logits.dtype))
        trace("logits", logits)
        return logits


class OFA(nn.Module):
    def __init__(self, config: OFAConfig):
        super().__init__()
        self.config = config
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.decoder.embed_tokens = self.encoder.embed_tokens
        self.eval()

    def decode(self, ids: list[int], encoded: Encoded, trace=no_trace) -> Tensor:
        """All of the decoder's ids at once -> logits [t, V]."""
        return self.decoder(torch.tensor(ids), encoded, self.decoder.new_caches(encoded), trace)
