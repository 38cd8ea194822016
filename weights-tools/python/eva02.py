"""EVA02-CLIP-L as CogAgent uses it for the high-resolution picture: pixels in, what the decoder attends to out.

Shapes in comments: B batch, S image side in pixels, G patches a side, P = G*G, C width, H heads, d head size.
Source: Fang et al., "EVA-02: A Visual Representation for Neon Genesis" (2023), and Hong et al., "CogAgent: A Visual
Language Model for GUI Agents" (2023). All blocks but the last run; the last, the final norm and the head are stored in
the checkpoint and never used.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cogvlm_config import CrossConfig
from evaclip import Trace, merge_heads, no_trace, split_heads

NORM_EPS = 1e-6
ROPE_BASE = 10000.0
TRAINED_GRID = 16  # patches a side of the tower's first training; rotary positions are stretched to that range


class RotaryTable(nn.Module):
    """Rotation of patches by row and by column: the first half of a head turns by the row, the second by the column."""

    def __init__(self, head_size: int, grid: int):
        super().__init__()
        angles = self.angles(head_size, grid)
        self.register_buffer("freqs_cos", angles.cos())
        self.register_buffer("freqs_sin", angles.sin())

    @staticmethod
    def angles(head_size: int, grid: int) -> Tensor:
        """[G*G, d] f32: d/4 frequencies 1 / base^(4m/d), each twice in a row, times the row, then times the column."""
        half = head_size // 2
        frequencies = 1 / ROPE_BASE ** (torch.arange(0, half, 2, dtype=torch.float32) / half)
        positions = torch.arange(grid, dtype=torch.float32) / grid * TRAINED_GRID
        turns = (positions[:, None] * frequencies).repeat_interleave(2, dim=1)  # [G, d/2]
        rows, columns = turns[:, None].expand(grid, grid, half), turns[None].expand(grid, grid, half)
        return torch.cat([rows, columns], dim=-1).flatten(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, H, 1 + P, d]: rotates pairs (x[2i], x[2i + 1]) of every row but CLS, the first."""
        cls, patches = x[:, :, :1], x[:, :, 1:]
        even, odd = patches.unflatten(-1, (-1, 2)).unbind(-1)
        quarter_turn = torch.stack([-odd, even], dim=-1).flatten(-2)
        return torch.cat([cls, patches * self.freqs_cos + quarter_turn * self.freqs_sin], dim=2)


class Attention(nn.Module):
    def __init__(self, c: CrossConfig):
        super().__init__()
        self.heads = c.num_heads
        self.q_proj = nn.Linear(c.hidden_size, c.hidden_size, bias=False)
        self.k_proj = nn.Linear(c.hidden_size, c.hidden_size, bias=False)  # keys have no bias
        self.v_proj = nn.Linear(c.hidden_size, c.hidden_size, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(c.hidden_size))
        self.v_bias = nn.Parameter(torch.zeros(c.hidden_size))
        self.inner_attn_ln = nn.LayerNorm(c.hidden_size, eps=NORM_EPS)
        self.proj = nn.Linear(c.hidden_size, c.hidden_size)

    def forward(self, x: Tensor, rope: RotaryTable) -> Tensor:
        q = F.linear(x, self.q_proj.weight, self.q_bias)
        v = F.linear(x, self.v_proj.weight, self.v_bias)
        q, k, v = (split_heads(part, self.heads) for part in (q, self.k_proj(x), v))
        y = F.scaled_dot_product_attention(rope(q), rope(k), v)  # scale d^-0.5, no mask
        return self.proj(self.inner_attn_ln(merge_heads(y)))


class SwiGLU(nn.Module):
    def __init__(self, c: CrossConfig):
        super().__init__()
        self.w1 = nn.Linear(c.hidden_size, c.mlp_size)
        self.w2 = nn.Linear(c.hidden_size, c.mlp_size)
        self.ffn_ln = nn.LayerNorm(c.mlp_size, eps=NORM_EPS)
        self.w3 = nn.Linear(c.mlp_size, c.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.w3(self.ffn_ln(F.silu(self.w1(x)) * self.w2(x)))


class Block(nn.Module):
    """Pre-norm residual, with a second norm inside each branch."""

    def __init__(self, c: CrossConfig):
        super().__init__()
        self.norm1 = nn.LayerNorm(c.hidden_size, eps=NORM_EPS)
        self.attn = Attention(c)
        self.norm2 = nn.LayerNorm(c.hidden_size, eps=NORM_EPS)
        self.mlp = SwiGLU(c)

    def forward(self, x: Tensor, rope: RotaryTable) -> Tensor:
        x = x + self.attn(self.norm1(x), rope)
        return x + self.mlp(self.norm2(x))


class PatchProjection(nn.Module):
    def __init__(self, c: CrossConfig):
        super().__init__()
        self.proj = nn.Conv2d(3, c.hidden_size, kernel_size=c.patch_size, stride=c.patch_size)


class VisionTransformer(nn.Module):
    def __init__(self, c: CrossConfig):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, c.hidden_size))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + c.grid**2, c.hidden_size))
        self.patch_embed = PatchProjection(c)
        self.rope = RotaryTable(c.hidden_size // c.num_heads, c.grid)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.num_blocks))
        self.norm = nn.LayerNorm(c.hidden_size, eps=NORM_EPS)  # unused
        self.head = nn.Linear(c.hidden_size, c.classes)  # unused

    def forward(self, pixels: Tensor, trace: Trace) -> Tensor:
        """[B, 3, S, S] -> [B, 1 + P, C], the output of the last block but one."""
        patches = self.patch_embed.proj(pixels).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(pixels), 1, -1), patches], dim=1) + self.pos_embed
        trace("cross.embeddings", x)
        for i, block in enumerate(self.blocks[:-1]):
            x = block(x, self.rope)
            trace(f"cross.layers.{i}", x)
        return x


class HighResolutionTower(nn.Module):
    def __init__(self, c: CrossConfig):
        super().__init__()
        self.vit = nn.ModuleDict({"model": VisionTransformer(c)})
        self.pos_embed = nn.Parameter(torch.zeros(c.grid**2, c.hidden_size))

    def forward(self, pixels: Tensor, trace: Trace = no_trace) -> Tensor:
        """Normalised pixels [B, 3, S, S] -> [B, P, C], patches row by row; CLS is dropped."""
        x = self.vit["model"](pixels, trace)[:, 1:] + self.pos_embed
        trace("cross.output", x)
        return x
