"""The model once more, in numpy and f64, with loops over heads and rows: an oracle for the oracle.

Shares no code with cogvlm.py or evaclip.py. Weights are a dict by checkpoint name; slow and meant to be.
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
    """[L, H*d] each -> [L, H*d], one head and one row at a time."""
    size = q.shape[1] // heads
    out = np.zeros_like(q)
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        for row in range(len(q)):
            last = row + 1 if causal else len(q)
            weights = softmax(k[:last, part] @ q[row, part] / math.sqrt(size))
            out[row, part] = weights @ v[:last, part]
    return out


def encode_image(w: Weights, pixels: np.ndarray, heads: int, patch: int, layers: int) -> dict[str, np.ndarray]:
    """Pixels [3, S, S] -> "embeddings", "0".."layers-1" [1 + G*G, Dv] and "output" [G*G + 2, D]."""
    v = "model.vision."
    kernel = w[f"{v}patch_embedding.proj.weight"]
    grid = pixels.shape[1] // patch
    rows = [w[f"{v}patch_embedding.cls_embedding"][0]]
    for r in range(grid):
        for c in range(grid):
            window = pixels[:, r * patch : (r + 1) * patch, c * patch : (c + 1) * patch]
            rows.append((kernel * window).sum((1, 2, 3)) + w[f"{v}patch_embedding.proj.bias"])
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
        found[str(i)] = x
    a = f"{v}linear_proj."
    y = gelu(layer_norm(x[1:] @ w[f"{a}linear_proj.weight"].T, w, f"{a}norm1", 1e-5))
    y = silu(y @ w[f"{a}gate_proj.weight"].T) * (y @ w[f"{a}dense_h_to_4h.weight"].T)
    y = y @ w[f"{a}dense_4h_to_h.weight"].T
    found["output"] = np.concatenate([w[f"{v}boi"][0], y, w[f"{v}eoi"][0]])
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


def decode(w: Weights, x: np.ndarray, types: list[int], heads: int, layers: int, eps: float) -> dict[str, np.ndarray]:
    """Embeddings [L, D] -> "0".."layers-1" [L, D], "norm" [L, D] and "logits" [L, V]."""
    vision, positions = expert_and_position(types)

    def routed(rows: np.ndarray, name: str) -> np.ndarray:
        names = [name.format("vision" if seen else "language") for seen in vision]
        return np.stack([w[chosen] @ row for chosen, row in zip(names, rows)])

    found = {}
    for i in range(layers):
        p = f"model.layers.{i}."
        frequencies = w[f"{p}self_attn.rotary_emb.inv_freq"]
        normed = rms_norm(x, w[f"{p}input_layernorm.weight"], eps)
        q, k, v = np.split(routed(normed, p + "self_attn.{}_expert_query_key_value.weight"), 3, axis=1)
        q, k = (rotate(part, positions, frequencies, heads) for part in (q, k))
        x = x + routed(attend(q, k, v, heads, causal=True), p + "self_attn.{}_expert_dense.weight")
        normed = rms_norm(x, w[f"{p}post_attention_layernorm.weight"], eps)
        gated = silu(routed(normed, p + "mlp.{}_mlp.gate_proj.weight"))
        x = x + routed(gated * routed(normed, p + "mlp.{}_mlp.up_proj.weight"), p + "mlp.{}_mlp.down_proj.weight")
        found[str(i)] = x
    found["norm"] = rms_norm(x, w["model.norm.weight"], eps)
    found["logits"] = found["norm"] @ w["lm_head.weight"].T
    return found
