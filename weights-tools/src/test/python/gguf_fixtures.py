"""Writes the small GGUF files under ../resources/gguf that the tests of io.fovea.tools.gguf read.

Run with NumPy, sentencepiece and llama.cpp's gguf package: python gguf_fixtures.py
"""

import hashlib
import json
import pathlib

import gguf
import numpy as np
import sentencepiece

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE.parent / "resources" / "gguf"
TOKENIZER = HERE.parents[3] / "java/core/src/test/resources/goldens/text/tiny.model"

TYPES = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")
HALF_AT = {"Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,),
           "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}  # bytes at which blocks hold scales


def bits(values):
    return np.ascontiguousarray(values, np.float32).view(np.int32).flatten().tolist()


def random_blocks(rng, kind, rows, columns):
    """Blocks of random bytes, with scales that are finite, zero and subnormal ones among them."""
    block, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (rows * columns // block, size), dtype=np.uint8)
    for at in HALF_AT.get(kind.name, ()):
        scales = rng.normal(0, 2, len(blocks)).astype(np.float16)
        scales[:3] = (0.0, -0.0, 6e-8)
        blocks[:, at : at + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def write_types():
    """One tensor a type, and the values that the gguf package reads from it."""
    rng = np.random.default_rng(11)
    writer = gguf.GGUFWriter(FOLDER / "types.gguf", "test")
    expected = {}
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        if name == "F32":
            special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, 3.4e38, -1.5]
            raw = np.array([special, special[::-1]], np.float32)
        elif name == "F16":
            # the upper byte of every half, so each sign and exponent, with a few mantissas
            patterns = (np.arange(256, dtype=np.uint16) << 8) | np.tile([0, 1, 0x80, 0xFF], 64).astype(np.uint16)
            raw = patterns.view(np.float16).reshape(2, 128)
        elif name == "BF16":
            raw = (rng.normal(0, 3, (2, 64)).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
        else:
            raw = random_blocks(rng, kind, 2, 512 if name.endswith("K") else 128)
        writer.add_tensor(name.lower(), raw, raw_dtype=kind)
        values = gguf.quants.dequantize(raw, kind)
        expected[name.lower()] = {"shape": list(values.shape), "bits": bits(values)}
    rng = np.random.default_rng(12)
    plain = rng.normal(0, 1, (2, 64)).astype(np.float32)
    plain[0, :32] = 0
    plain[0, 40] = -np.abs(plain[0, 32:]).max() * 2  # the extreme of its block is negative
    expected["plain"] = {"shape": [2, 64], "bits": bits(plain)}
    for name in ("Q8_0", "Q4_0", "BF16", "F16"):
        kind = gguf.GGMLQuantizationType[name]
        raw = np.ascontiguousarray(gguf.quants.quantize(plain, kind))
        expected["plain." + name] = {"bytes": raw.view(np.uint8).flatten().tolist()}
    close(writer)
    (FOLDER / "types.json").write_text(json.dumps(expected))


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def model_tensors(rng, hidden, inner, vocabulary, encoder, encoder_inner, patch, positions):
    """A CogVLM of one layer each, by published names: the language model, and encoder and adapter."""
    def weight(*shape):
        return rng.normal(0, 0.5, shape).astype(np.float32)

    language = {"model.embed_tokens.weight": weight(vocabulary, hidden)}
    layer = "model.layers.0."
    language[layer + "input_layernorm.weight"] = weight(hidden)
    language[layer + "post_attention_layernorm.weight"] = weight(hidden)
    for expert in ("language", "vision"):
        language[layer + f"self_attn.{expert}_expert_query_key_value.weight"] = weight(3 * hidden, hidden)
        language[layer + f"self_attn.{expert}_expert_dense.weight"] = weight(hidden, hidden)
        language[layer + f"mlp.{expert}_mlp.gate_proj.weight"] = weight(inner, hidden)
        language[layer + f"mlp.{expert}_mlp.up_proj.weight"] = weight(inner, hidden)
        language[layer + f"mlp.{expert}_mlp.down_proj.weight"] = weight(hidden, inner)
    language["model.norm.weight"] = weight(hidden)
    language["lm_head.weight"] = weight(vocabulary, hidden)

    vision = {
        "model.vision.patch_embedding.cls_embedding": weight(1, encoder),
        "model.vision.patch_embedding.proj.weight": weight(encoder, 3, patch, patch),
        "model.vision.patch_embedding.proj.bias": weight(encoder),
        "model.vision.patch_embedding.position_embedding.weight": weight(positions, encoder),
    }
    layer = "model.vision.transformer.layers.0."
    for name, shape in {
        "attention.query_key_value": (3 * encoder, encoder),
        "attention.dense": (encoder, encoder),
        "mlp.fc1": (encoder_inner, encoder),
        "mlp.fc2": (encoder, encoder_inner),
        "input_layernorm": (encoder,),
        "post_attention_layernorm": (encoder,),
    }.items():
        vision[layer + name + ".weight"] = weight(*shape)
        vision[layer + name + ".bias"] = weight(shape[0])
    adapter = "model.vision.linear_proj."
    vision[adapter + "linear_proj.weight"] = weight(hidden, encoder)
    vision[adapter + "norm1.weight"] = weight(hidden)
    vision[adapter + "norm1.bias"] = weight(hidden)
    vision[adapter + "dense_h_to_4h.weight"] = weight(inner, hidden)
    vision[adapter + "gate_proj.weight"] = weight(inner, hidden)
    vision[adapter + "dense_4h_to_h.weight"] = weight(hidden, inner)
    vision["model.vision.boi"] = weight(1, 1, hidden)
    vision["model.vision.eoi"] = weight(1, 1, hidden)
    return language, vision


def add_tensors(writer, names, tensors, expected):
    """Matrices as F16, the rest as F32; names are those of llama.cpp's own table."""
    for name, values in tensors.items():
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        wide = values.squeeze().ndim < 2 or "position" in name
        data = values if wide else values.astype(np.float16)
        writer.add_tensor(stored, data)
        digest = hashlib.sha256(np.ascontiguousarray(data, np.float32).tobytes()).hexdigest()
        expected[name] = {"shape": list(values.shape), "sha256": digest}


def add_tokenizer(writer, vocabulary):
    processor = sentencepiece.SentencePieceProcessor(str(TOKENIZER))
    tokens, scores, types = [], [], []
    for i in range(vocabulary):
        if i >= processor.vocab_size():
            tokens.append(f"[PAD{i}]")
            scores.append(-1000.0)
            types.append(gguf.TokenType.UNUSED)
            continue
        kind = gguf.TokenType.NORMAL
        if processor.is_unknown(i):
            kind = gguf.TokenType.UNKNOWN
        elif processor.is_control(i):
            kind = gguf.TokenType.CONTROL
        elif processor.is_unused(i):
            kind = gguf.TokenType.UNUSED
        elif processor.is_byte(i):
            kind = gguf.TokenType.BYTE
        tokens.append(processor.id_to_piece(i))
        scores.append(processor.get_score(i))
        types.append(kind)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)


def write_pair():
    """The files that llama.cpp's converter makes of a CogVLM, with its keys and tensor names."""
    hidden, inner, vocabulary = 16, 24, 420
    encoder, encoder_inner, patch, image = 8, 12, 4, 12
    rng = np.random.default_rng(5)
    language, vision = model_tensors(rng, hidden, inner, vocabulary, encoder, encoder_inner, patch, 10)
    expected = {}

    pair = FOLDER / "pair"
    pair.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(pair / "tiny-F16.gguf", "cogvlm")
    writer.add_type("model")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_block_count(1)
    writer.add_context_length(2048)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(hidden // 2)
    writer.add_vocab_size(vocabulary)
    add_tokenizer(writer, vocabulary)
    add_tensors(writer, gguf.get_tensor_name_map(gguf.MODEL_ARCH.COGVLM, 1), language, expected)
    close(writer)

    writer = gguf.GGUFWriter(pair / "mmproj-tiny-F16.gguf", "clip")
    writer.add_type("mmproj")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type(gguf.VisionProjectorType.COGVLM)
    writer.add_vision_projection_dim(hidden)
    writer.add_vision_image_size(image)
    writer.add_vision_patch_size(patch)
    writer.add_vision_embedding_length(encoder)
    writer.add_vision_feed_forward_length(encoder_inner)
    writer.add_vision_block_count(1)
    writer.add_vision_head_count(2)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.48145466, 0.4578275, 0.40821073])
    writer.add_vision_image_std([0.26862954, 0.26130258, 0.27577711])
    writer.add_vision_use_gelu(True)
    add_tensors(writer, gguf.get_tensor_name_map(gguf.MODEL_ARCH.MMPROJ, 1), vision, expected)
    close(writer)
    (FOLDER / "pair.json").write_text(json.dumps(expected))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_types()
    write_pair()


if __name__ == "__main__":
    main()
