"""EVA2-CLIP-E as CogVLM uses it, and the adapter to the language model's width: pixels in, decoder rows out.

Shapes in comments: B batch, S image side in pixels, G patches a side, P = G*G patches (CogVLM2: G/2*G/2) that leave the
tower, Dv vision width, D language width, H heads, d head size. Source: Sun et al., "EVA-CLIP: Improved Training
Techniques for CLIP at Scale" (2023); for the downsampling Hong et al., "CogVLM2: Visual Language Models for Image and
Video Understanding" (2024).
"""

from typing import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cogvlm_config import COGAGENT, COGVLM2, CogVLMConfig, VisionConfig

ADAPTER_NORM_EPS = 1e-5

Trace = Callable[[str, Tensor], None]


def no_trace(name: str, value: Tensor) -> None:
    """Records nothing."""


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[B, L, H*d] -> [B, H, L, d]."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """[B, H, L, d] -> [B, L, H*d]."""
    return x.transpose(1, 2).flatten(2)


class PatchEmbedding(nn.Module):
    def __init__(self, c: VisionConfig):
        super().__init__()
        self.proj = nn.Conv2d(c.in_channels, c.hidden_size, kernel_size=c.patch_size, stride=c.patch_size)
        self.cls_embedding = nn.Parameter(torch.zeros(1, c.hidden_size))
        self.position_embedding = nn.Embedding(c.num_positions, c.hidden_size)

    def forward(self, pixels: Tensor) -> Tensor:
        """[B, 3, S, S] -> [B, 1 + G*G, Dv]; row 0 is CLS, row 1 + r*G + c the patch of row r, column c."""
        patches = self.proj(pixels).flatten(2).transpose(1, 2)
        cls = self.cls_embedding.expand(len(pixels), 1, -1)
        return torch.cat([cls, patches], dim=1) + self.position_embedding.weight


class VisionAttention(nn.Module):
    def __init__(self, c: VisionConfig):
        super().__init__()
        self.heads = c.num_heads
        self.query_key_value = nn.Linear(c.hidden_size, 3 * c.hidden_size)
        self.dense = nn.Linear(c.hidden_size, c.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (split_heads(part, self.heads) for part in self.query_key_value(x).chunk(3, dim=-1))
        return self.dense(merge_heads(F.scaled_dot_product_attention(q, k, v)))  # scale d^-0.5, no mask


class VisionMLP(nn.Module):
    def __init__(self, c: VisionConfig):
        super().__init__()
        self.fc1 = nn.Linear(c.hidden_size, c.intermediate_size)
        self.fc2 = nn.Linear(c.intermediate_size, c.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))  # exact erf form


class VisionLayer(nn.Module):
    """Post-norm residual: the branch's output is normalised, never its input."""

    def __init__(self, c: VisionConfig):
        super().__init__()
        self.input_layernorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)
        self.attention = VisionAttention(c)
        self.mlp = VisionMLP(c)
        self.post_attention_layernorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.input_layernorm(self.attention(x))
        return x + self.post_attention_layernorm(self.mlp(x))


class VisionTransformer(nn.Module):
    def __init__(self, c: VisionConfig):
        super().__init__()
        self.layers = nn.ModuleList(VisionLayer(c) for _ in range(c.num_hidden_layers))

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        for i, layer in enumerate(self.layers):
            x = layer(x)
            trace(f"vision.layers.{i}", x)
        return x


class Adapter(nn.Module):
    """Gated projection from vision to language width; its inner width is the language model's."""

    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.linear_proj = nn.Linear(c.vision.hidden_size, c.hidden_size, bias=False)
        self.norm1 = nn.LayerNorm(c.hidden_size, eps=ADAPTER_NORM_EPS)
        self.dense_h_to_4h = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.gate_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.dense_4h_to_h = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x: Tensor, trace: Trace) -> Tensor:
        """[B, P, Dv] -> [B, P, D]."""
        y = self.norm1(self.linear_proj(x))
        trace("vision.linear_proj.norm1", y)
        y = F.gelu(y)
        y = self.dense_4h_to_h(F.silu(self.gate_proj(y)) * self.dense_h_to_4h(y))
        trace("vision.linear_proj", y)
        return y


class VisionTower(nn.Module):
    """``pos_embed`` exists in CogAgent only, ``conv`` in CogVLM2 only."""

    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.grid = c.vision.grid
        self.patch_embedding = PatchEmbedding(c.vision)
        self.transformer = VisionTransformer(c.vision)
        width, family = c.vision.hidden_size, c.family
        self.pos_embed = nn.Parameter(torch.zeros(self.grid**2, width)) if family == COGAGENT else None
        self.conv = nn.Conv2d(width, width, kernel_size=2, stride=2) if family == COGVLM2 else None
        self.linear_proj = Adapter(c)
        self.boi = nn.Parameter(torch.zeros(1, 1, c.hidden_size))
        self.eoi = nn.Parameter(torch.zeros(1, 1, c.hidden_size))

    def forward(self, pixels: Tensor, trace: Trace = no_trace) -> Tensor:
        """Normalised pixels [B, 3, S, S] -> [B, P + 2, D]: boi, patches row by row, eoi."""
        x = self.patch_embedding(pixels)
        trace("vision.embeddings", x)
        x = self.transformer(x, trace)[:, 1:]  # CLS is dropped
        if self.pos_embed is not None:
            x = x + self.pos_embed
            trace("vision.pos_embed", x)
        if self.conv is not None:
            x = x.transpose(1, 2).unflatten(2, (self.grid, self.grid))  # [B, Dv, G, G]
            x = self.conv(x).flatten(2).transpose(1, 2)
            trace("vision.conv", x)
        x = self.linear_proj(x, trace)
        rows = len(pixels), 1, -1
        x = torch.cat([self.boi.expand(rows), x, self.eoi.expand(rows)], dim=1)
        trace("vision.output", x)
        return x
