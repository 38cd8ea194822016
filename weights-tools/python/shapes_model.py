"""CogVLM v1 written for training: one image prefix shared by several packed questions.

Parameter names are those of the published checkpoints, so `state_dict()` is the checkpoint.
Packing: tokens = [BOS, boi, patches, eoi, question 1, question 2, ...]. Every question sees the
image prefix and, causally, itself; its rotary positions start again at 4, as if it stood alone.
Only the layout differs from the plain model: logits per question are the same.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)
TEXT_START = 4  # rotary position of the first text token: BOS 0, boi 1, patches 2, eoi 3
BOS = 1
WHITENING = 0.7  # power of a component's deviation that is divided out; 1 would whiten fully


@dataclass(frozen=True)
class Shape:
    """Sizes, under their config.json meanings."""

    hidden: int = 128
    intermediate: int = 352
    layers: int = 5
    heads: int = 4
    vocabulary: int = 640
    max_positions: int = 512
    image: int = 112
    patch: int = 14
    vision_hidden: int = 160
    vision_intermediate: int = 640
    vision_layers: int = 6
    vision_heads: int = 5

    @property
    def patches(self) -> int:
        return (self.image // self.patch) ** 2

    @property
    def prefix(self) -> int:
        """BOS, boi, patches, eoi."""
        return self.patches + 3


class PatchEmbedding(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.proj = nn.Conv2d(3, s.vision_hidden, s.patch, s.patch)
        self.cls_embedding = nn.Parameter(torch.zeros(1, s.vision_hidden))
        self.position_embedding = nn.Embedding(s.patches + 1, s.vision_hidden)

    def forward(self, pixels: Tensor) -> Tensor:
        """pixels [B,3,S,S] -> [B,1+P,Dv]."""
        p = self.proj.kernel_size[0]
        b, c, side, _ = pixels.shape
        g = side // p
        rows = pixels.view(b, c, g, p, g, p).permute(0, 2, 4, 1, 3, 5).reshape(b, g * g, c * p * p)
        x = F.linear(rows, self.proj.weight.flatten(1), self.proj.bias)
        x = torch.cat([self.cls_embedding.expand(b, 1, -1), x], dim=1)
        return x + self.position_embedding.weight

    @torch.no_grad()
    def whiten(self, pixels: Tensor) -> None:
        """Starts from the principal components of patches in pixels [B,3,S,S], partly whitened.

        A patch's mean colour varies some forty times more than the details that tell shapes apart.
        """
        b, c, side, _ = pixels.shape
        p = self.proj.kernel_size[0]
        rows = pixels.view(b, c, side // p, p, side // p, p).permute(0, 2, 4, 1, 3, 5).reshape(-1, c * p * p)
        mean = rows.mean(0)
        variance, axes = torch.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
        size = self.proj.out_channels
        variance, axes = variance.flip(0)[:size], axes.flip(1)[:, :size].T
        weight = axes * (0.7 * variance.clamp(min=1e-6).pow(WHITENING / -2))[:, None]
        self.proj.weight.copy_(weight.view_as(self.proj.weight))
        self.proj.bias.copy_(-weight @ mean)


class VisionAttention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.heads = s.vision_heads
        self.query_key_value = nn.Linear(s.vision_hidden, 3 * s.vision_hidden)
        self.dense = nn.Linear(s.vision_hidden, s.vision_hidden)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.query_key_value(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.dense(y.transpose(1, 2).reshape(b, n, d))


class VisionMlp(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.fc1 = nn.Linear(s.vision_hidden, s.vision_intermediate)
        self.fc2 = nn.Linear(s.vision_intermediate, s.vision_hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class VisionLayer(nn.Module):
    """Residual block that normalises each branch's output, not its input."""

    def __init__(self, s: Shape):
        super().__init__()
        self.attention = VisionAttention(s)
        self.input_layernorm = nn.LayerNorm(s.vision_hidden, eps=1e-6)
        self.mlp = VisionMlp(s)
        self.post_attention_layernorm = nn.LayerNorm(s.vision_hidden, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.input_layernorm(self.attention(x))
        return x + self.post_attention_layernorm(self.mlp(x))


class Adapter(nn.Module):
    """GLU adapter Dv -> D, inner size = the decoder's intermediate size."""

    def __init__(self, s: Shape):
        super().__init__()
        self.linear_proj = nn.Linear(s.vision_hidden, s.hidden, bias=False)
        self.norm1 = nn.LayerNorm(s.hidden)
        self.gate_proj = nn.Linear(s.hidden, s.intermediate, bias=False)
        self.dense_h_to_4h = nn.Linear(s.hidden, s.intermediate, bias=False)
        self.dense_4h_to_h = nn.Linear(s.intermediate, s.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = F.gelu(self.norm1(self.linear_proj(x)))
        return self.dense_4h_to_h(F.silu(self.gate_proj(y)) * self.dense_h_to_4h(y))


class Vision(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.patch_embedding = PatchEmbedding(s)
        self.transformer = nn.Module()
        self.transformer.layers = nn.ModuleList(VisionLayer(s) for _ in range(s.vision_layers))
        self.linear_proj = Adapter(s)
        self.boi = nn.Parameter(torch.zeros(1, 1, s.hidden))
        self.eoi = nn.Parameter(torch.zeros(1, 1, s.hidden))

    def forward(self, pixels: Tensor) -> Tensor:
        """pixels [B,3,S,S] -> adapter output [B,P,D], without boi and eoi."""
        x = self.patch_embedding(pixels)
        for layer in self.transformer.layers:
            x = layer(x)
        return self.linear_proj(x[:, 1:])


def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * weight


class RmsNorm(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.weight)


def routed(x: Tensor, patches: int, vision: nn.Module, language: nn.Module) -> Tensor:
    """Vision expert for boi and patches (rows 1..patches+1), language expert for the rest."""
    if x.shape[1] <= patches + 2:
        raise ValueError("routed needs a whole prefix")
    end = patches + 2
    text = language(torch.cat([x[:, :1], x[:, end:]], dim=1))
    return torch.cat([text[:, :1], vision(x[:, 1:end]), text[:, 1:]], dim=1)


class RotaryEmbedding(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        head = s.hidden // s.heads
        inv_freq = 1.0 / 10000 ** (torch.arange(0, head, 2, dtype=torch.float32) / head)
        self.register_buffer("inv_freq", inv_freq)

    def tables(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """positions [B,L] -> cos, sin [B,1,L,head/2]."""
        angle = positions[:, None, :, None].float() * self.inv_freq
        return angle.cos(), angle.sin()


def rotate(x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = tables
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Attention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.heads, self.patches = s.heads, s.patches
        d = s.hidden
        self.rotary_emb = RotaryEmbedding(s)
        self.vision_expert_query_key_value = nn.Linear(d, 3 * d, bias=False)
        self.vision_expert_dense = nn.Linear(d, d, bias=False)
        self.language_expert_query_key_value = nn.Linear(d, 3 * d, bias=False)
        self.language_expert_dense = nn.Linear(d, d, bias=False)

    def forward(self, x, tables, mask, watch=None):
        """watch [B,T,P] bool or None; returns output and, if watched, text's attention on it [B,W,T]."""
        b, n, d = x.shape
        qkv = routed(x, self.patches, self.vision_expert_query_key_value, self.language_expert_query_key_value)
        q, k, v = qkv.view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(q, tables), rotate(k, tables)
        mass = None
        if watch is None:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            p = torch.softmax(q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5 + mask, dim=-1)
            y = p @ v
            on_patches = p[:, :WATCHED_HEADS, self.patches + 3 :, 2 : 2 + self.patches]
            mass = (on_patches * watch[:, None]).sum(-1)
        y = y.transpose(1, 2).reshape(b, n, d)
        return routed(y, self.patches, self.vision_expert_dense, self.language_expert_dense), mass


WATCHED_HEADS = 2


class Mlp(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(s.hidden, s.intermediate, bias=False)
        self.up_proj = nn.Linear(s.hidden, s.intermediate, bias=False)
        self.down_proj = nn.Linear(s.intermediate, s.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.patches = s.patches
        self.self_attn = Attention(s)
        self.mlp = nn.Module()
        self.mlp.language_mlp, self.mlp.vision_mlp = Mlp(s), Mlp(s)
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(s.hidden), RmsNorm(s.hidden)

    def forward(self, x, tables, mask, watch=None):
        y, mass = self.self_attn(self.input_layernorm(x), tables, mask, watch)
        x = x + y
        y = routed(self.post_attention_layernorm(x), self.patches, self.mlp.vision_mlp, self.mlp.language_mlp)
        return x + y, mass


class CogVlm(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.shape = s
        self.model = nn.Module()
        self.model.embed_tokens = nn.Embedding(s.vocabulary, s.hidden)
        self.model.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.model.norm = RmsNorm(s.hidden)
        self.model.vision = Vision(s)
        self.lm_head = nn.Linear(s.hidden, s.vocabulary, bias=False)
        self.initialise()

    def initialise(self) -> None:
        """Normal weights by fan-in, small residual branches (post-norm gains 0.3), so depth starts mild."""
        s = self.shape
        for label, p in self.named_parameters():
            if label.endswith(("boi", "eoi", "cls_embedding")) or "embed" in label and p.dim() == 2:
                nn.init.normal_(p, std=0.5 if "embed_tokens" in label else 0.3)
            elif p.dim() >= 2:
                std = p[0].numel() ** -0.5
                if label.startswith("model.layers") and label.endswith(("dense.weight", "down_proj.weight")):
                    std *= (2 * s.layers) ** -0.5
                nn.init.normal_(p, std=std)
            elif label.endswith("bias"):
                nn.init.zeros_(p)
            elif "transformer.layers" in label:
                nn.init.constant_(p, 0.3)
        nn.init.normal_(self.lm_head.weight, std=0.5 * s.hidden**-0.5)

    def decode(self, features, ids, positions, mask, watch=None, watched_layer=-1):
        """features [B,P,D], ids/positions [B,T] of the text, mask [B,1,L,L] additive, L = prefix + T.

        Returns the final hidden states of the text [B,T,D] and watched attention mass or None.
        """
        s, vision = self.shape, self.model.vision
        b = ids.shape[0]
        bos = self.model.embed_tokens.weight[BOS].expand(b, 1, -1)
        marks = [m.expand(b, 1, -1) for m in (vision.boi, vision.eoi)]
        x = torch.cat([bos, marks[0], features, marks[1], self.model.embed_tokens(ids)], dim=1)
        prefix = torch.tensor([0, 1] + [2] * s.patches + [3]).expand(b, -1)
        tables = self.model.layers[0].self_attn.rotary_emb.tables(torch.cat([prefix, positions], dim=1))
        mass = None
        for i, layer in enumerate(self.model.layers):
            x, seen = layer(x, tables, mask, watch if i == watched_layer else None)
            mass = seen if seen is not None else mass
        return self.model.norm(x[:, s.prefix :]), mass


def block_mask(segments: Tensor, prefix: int) -> Tensor:
    """segments [B,T] (question number, -1 pads) -> additive mask [B,1,prefix+T,prefix+T] f32."""
    b, t = segments.shape
    causal = torch.ones(t, t, dtype=torch.bool).tril()
    same = (segments[:, :, None] == segments[:, None, :]) & causal
    allowed = torch.zeros(b, prefix + t, prefix + t, dtype=torch.bool)
    allowed[:, :prefix, :prefix] = torch.ones(prefix, prefix, dtype=torch.bool).tril()
    allowed[:, prefix:, :prefix] = True
    allowed[:, prefix:, prefix:] = same
    return torch.zeros(allowed.shape).masked_fill_(~allowed, float("-inf"))[:, None]


def normalise(pixels: Tensor) -> Tensor:
    """u8 [B,S,S,3] -> f32 [B,3,S,S], CLIP mean and deviation."""
    x = pixels.float().div_(255).sub_(torch.tensor(IMAGE_MEAN)).div_(torch.tensor(IMAGE_STD))
    return x.permute(0, 3, 1, 2).contiguous()
