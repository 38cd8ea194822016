"""CogVLM v1 written for training: one image prefix shared by several packed questions.

Parameter names are those of the published checkpoints, so `state_dict()` is the checkpoint.
Packing: after BOS, boi, patches and eoi come question 1, question 2, ... Every question sees that
prefix and, causally, itself; its rotary positions start again at 4, as if it stood alone. The rows
of the vision expert (boi, patches) and of the language expert (BOS, eoi, text) are held in two
tensors. Only the layout differs from the plain model: logits per question are the same.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)
TEXT_START = 4  # rotary position of the first text token: BOS 0, boi 1, patches 2, eoi 3
BOS = 1
WATCHED_HEADS = 2  # of the watched layer, see Attention
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


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """[B,H,N,head] queries, [B,H,M,head] keys and values, additive mask -> sums [B,H,N,head], shares [B,H,N,M].

    Written out, and the shares in the products' type: on a CPU the fused function's backward pass takes half as
    long again at these sizes, and f32 shares cost more in memory traffic than the products do.
    """
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    with torch.autocast("cpu", enabled=False):
        shares = torch.softmax(scores if mask is None else scores + mask.to(scores.dtype), dim=-1)
    return shares @ v, shares


class VisionAttention(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.heads = s.vision_heads
        self.query_key_value = nn.Linear(s.vision_hidden, 3 * s.vision_hidden)
        self.dense = nn.Linear(s.vision_hidden, s.vision_hidden)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.query_key_value(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = attend(q, k, v)[0]
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


class RmsNorm(nn.Module):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, eps=1e-5)


class RotaryEmbedding(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        head = s.hidden // s.heads
        inv_freq = 1.0 / 10000 ** (torch.arange(0, head, 2, dtype=torch.float32) / head)
        self.register_buffer("inv_freq", inv_freq)

    def tables(self, positions: Tensor, rounded: bool) -> tuple[Tensor, Tensor]:
        """positions [B,L] -> cos, sin [B,1,L,head/2], from the frequencies as stored (bf16).

        rounded: every step in bf16, as the published model runs in that type.
        """
        dtype = torch.bfloat16 if rounded else torch.float32
        angle = positions[:, None, :, None].to(dtype) * self.inv_freq.to(torch.bfloat16).to(dtype)
        return angle.cos().float(), angle.sin().float()


def rotate(x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = tables
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Attention(nn.Module):
    """Keys in the order boi, patches, BOS, eoi, text; the rows of each expert are kept apart."""

    def __init__(self, s: Shape):
        super().__init__()
        self.heads = s.heads
        d = s.hidden
        self.rotary_emb = RotaryEmbedding(s)
        self.vision_expert_query_key_value = nn.Linear(d, 3 * d, bias=False)
        self.vision_expert_dense = nn.Linear(d, d, bias=False)
        self.language_expert_query_key_value = nn.Linear(d, 3 * d, bias=False)
        self.language_expert_dense = nn.Linear(d, d, bias=False)

    def split(self, qkv: Tensor, tables) -> tuple[Tensor, Tensor, Tensor]:
        """[B,N,3D] -> rotated queries and keys, values: each [B,H,N,head]."""
        b, n, _ = qkv.shape
        q, k, v = qkv.view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        return rotate(q, tables), rotate(k, tables), v

    def forward(self, vision: Tensor, language: Tensor, view: "View", watch: Tensor | None, last: bool):
        """vision [B,1+P,D], language [B,2+T,D] -> both, and the text's attention mass on watch [B,W,T].

        last: the vision rows' own output is not needed (None), only their keys and values.
        """
        qv, kv, vv = self.split(self.vision_expert_query_key_value(vision), view.vision_tables)
        ql, kl, vl = self.split(self.language_expert_query_key_value(language), view.language_tables)
        k, v = torch.cat([kv, kl], dim=2), torch.cat([vv, vl], dim=2)
        mass = None
        if watch is None:
            y = attend(ql, k, v, view.language_mask)[0]
        else:
            y, p = attend(ql, k, v, view.language_mask)
            mass = (p[:, :WATCHED_HEADS, 2:, 1 : vision.shape[1]].float() * watch[:, None]).sum(-1)
        language = self.language_expert_dense(y.transpose(1, 2).flatten(2))
        if last:
            return None, language, mass
        seen = vision.shape[1] + 1
        y = attend(qv, k[:, :, :seen], v[:, :, :seen], view.vision_mask)[0]
        return self.vision_expert_dense(y.transpose(1, 2).flatten(2)), language, mass


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
        self.self_attn = Attention(s)
        self.mlp = nn.Module()
        self.mlp.language_mlp, self.mlp.vision_mlp = Mlp(s), Mlp(s)
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(s.hidden), RmsNorm(s.hidden)

    def forward(self, vision: Tensor, language: Tensor, view: "View", watch: Tensor | None, last: bool):
        norm, post = self.input_layernorm, self.post_attention_layernorm
        seen, said, mass = self.self_attn(norm(vision), norm(language), view, watch, last)
        language = language + said
        language = language + self.mlp.language_mlp(post(language))
        if last:
            return None, language, mass
        vision = vision + seen
        return vision + self.mlp.vision_mlp(post(vision)), language, mass


@dataclass(frozen=True)
class View:
    """Rotary tables and additive masks of both row groups, see Attention for the key order."""

    vision_tables: tuple[Tensor, Tensor]
    language_tables: tuple[Tensor, Tensor]
    vision_mask: Tensor
    language_mask: Tensor


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

    def view(self, positions: Tensor, segments: Tensor, rounded: bool) -> View:
        """positions [B,T] of the text; segments [B,T] question numbers, -1 pads; see tables."""
        b, p = positions.shape[0], self.shape.patches
        tables = self.model.layers[0].self_attn.rotary_emb.tables
        starts = torch.tensor([0, 3]).expand(b, -1)
        vision = torch.ones(p + 1, p + 1, dtype=torch.bool).tril()
        vision = torch.cat([vision, torch.ones(p + 1, 1, dtype=torch.bool)], dim=1)
        return View(
            tables(torch.tensor([[1] + [2] * p]), rounded),
            tables(torch.cat([starts, positions], dim=1), rounded),
            additive(vision),
            additive(language_allowed(segments, p))[:, None],
        )

    def decode(self, features, ids, positions, segments, watch=None, watched_layer=-1, rounded=False):
        """features [B,P,D]; ids, positions, segments [B,T] of the text; watch [B,T,P] bool.

        rounded: bf16 rotary tables. Returns the final hidden states of the text [B,T,D], the
        attention mass of the watched layer on `watch`, [B,W,T], and what eoi holds on entering
        that layer, [B,D]; both None without a watched layer.
        """
        b, tower = ids.shape[0], self.model.vision
        vision = torch.cat([tower.boi.expand(b, 1, -1), features], dim=1)
        bos = self.model.embed_tokens.weight[BOS].expand(b, 1, -1)
        language = torch.cat([bos, tower.eoi.expand(b, 1, -1), self.model.embed_tokens(ids)], dim=1)
        view, final = self.view(positions, segments, rounded), self.shape.layers - 1
        mass = summary = None
        for i, layer in enumerate(self.model.layers):
            if i == watched_layer:
                summary = language[:, 1]
            asked = watch if i == watched_layer else None
            vision, language, seen = layer(vision, language, view, asked, last=i == final)
            mass = seen if seen is not None else mass
        return self.model.norm(language[:, 2:]), mass, summary


def language_allowed(segments: Tensor, patches: int) -> Tensor:
    """segments [B,T] -> what BOS, eoi and text rows may see, [B, 2+T, (1+patches)+2+T] bool."""
    b, t = segments.shape
    causal = torch.ones(t, t, dtype=torch.bool).tril()
    allowed = torch.zeros(b, 2 + t, patches + 3 + t, dtype=torch.bool)
    allowed[:, 0, patches + 1] = True  # BOS: itself
    allowed[:, 1:, : patches + 3] = True  # eoi and text: the image prefix
    allowed[:, 2:, patches + 3 :] = (segments[:, :, None] == segments[:, None, :]) & causal
    return allowed


def additive(allowed: Tensor) -> Tensor:
    return torch.zeros(allowed.shape).masked_fill_(~allowed, float("-inf"))


def normalise(pixels: Tensor) -> Tensor:
    """u8 [B,S,S,3] -> f32 [B,3,S,S], CLIP mean and deviation."""
    x = pixels.float().div_(255).sub_(torch.tensor(IMAGE_MEAN)).div_(torch.tensor(IMAGE_STD))
    return x.permute(0, 3, 1, 2).contiguous()
