package io.fovea.tools.layout;

import io.fovea.model.clip.ClipConfig;
import io.fovea.model.llama.LlamaSizes;
import io.fovea.model.shikra.ShikraConfig;
import io.fovea.model.shikra.ShikraModel;

/**
 * Shikra as {@code shikra-7b-delta-v1} stores it, and the encoder that it names beside it. The
 * encoder's last block is not run where the features before it are looked at.
 */
final class ShikraTensors {
  private final ShikraConfig config;
  private final TensorList list;

  ShikraTensors(ShikraConfig config, TensorList list) {
    this.config = config;
    this.list = list;
  }

  void add() {
    ClipConfig clip = config.vision();
    TensorList vision = list.under(ShikraModel.VISION);
    ClipTensors.add(vision, clip, config.visionBlocks());
    vision.unused().layerNorm("post_layernorm", Part.ENCODER, clip.hiddenSize());
    long width = config.llama().hiddenSize();
    list.linearWithBias("model.mm_projector", Part.ADAPTER, width, clip.hiddenSize());
    list.add(
        "model.embed_tokens.weight", Part.EMBEDDING, Kind.EMBEDDING, config.vocabSize(), width);
    for (int i = 0; i < config.layers(); i++) {
      layer(list.under("model.layers." + i + "."), config.llama());
    }
    list.add("model.norm.weight", Part.NORMS, Kind.NORM, width);
    list.linear("lm_head", Part.LM_HEAD, config.vocabSize(), width);
  }

  /** The stored frequencies follow from the sizes and are not read. */
  private static void layer(TensorList layer, LlamaSizes sizes) {
    long d = sizes.hiddenSize();
    long f = sizes.intermediateSize();
    long q = (long) sizes.heads() * sizes.headSize();
    long kv = (long) sizes.keyValueHeads() * sizes.headSize();
    layer.add("input_layernorm.weight", Part.NORMS, Kind.NORM, d);
    layer.linear("self_attn.q_proj", Part.LANGUAGE, q, d);
    layer.linear("self_attn.k_proj", Part.LANGUAGE, kv, d);
    layer.linear("self_attn.v_proj", Part.LANGUAGE, kv, d);
    layer.linear("self_attn.o_proj", Part.LANGUAGE, d, q);
    layer.add("self_attn.rotary_emb.inv_freq", Part.ROTARY, Kind.UNUSED, sizes.headSize() / 2);
    layer.add("post_attention_layernorm.weight", Part.NORMS, Kind.NORM, d);
    layer.linear("mlp.gate_proj", Part.LANGUAGE, f, d);
    layer.linear("mlp.up_proj", Part.LANGUAGE, f, d);
    layer.linear("mlp.down_proj", Part.LANGUAGE, d, f);
  }
}
