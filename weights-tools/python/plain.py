"""The model once more, in numpy and f64, with loops over heads and rows: an oracle for the oracle.

Shares no code with cogvlm.py, evaclip.py or eva02.py. Weights are a dict by checkpoint name, and which of them exist
tells the family; slow and meant to be.
"""

import math

import numpy as np

Weights = dict[str, np.ndarray]
_erf = np.vectorize(math.erf)


def gelu(x: np.ndarray) -> np.ndarray:
    return x * 0.5 * (1 + _erf(x / math.sqrt(2)))


def silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def layer_norm(x: np.ndarray, w: Weights, name: str, eps: float) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    variance = (centred**2).mean(-1, keepdims=True)
    return centred / np.sqrt(variance + eps) * w[f"{name}.weight"] + w[f"{name}.bias"]


def rms_norm(x: np.ndarray, gain: np.ndarray, eps: float) -> np.ndarray:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + eps) * gain


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray, heads: int, causal: bool) -> np.ndarray:
    """q [L, H*d], k and v [T, K*d] -> [L, H*d], one head and one row at a time; each key head serves H/K in a row."""
    size = q.shape[1] // heads
    sharing = q.shape[1] // k.shape[1]
    out = np.zeros_like(q)
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        shared = slice(h // sharing * size, (h // sharing + 1) * size)
        for row in range(len(q)):
            last = row + 1 if causal else len(k)
            weights = softmax(k[:last, shared] @ q[row, part] / math.sqrt(size))
            out[row, part] = weights @ v[:last, shared]
    return out


def patches(pixels: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> list[np.ndarray]:
    """Pixels [3, S, S] -> one row [D] for each window of the kernel's [D, 3, p, p] side, row by row."""
    side = kernel.shape[-1]
    corners = range(0, pixels.shape[1], side)
    windows = [pixels[:, top : top + side, left : left + side] for top in corners for left in corners]
    return [(kernel * window).sum((1, 2, 3)) + bias for window in windows]


def encode_image(w: Weights, pixels: np.ndarray, heads: int, layers: int) -> dict[str, np.ndarray]:
    """Pixels [3, S, S] -> "embeddings", "layers.N" [1 + G*G, Dv], "pos_embed" or "conv" and "output" [P + 2, D]."""
    v = "model.vision."
    rows = [w[f"{v}patch_embedding.cls_embedding"][0]]
    rows += patches(pixels, w[f"{v}patch_embedding.proj.weight"], w[f"{v}patch_embedding.proj.bias"])
    x = np.stack(rows) + w[f"{v}patch_embedding.position_embedding.weight"]
    found = {"embeddings": x}
    for i in range(layers):
        p = f"{v}transformer.layers.{i}."
        qkv = x @ w[f"{p}attention.query_key_value.weight"].T + w[f"{p}attention.query_key_value.bias"]
        a = attend(*np.split(qkv, 3, axis=1), heads, causal=False)
        a = a @ w[f"{p}attention.dense.weight"].T + w[f"{p}attention.dense.bias"]
        x = x + layer_norm(a, w, f"{p}input_layernorm", 1e-6)
        m = gelu(x @ w[f"{p}mlp.fc1.weight"].T + w[f"{p}mlp.fc1.bias"])
        m = m @ w[f"{p}mlp.fc2.weight"].T + w[f"{p}mlp.fc2.bias"]
        x = x + layer_norm(m, w, f"{p}post_attention_layernorm", 1e-6)
        found[f"layers.{i}"] = x
    x = x[1:]
    if f"{v}pos_embed" in w:
        x = found["pos_embed"] = x + w[f"{v}pos_embed"]
    if f"{v}conv.weight" in w:
        grid = math.isqrt(len(x))
        picture = x.reshape(grid, grid, -1).transpose(2, 0, 1)
        x = found["conv"] = np.stack(patches(picture, w[f"{v}conv.weight"], w[f"{v}conv.bias"]))
    a = f"{v}linear_proj."
    y = gelu(layer_norm(x @ w[f"{a}linear_proj.weight"].T, w, f"{a}norm1", 1e-5))
    y = silu(y @ w[f"{a}gate_proj.weight"].T) * (y @ w[f"{a}dense_h_to_4h.weight"].T)
    y = y @ w[f"{a}dense_4h_to_h.weight"].T
    found["output"] = np.concatenate([w[f"{v}boi"][0], y, w[f"{v}eoi"][0]])
    return found


def turn_patches(x: np.ndarray, cos: np.ndarray, sin: np.ndarray, heads: int) -> np.ndarray:
    """Pairs (2i, 2i + 1) of each head of every row but the first as complex numbers; cos, sin [rows - 1, d]."""
    pairs = x[1:].reshape(len(cos), heads, -1, 2)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * (cos + 1j * sin)[:, None, ::2]
    return np.concatenate([x[:1], np.stack([turned.real, turned.imag], axis=-1).reshape(len(cos), -1)])


def encode_large_image(w: Weights, pixels: np.ndarray, heads: int, blocks: int) -> dict[str, np.ndarray]:
    """CogAgent: pixels [3, S, S] -> "embeddings", "layers.N" [1 + G*G, C] of all blocks but the last, "output"."""
    v = "model.cross_vision.vit.model."
    rows = [w[f"{v}cls_token"][0, 0]]
    rows += patches(pixels, w[f"{v}patch_embed.proj.weight"], w[f"{v}patch_embed.proj.bias"])
    x = np.stack(rows) + w[f"{v}pos_embed"][0]
    found = {"embeddings": x}
    for i in range(blocks - 1):
        p = f"{v}blocks.{i}."
        y = layer_norm(x, w, f"{p}norm1", 1e-6)
        q = y @ w[f"{p}attn.q_proj.weight"].T + w[f"{p}attn.q_bias"]
        k = y @ w[f"{p}attn.k_proj.weight"].T
        q, k = (turn_patches(part, w[f"{v}rope.freqs_cos"], w[f"{v}rope.freqs_sin"], heads) for part in (q, k))
        a = attend(q, k, y @ w[f"{p}attn.v_proj.weight"].T + w[f"{p}attn.v_bias"], heads, causal=False)
        a = layer_norm(a, w, f"{p}attn.inner_attn_ln", 1e-6)
        x = x + a @ w[f"{p}attn.proj.weight"].T + w[f"{p}attn.proj.bias"]
        y = layer_norm(x, w, f"{p}norm2", 1e-6)
        gate = silu(y @ w[f"{p}mlp.w1.weight"].T + w[f"{p}mlp.w1.bias"])
        m = layer_norm(gate * (y @ w[f"{p}mlp.w2.weight"].T + w[f"{p}mlp.w2.bias"]), w, f"{p}mlp.ffn_ln", 1e-6)
        x = x + m @ w[f"{p}mlp.w3.weight"].T + w[f"{p}mlp.w3.bias"]
        found[f"layers.{i}"] = x
    found["output"] = x[1:] + w["model.cross_vision.pos_embed"]
    return found


def expert_and_position(types: list[int]) -> tuple[list[bool], list[int]]:
    """Which rows the vision expert takes, and every row's rotary position, by walking from left to right."""
    vision, positions = [], []
    position = -1
    for t, kind in enumerate(types):
        in_image = kind == 1
        first = in_image and (t == 0 or types[t - 1] == 0)
        last = in_image and (t + 1 == len(types) or types[t + 1] == 0)
        after_first = in_image and not first and (t == 1 or types[t - 2] == 0)
        if not in_image or first or last or after_first:
            position += 1
        vision.append(in_image and not last)
        positions.append(position)
    return vision, positions


def rotate(x: np.ndarray, positions: list[int], frequencies: np.ndarray, heads: int) -> np.ndarray:
    """Pairs (i, i + d/2) of each head as complex numbers, turned by position times frequency."""
    halves = x.reshape(len(x), heads, 2, -1)
    turned = (halves[:, :, 0] + 1j * halves[:, :, 1]) * np.exp(1j * np.outer(positions, frequencies))[:, None]
    return np.stack([turned.real, turned.imag], axis=2).reshape(x.shape)


def decode(
    w: Weights, x: np.ndarray, types: list[int], heads: int, layers: int, eps: float, picture: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Embeddings [L, D] -> "layers.N" and "norm" [L, D] and "logits" [L, V]; CogAgent's layers see picture [P, C]."""
    vision, positions = expert_and_position(types)

    def routed(rows: np.ndarray, name: str) -> np.ndarray:
        names = [name.format("vision" if seen else "language") for seen in vision]
        return np.stack([w[n] @ row + w.get(n.replace(".weight", ".bias"), 0) for n, row in zip(names, rows)])

    found = {}
    for i in range(layers):
        p = f"model.layers.{i}."
        frequencies = w[f"{p}self_attn.rotary_emb.inv_freq"]
        normed = rms_norm(x, w[f"{p}input_layernorm.weight"], eps)
        qkv = routed(normed, p + "self_attn.{}_expert_query_key_value.weight")
        width = x.shape[1]
        key_width = (qkv.shape[1] - width) // 2
        q, k, v = np.split(qkv, [width, width + key_width], axis=1)
        q, k = rotate(q, positions, frequencies, heads), rotate(k, positions, frequencies, heads * key_width // width)
        x = x + routed(attend(q, k, v, heads, causal=True), p + "self_attn.{}_expert_dense.weight")
        if picture is not None:
            normed = rms_norm(x, w[f"{p}post_cross_attention_layernorm.weight"], eps)
            k, v = np.split(picture @ w[f"{p}cross_attn.key_value.weight"].T, 2, axis=1)
            seen = attend(normed @ w[f"{p}cross_attn.query.weight"].T, k, v, heads, causal=False)
            x = x + seen @ w[f"{p}cross_attn.dense.weight"].T
        normed = rms_norm(x, w[f"{p}post_attention_layernorm.weight"], eps)
        gated = silu(routed(normed, p + "mlp.{}_mlp.gate_proj.weight"))
        x = x + routed(gated * routed(normed, p + "mlp.{}_mlp.up_proj.weight"), p + "mlp.{}_mlp.down_proj.weight")
        found[f"layers.{i}"] = x
    found["norm"] = rms_norm(x, w["model.norm.weight"], eps)
    found["logits"] = found["norm"] @ w["lm_head.weight"].T
    return found
