"""CogVLM, CogVLM2 and CogAgent in plain PyTorch: the reference the engine is compared with.

The vision towers are in evaclip.py and eva02.py. One path for every dtype. Module names are chosen so that
``state_dict()`` has the names of the Hugging Face checkpoint. Shapes in comments: B batch, L tokens of this call,
T tokens in the cache afterwards, D language width, N image rows (boi, patches, eoi), S image side in pixels, H heads,
K heads of keys and values, d head size, V vocabulary, and of CogAgent's high-resolution branch P patches, C width.

Source: Wang et al., "CogVLM: Visual Expert for Pretrained Language Models" (2023); Hong et al., "CogVLM2: Visual
Language Models for Image and Video Understanding" (2024); Hong et al., "CogAgent: A Visual Language Model for GUI
Agents" (2023); and the published models' behaviour.
"""

import dataclasses

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cogvlm_config import COGVLM2, CogVLMConfig
from eva02 import HighResolutionTower
from evaclip import Trace, VisionTower, merge_heads, no_trace, split_heads

LANGUAGE, VISION = 0, 1  # token types


# --- what a token is: expert and position --------------------------------------------------------------------------


def vision_expert_mask(types: Tensor) -> Tensor:
    """[B, L] token types -> [B, L] bool: rows of the vision expert.

    A vision token whose right neighbour is a vision token too. So the last one, eoi, goes to the language expert. The
    rule looks one token ahead: give it the whole sequence, never a chunk.
    """
    vision = types == VISION
    return vision & F.pad(vision[:, 1:], (0, 1), value=False)


def rotary_positions(types: Tensor, padded: Tensor | None = None) -> Tensor:
    """[B, L] token types -> [B, L] int64 positions: all patches of one image share one, boi and eoi have their own.

    ``padded`` [B, L] bool marks padding; padding never advances the position.
    """
    kind = types if padded is None else types.masked_fill(padded, -1)
    language_edge = F.pad(kind == LANGUAGE, (1, 1), value=True)  # both ends count as a language neighbour
    border = (kind == VISION) & (language_edge[:, :-2] | language_edge[:, 2:])
    kind = kind.masked_fill(border, LANGUAGE)
    first_patch = (kind[:, 1:] == VISION) & (kind[:, :-1] == LANGUAGE)
    step = (kind[:, 1:] == LANGUAGE) | first_patch
    return F.pad(step.long(), (1, 0)).cumsum(dim=1)


# --- decoder -------------------------------------------------------------------------------------------------------


class RMSNorm(nn.Module):
    """Computed in f32 including the weight, rounded once at the end (Llama's own rounds before the weight)."""

    def __init__(self, size: int, eps: float):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        unit = wide * torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + self.eps)
        return (unit * self.weight.to(wide.dtype)).to(x.dtype)


def route(x: Tensor, vision_rows: Tensor, vision: nn.Module, language: nn.Module) -> Tensor:
    """Rows [B, L, in] -> [B, L, out], each through the one expert that ``vision_rows`` [B, L] names."""
    if not vision_rows.any():
        return language(x)
    seen, said = vision(x[vision_rows]), language(x[~vision_rows])
    out = said.new_empty(*x.shape[:-1], said.shape[-1])
    out[vision_rows], out[~vision_rows] = seen, said
    return out


class RotaryEmbedding(nn.Module):
    """Rotation tables built in the dtype of ``inv_freq``: in bf16 positions above 256 and all angles are rounded."""

    def __init__(self, head_size: int, base: float):
        super().__init__()
        self.register_buffer("inv_freq", self.frequencies(head_size, base))

    @staticmethod
    def frequencies(head_size: int, base: float) -> Tensor:
        """[d/2] f32: 1 / base^(2i/d), each operation rounded in that order as the published code does."""
        return 1 / base ** (torch.arange(0, head_size, 2, dtype=torch.float32) / head_size)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x [B, H, L, d], positions [B, L]: rotates pairs (x[i], x[i + d/2]); every product and the sum round."""
        angles = positions.to(self.inv_freq.dtype)[:, None, :, None] * self.inv_freq  # [B, 1, L, d/2]
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class KeyValueCache:
    """Rotated keys and values of one layer, [B, K, T, d] each; ``cross`` are those of the cross-attention."""

    def __init__(self):
        self.keys = self.values = None
        self.cross: tuple[Tensor, Tensor] | None = None  # [B, H, P, C/H] each

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        if self.keys is not None:
            k, v = torch.cat([self.keys, k], dim=2), torch.cat([self.values, v], dim=2)
        self.keys, self.values = k, v
        return k, v


class Attention(nn.Module):
    """Causal self-attention; K < H (CogVLM2) lets H/K neighbouring query heads share one head of keys and values."""

    def __init__(self, c: CogVLMConfig):
        super().__init__()
        size, key_size = c.hidden_size, c.key_heads * c.head_size
        rows = size + 2 * key_size  # query, key, value
        self.heads, self.key_heads, self.parts = c.num_attention_heads, c.key_heads, (size, key_size, key_size)
        self.rotary_emb = RotaryEmbedding(c.head_size, c.rope_base)
        self.vision_expert_query_key_value = nn.Linear(size, rows, bias=c.family == COGVLM2)
        self.vision_expert_dense = nn.Linear(size, size, bias=False)
        self.language_expert_query_key_value = nn.Linear(size, rows, bias=False)
        self.language_expert_dense = nn.Linear(size, size, bias=False)

    def forward(self, x: Tensor, step: "Step", cache: KeyValueCache) -> Tensor:
        qkv = route(x, step.vision_rows, self.vision_expert_query_key_value, self.language_expert_query_key_value)
        q, k, v = qkv.split(self.parts, dim=-1)
        q, k, v = split_heads(q, self.heads), split_heads(k, self.key_heads), split_heads(v, self.key_heads)
        q, k = self.rotary_emb(q, step.positions), self.rotary_emb(k, step.positions)
        k, v = (kept.repeat_interleave(self.heads // self.key_heads, dim=1) for kept in cache.append(k, v))
        y = merge_heads(F.scaled_dot_product_attention(q, k, v, attn_mask=step.visible))  # scale d^-0.5
        return route(y, step.vision_rows, self.vision_expert_dense, self.language_expert_dense)


class CrossAttention(nn.Module):
    """CogAgent: every token, whatever its type, sees all of the high-resolution picture; no mask, no rotation."""

    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.heads, inner = c.num_attention_heads, c.cross.compute_hidden_size
        self.query = nn.Linear(c.hidden_size, inner, bias=False)
        self.key_value = nn.Linear(c.cross.hidden_size, 2 * inner, bias=False)
        self.dense = nn.Linear(inner, c.hidden_size, bias=False)

    def forward(self, x: Tensor, picture: Tensor | None, cache: KeyValueCache) -> Tensor:
        """x [B, L, D]; picture [B, P, C] in the first call, None in later ones, which read the cache."""
        if picture is not None:
            k, v = self.key_value(picture).chunk(2, dim=-1)
            cache.cross = split_heads(k, self.heads), split_heads(v, self.heads)
        q = split_heads(self.query(x), self.heads)
        return self.dense(merge_heads(F.scaled_dot_product_attention(q, *cache.cross)))  # scale (C/H)^-0.5


class ExpertMLP(nn.Module):
    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.gate_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.up_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class RoutedMLP(nn.Module):
    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.language_mlp = ExpertMLP(c)
        self.vision_mlp = ExpertMLP(c)

    def forward(self, x: Tensor, step: "Step") -> Tensor:
        return route(x, step.vision_rows, self.vision_mlp, self.language_mlp)


class DecoderLayer(nn.Module):
    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = RoutedMLP(c)
        self.input_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.cross_attn = None
        if c.cross is not None:
            self.cross_attn = CrossAttention(c)
            self.post_cross_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)

    def forward(self, x: Tensor, step: "Step", cache: KeyValueCache, picture: Tensor | None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), step, cache)
        if self.cross_attn is not None:  # its own norm comes before it too, whatever the name says
            x = x + self.cross_attn(self.post_cross_attention_layernorm(x), picture, cache)
        return x + self.mlp(self.post_attention_layernorm(x), step)


@dataclasses.dataclass(frozen=True)
class Step:
    """What every layer of one call must know about its rows."""

    vision_rows: Tensor  # [B, L] bool
    positions: Tensor  # [B, L] int64, rotary
    visible: Tensor  # bool, broadcast to [B, H, L, T]: key T may be seen by query L

    @staticmethod
    def causal(types: Tensor, start: int = 0) -> "Step":
        """Rows ``start`` and later of the sequence ``types`` [B, T], seeing all before them, patches included."""
        total = types.shape[1]
        visible = torch.ones(total, total, dtype=torch.bool, device=types.device).tril()
        return Step(vision_expert_mask(types)[:, start:], rotary_positions(types)[:, start:], visible[start:])


class Decoder(nn.Module):
    """Embeddings, vision towers, decoder layers and final norm: the checkpoint's ``model.``."""

    def __init__(self, c: CogVLMConfig):
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.vision = VisionTower(c)
        self.layers = nn.ModuleList(DecoderLayer(c) for _ in range(c.num_hidden_layers))
        self.norm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.cross_vision = HighResolutionTower(c.cross) if c.cross is not None else None

    def embed(self, ids: Tensor, types: Tensor, image: Tensor | None) -> Tensor:
        """ids, types [B, L], image rows [B, N, D] -> [B, L, D]; the ids at image rows do not matter."""
        x = self.embed_tokens(ids)
        return x if image is None else x.masked_scatter((types == VISION)[..., None], image.to(x.dtype))

    def forward(
        self, x: Tensor, step: Step, caches: list[KeyValueCache], picture: Tensor | None, trace: Trace
    ) -> Tensor:
        trace("language.embeddings", x)
        for i, (layer, cache) in enumerate(zip(self.layers, caches, strict=True)):
            x = layer(x, step, cache, picture)
            trace(f"language.layers.{i}", x)
        x = self.norm(x)
        trace("language.norm", x)
        return x


class CogVLM(nn.Module):
    def __init__(self, config: CogVLMConfig):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def new_caches(self) -> list[KeyValueCache]:
        return [KeyValueCache() for _ in self.model.layers]

    def forward(
        self,
        ids: Tensor,
        types: Tensor,
        pixels: Tensor | None = None,
        step: Step | None = None,
        caches: list[KeyValueCache] | None = None,
        trace: Trace = no_trace,
        cross_pixels: Tensor | None = None,
    ) -> Tensor:
        """ids, types [B, L] and pixels [B, 3, S, S] -> logits [B, L, V] f32.

        Without ``step`` the rows are a whole causal sequence. With ``caches`` they follow what the caches hold.
        CogAgent, which cannot run without a picture, needs it at its other size too: ``cross_pixels``.
        """
        dtype = self.lm_head.weight.dtype
        image = None if pixels is None else self.model.vision(pixels.to(dtype), trace)
        picture = None if cross_pixels is None else self.model.cross_vision(cross_pixels.to(dtype), trace)
        x = self.model.embed(ids, types, image)
        x = self.model(x, step or Step.causal(types), caches or self.new_caches(), picture, trace)
        logits = self.lm_head(x).to(torch.promote_types(dtype, torch.float32))
        trace("logits", logits)
        return logits

    @torch.no_grad()
    def generate(
        self,
        ids: Tensor,
        types: Tensor,
        pixels: Tensor | None,
        count: int,
        trace: Trace = no_trace,
        cross_pixels: Tensor | None = None,
    ) -> list[int]:
        """Greedy continuation of one sequence [1, L]: at most ``count`` ids, ending with EOS where the model emits it.

        ``trace`` sees the prompt's pass only.
        """
        caches = self.new_caches()
        logits = self(ids, types, pixels, caches=caches, trace=trace, cross_pixels=cross_pixels)
        generated: list[int] = []
        while len(generated) < count:
            generated.append(int(logits[0, -1].argmax()))
            if generated[-1] in self.config.stop_ids or len(generated) == count:
                break
            types = F.pad(types, (0, 1), value=LANGUAGE)
            step = Step.causal(types, start=types.shape[1] - 1)
            logits = self(ids.new_tensor([generated[-1:]]), types[:, -1:], step=step, caches=caches)
        return generated
