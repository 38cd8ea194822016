"""OFA once more, in numpy and f64, with loops over heads, rows and pixels: an oracle for ofa.py that shares no code.

Weights are a dict by Hugging Face name; whatever a size is, the tensors' shapes tell. ``heads`` is asked for.
"""

import itertools
import math

import numpy as np

from plain import Weights, gelu, layer_norm, softmax

EPS = 1e-5


def convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """[C, h, w] and [C', C, k, k], padded by k // 2 -> [C', h', w'], one pixel at a time."""
    side, pad = kernel.shape[-1], kernel.shape[-1] // 2
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    places = range(0, x.shape[1] - side + 1, stride)
    out = np.empty((len(kernel), len(places), len(places)))
    for (i, top), (j, left) in itertools.product(enumerate(places), repeat=2):
        out[:, i, j] = kernel.reshape(len(kernel), -1) @ x[:, top : top + side, left : left + side].ravel()
    return out


def normalised(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    """[C, h, w] by the stored statistics of its channels."""
    out = np.empty_like(x)
    for c in range(len(x)):
        deviation = math.sqrt(w[f"{name}.running_var"][c] + EPS)
        out[c] = (x[c] - w[f"{name}.running_mean"][c]) / deviation * w[f"{name}.weight"][c] + w[f"{name}.bias"][c]
    return out


def pooled(x: np.ndarray) -> np.ndarray:
    """The largest of 3 x 3 at every second place."""
    x = np.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    places = range(0, x.shape[1] - 2, 2)
    return np.stack([[x[:, i : i + 3, j : j + 3].max((1, 2)) for j in places] for i in places]).transpose(2, 0, 1)


def stem(w: Weights, pixels: np.ndarray) -> dict[str, np.ndarray]:
    """[3, S, S] -> "vision.embeddings" and "vision.layers.N" [h w, C]."""
    p = "encoder.embed_images."
    x = pooled(np.maximum(normalised(convolved(pixels, w[f"{p}conv1.weight"], 2), w, f"{p}bn1"), 0))
    found = {"vision.embeddings": x}
    for number in (1, 2, 3):
        for block in itertools.count():
            b = f"{p}layer{number}.{block}."
            if f"{b}conv1.weight" not in w:
                break
            stride = 2 if number > 1 and block == 0 else 1
            y = np.maximum(normalised(convolved(x, w[f"{b}conv1.weight"], 1), w, f"{b}bn1"), 0)
            y = np.maximum(normalised(convolved(y, w[f"{b}conv2.weight"], stride), w, f"{b}bn2"), 0)
            y = normalised(convolved(y, w[f"{b}conv3.weight"], 1), w, f"{b}bn3")
            if block == 0:
                x = normalised(convolved(x, w[f"{b}downsample.0.weight"], stride), w, f"{b}downsample.1")
            x = np.maximum(y + x, 0)
        found[f"vision.layers.{number - 1}"] = x
    return {name: value.reshape(len(value), -1).T for name, value in found.items()}


def linear(x: np.ndarray, w: Weights, name: str) -> np.ndarray:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def token_bucket(distance: int, size: int) -> int:
    near = size // 2
    if abs(distance) <= near:
        return distance + size - 1
    far = math.ceil(math.log(abs(distance) / near) / math.log(1023 / near) * (near - 1)) + near
    return size - 1 + (far if distance > 0 else -far)


def image_bucket(query: tuple[int, int], key: tuple[int, int], size: int) -> int:
    """Cells (row, column)."""
    return (query[0] - key[0] + size - 1) * (2 * size - 1) + query[1] - key[1] + size - 1


def attend(x, y, w: Weights, name: str, heads: int, bias: list) -> np.ndarray:
    """x [q, D] to y [k, D] with bias [H][q][k], None where nothing may be seen -> [q, D]."""
    q, k, v = linear(x, w, f"{name}.q_proj"), linear(y, w, f"{name}.k_proj"), linear(y, w, f"{name}.v_proj")
    d = q.shape[1] // heads
    out = np.zeros_like(q)
    for h, row in itertools.product(range(heads), range(len(q))):
        part = slice(h * d, (h + 1) * d)
        seen = [j for j in range(len(k)) if bias[h][row][j] is not None]
        scores = [q[row, part] @ k[j, part] / math.sqrt(2 * d) + bias[h][row][j] for j in seen]
        out[row, part] = softmax(np.array(scores)) @ v[seen, part] * w[f"{name}.c_attn"][h]
    return linear(out, w, f"{name}.out_proj")


def product(w: Weights, queries: np.ndarray, keys: np.ndarray, side: str, heads: int):
    """A function of head, query and key: what their positions add to a score."""
    q, k = linear(queries, w, f"{side}pos_q_linear"), linear(keys, w, f"{side}pos_k_linear")
    d = q.shape[1] // heads
    return lambda h, i, j: float(q[i, h * d : (h + 1) * d] @ k[j, h * d : (h + 1) * d]) / math.sqrt(2 * d)


def feed_forward(x: np.ndarray, w: Weights, p: str) -> np.ndarray:
    y = gelu(linear(layer_norm(x, w, f"{p}final_layer_norm", EPS), w, f"{p}fc1"))
    return x + linear(layer_norm(y, w, f"{p}ffn_layer_norm", EPS), w, f"{p}fc2")


def encode(
    w: Weights, pixels: np.ndarray, ids: list[int], heads: int, buckets: tuple[int, int]
) -> dict[str, np.ndarray]:
    """Stages of stem and encoder; ``buckets``: token_bucket_size and image_bucket_size."""
    found = stem(w, pixels)
    seen = found["vision.output"] = linear(found["vision.layers.2"], w, "encoder.image_proj")
    side = math.isqrt(len(seen))
    cells = list(itertools.product(range(side), repeat=2))
    types = w["encoder.type_embedding.weight"]
    picture = layer_norm(seen + types[1], w, "encoder.patch_layernorm_embedding", EPS)
    words = layer_norm(w["encoder.embed_tokens.weight"][ids] + types[0], w, "encoder.layernorm_embedding", EPS)
    x = found["encoder.embeddings"] = np.concatenate([picture, words])
    of_cells = w["encoder.embed_image_positions.weight"][[r * buckets[1] + c + 1 for r, c in cells]]
    positions = found["encoder.positions"] = np.concatenate([
        layer_norm(of_cells, w, "encoder.image_pos_ln", EPS),
        layer_norm(w["encoder.embed_positions.weight"][: len(ids)], w, "encoder.pos_ln", EPS),
    ])  # fmt: skip
    absolute, n = product(w, positions, positions, "encoder.", heads), len(cells)

    def bias(layer: int, h: int, i: int, j: int) -> float:
        relative = 0.0
        if i < n and j < n:
            at = image_bucket(cells[i], cells[j], buckets[1])
            relative = w[f"encoder.image_rel_pos_table_list.{layer}.weight"][at, h]
        elif i >= n and j >= n:
            relative = w[f"encoder.token_rel_pos_table_list.{layer}.weight"][token_bucket(i - j, buckets[0]), h]
        return absolute(h, i, j) + relative

    for layer in itertools.count():
        p, rows = f"encoder.layers.{layer}.", range(len(x))
        if f"{p}fc1.weight" not in w:
            break
        biases = [[[bias(layer, h, i, j) for j in rows] for i in rows] for h in range(heads)]
        found[f"{p}bias"] = np.array(biases)
        y = layer_norm(x, w, f"{p}self_attn_layer_norm", EPS)
        y = attend(y, y, w, f"{p}self_attn", heads, biases)
        x = feed_forward(x + layer_norm(y, w, f"{p}self_attn_mid_layer_norm", EPS), w, p)
        found[f"encoder.layers.{layer}"] = x
    found["encoder.output"] = layer_norm(x, w, "encoder.layer_norm", EPS)
    return found


def decode(
    w: Weights, ids: list[int], output: np.ndarray, positions: np.ndarray, heads: int, size: int
) -> dict[str, np.ndarray]:
    """Stages of the decoder over ids [t]; ``size``: token_bucket_size."""
    x = layer_norm(w["encoder.embed_tokens.weight"][ids], w, "decoder.layernorm_embedding", EPS)
    found = {"language.embeddings": x}
    own = layer_norm(w["decoder.embed_positions.weight"][: len(ids)], w, "decoder.pos_ln", EPS)
    among, across = product(w, own, own, "decoder.self_", heads), product(w, own, positions, "decoder.cross_", heads)
    rows, all_heads = range(len(ids)), range(heads)
    cross = [[[across(h, i, j) for j in range(len(output))] for i in rows] for h in all_heads]
    for layer in itertools.count():
        p, table = f"decoder.layers.{layer}.", f"decoder.token_rel_pos_table_list.{layer}.weight"
        if f"{p}fc1.weight" not in w:
            break

        def bias(h: int, i: int, j: int) -> float | None:
            return among(h, i, j) + w[table][token_bucket(i - j, size), h] if j <= i else None

        y = layer_norm(x, w, f"{p}self_attn_layer_norm", EPS)
        y = attend(y, y, w, f"{p}self_attn", heads, [[[bias(h, i, j) for j in rows] for i in rows] for h in all_heads])
        x = x + layer_norm(y, w, f"{p}self_attn_mid_layer_norm", EPS)
        y = layer_norm(x, w, f"{p}cross_attn_layer_norm", EPS)
        y = attend(y, output, w, f"{p}cross_attn", heads, cross)
        x = feed_forward(x + layer_norm(y, w, f"{p}cross_attn_mid_layer_norm", EPS), w, p)
        found[f"language.layers.{layer}"] = x
    found["language.norm"] = layer_norm(x, w, "decoder.layer_norm", EPS)
    found["logits"] = found["language.norm"] @ w["encoder.embed_tokens.weight"].T
    return found
