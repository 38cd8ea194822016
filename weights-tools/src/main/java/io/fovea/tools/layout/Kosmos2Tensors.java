package io.fovea.tools.layout;

import io.fovea.model.kosmos2.Kosmos2Config;

/**
 * Kosmos-2 as {@code kosmos-2-patch14-224} stores it. Its head is the token embedding and mostly
 * not stored again.
 */
final class Kosmos2Tensors {
  private final Kosmos2Config config;
  private final TensorList list;

  Kosmos2Tensors(Kosmos2Config config, TensorList list) {
    this.config = config;
    this.list = list;
  }

  void add() {
    ClipTensors.add(
        list.under("vision_model.model."), config.vision(), config.vision().numHiddenLayers());
    list.under("vision_model.model.")
        .layerNorm("post_layernorm", Part.ENCODER, config.vision().hiddenSize());
    resampler(list.under("image_to_text_projection."));
    decoder(list.under("text_model.model."));
    list.add(
        "text_model.lm_head.weight",
        Part.LM_HEAD,
        Kind.TIED,
        config.vocabSize(),
        config.embedDim());
  }

  private void resampler(TensorList projection) {
    long width = config.embedDim();
    projection.add("latent_query", Part.ADAPTER, Kind.TABLE, config.latentQueryNum(), width);
    projection.linearWithBias("dense", Part.ADAPTER, width, config.vision().hiddenSize());
    ClipTensors.attention(projection.under("x_attn."), Part.ADAPTER, width);
  }

  private void decoder(TensorList text) {
    long width = config.embedDim();
    text.add("embed_tokens.weight", Part.EMBEDDING, Kind.EMBEDDING, config.vocabSize(), width);
    for (int i = 0; i < config.layers(); i++) {
      TensorList layer = text.under("layers." + i + ".");
      layer.layerNorm("self_attn_layer_norm", Part.NORMS, width);
      ClipTensors.attention(layer.under("self_attn."), Part.LANGUAGE, width);
      layer.layerNorm("self_attn.inner_attn_ln", Part.NORMS, width);
      layer.layerNorm("final_layer_norm", Part.NORMS, width);
      layer.linearWithBias("ffn.fc1", Part.LANGUAGE, config.ffnDim(), width);
      layer.layerNorm("ffn.ffn_layernorm", Part.NORMS, config.ffnDim());
      layer.linearWithBias("ffn.fc2", Part.LANGUAGE, width, config.ffnDim());
    }
    text.layerNorm("layer_norm", Part.NORMS, width);
  }
}
