package io.fovea.tools.layout;

/** What CogVLM v1, CogVLM2 and CogAgent have in common, and where the first two differ. */
final class CogVlmTensors {
  private final ModelSizes sizes;
  private final TensorList list;

  CogVlmTensors(ModelSizes sizes, TensorList list) {
    this.sizes = sizes;
    this.list = list;
  }

  void add() {
    list.add(
        "model.embed_tokens.weight",
        Part.EMBEDDING,
        Kind.EMBEDDING,
        sizes.vocabulary(),
        sizes.hidden());
    for (long i = 0; i < sizes.layers(); i++) {
      decoderLayer(list.under("model.layers." + i + "."));
    }
    list.add("model.norm.weight", Part.NORMS, Kind.NORM, sizes.hidden());
    encoder(list.under("model.vision."));
    adapter(list.under("model.vision.linear_proj."));
    list.linear("lm_head", Part.LM_HEAD, sizes.vocabulary(), sizes.hidden());
  }

  private void decoderLayer(TensorList layer) {
    long hidden = sizes.hidden();
    layer.add("input_layernorm.weight", Part.NORMS, Kind.NORM, hidden);
    layer.add("post_attention_layernorm.weight", Part.NORMS, Kind.NORM, hidden);
    layer.add("self_attn.rotary_emb.inv_freq", Part.ROTARY, Kind.BUFFER, sizes.headSize() / 2);
    expert(layer, "language", Part.LANGUAGE);
    if (sizes.family().hasVisionExperts()) {
      expert(layer, "vision", Part.VISION);
    }
  }

  private void expert(TensorList layer, String name, Part part) {
    long hidden = sizes.hidden();
    String fused = "self_attn." + name + "_expert_query_key_value";
    layer.linear(fused, part, sizes.queryKeyValue(), hidden);
    if (part == Part.VISION && sizes.family().secondGeneration()) {
      layer.add(fused + ".bias", part, Kind.BIAS, sizes.queryKeyValue());
    }
    layer.linear("self_attn." + name + "_expert_dense", part, hidden, hidden);
    layer.linear("mlp." + name + "_mlp.gate_proj", part, sizes.intermediate(), hidden);
    layer.linear("mlp." + name + "_mlp.up_proj", part, sizes.intermediate(), hidden);
    layer.linear("mlp." + name + "_mlp.down_proj", part, hidden, sizes.intermediate());
  }

  private void encoder(TensorList vision) {
    ModelSizes.Encoder encoder = sizes.vision();
    long width = encoder.hidden();
    vision.add("boi", Part.MARKERS, Kind.TABLE, 1, 1, sizes.hidden());
    vision.add("eoi", Part.MARKERS, Kind.TABLE, 1, 1, sizes.hidden());
    TensorList patches = vision.under("patch_embedding.");
    patches.add("cls_embedding", Part.ENCODER, Kind.TABLE, 1, width);
    patches.conv("proj", Part.ENCODER, width, encoder.channels(), encoder.patch());
    patches.add(
        "position_embedding.weight", Part.ENCODER, Kind.TABLE, encoder.patches() + 1, width);
    for (long i = 0; i < encoder.layers(); i++) {
      encoderLayer(vision.under("transformer.layers." + i + "."), encoder);
    }
    if (sizes.family().secondGeneration()) {
      vision.conv("conv", Part.DOWNSAMPLE, width, width, 2);
    }
  }

  private static void encoderLayer(TensorList layer, ModelSizes.Encoder encoder) {
    long width = encoder.hidden();
    layer.linearWithBias("attention.query_key_value", Part.ENCODER, 3 * width, width);
    layer.linearWithBias("attention.dense", Part.ENCODER, width, width);
    layer.layerNorm("input_layernorm", Part.ENCODER, width);
    layer.linearWithBias("mlp.fc1", Part.ENCODER, encoder.intermediate(), width);
    layer.linearWithBias("mlp.fc2", Part.ENCODER, width, encoder.intermediate());
    layer.layerNorm("post_attention_layernorm", Part.ENCODER, width);
  }

  private void adapter(TensorList adapter) {
    long hidden = sizes.hidden();
    adapter.linear("linear_proj", Part.ADAPTER, hidden, sizes.vision().hidden());
    adapter.layerNorm("norm1", Part.ADAPTER, hidden);
    adapter.linear("dense_h_to_4h", Part.ADAPTER, sizes.intermediate(), hidden);
    adapter.linear("gate_proj", Part.ADAPTER, sizes.intermediate(), hidden);
    adapter.linear("dense_4h_to_h", Part.ADAPTER, hidden, sizes.intermediate());
  }
}
