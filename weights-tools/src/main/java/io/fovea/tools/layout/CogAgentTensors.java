package io.fovea.tools.layout;

/** What CogAgent has beyond CogVLM v1: the EVA-02 encoder and the attention to it. */
final class CogAgentTensors {
  private final ModelSizes sizes;
  private final ModelSizes.Cross cross;
  private final TensorList list;

  CogAgentTensors(ModelSizes sizes, ModelSizes.Cross cross, TensorList list) {
    this.sizes = sizes;
    this.cross = cross;
    this.list = list;
  }

  void add() {
    list.add(
        "model.vision.pos_embed",
        Part.ENCODER,
        Kind.TABLE,
        sizes.vision().patches(),
        sizes.vision().hidden());
    for (long i = 0; i < sizes.layers(); i++) {
      attention(list.under("model.layers." + i + "."));
    }
    list.add(
        "model.cross_vision.pos_embed",
        Part.CROSS_ENCODER,
        Kind.TABLE,
        cross.patches(),
        cross.hidden());
    TensorList tower = list.under("model.cross_vision.vit.model.");
    tower(tower);
    for (long i = 0; i < cross.blocks(); i++) {
      block(tower.under("blocks." + i + "."));
    }
  }

  private void attention(TensorList layer) {
    Part part = Part.CROSS_ATTENTION;
    layer.add("post_cross_attention_layernorm.weight", part, Kind.NORM, sizes.hidden());
    layer.linear("cross_attn.query", part, cross.compute(), sizes.hidden());
    layer.linear("cross_attn.key_value", part, 2 * cross.compute(), cross.hidden());
    layer.linear("cross_attn.dense", part, sizes.hidden(), cross.compute());
  }

  private void tower(TensorList tower) {
    Part part = Part.CROSS_ENCODER;
    long width = cross.hidden();
    tower.add("cls_token", part, Kind.TABLE, 1, 1, width);
    tower.add("pos_embed", part, Kind.TABLE, 1, cross.patches() + 1, width);
    tower.conv("patch_embed.proj", part, width, sizes.vision().channels(), cross.patch());
    tower.add("rope.freqs_cos", Part.ROTARY, Kind.BUFFER, cross.patches(), cross.headSize());
    tower.add("rope.freqs_sin", Part.ROTARY, Kind.BUFFER, cross.patches(), cross.headSize());
    tower.add("norm.weight", part, Kind.UNUSED, width);
    tower.add("norm.bias", part, Kind.UNUSED, width);
    tower.add("head.weight", part, Kind.UNUSED, cross.classes(), width);
    tower.add("head.bias", part, Kind.UNUSED, cross.classes());
  }

  private void block(TensorList block) {
    Part part = Part.CROSS_ENCODER;
    long width = cross.hidden();
    block.layerNorm("norm1", part, width);
    block.linear("attn.q_proj", part, width, width);
    block.linear("attn.k_proj", part, width, width);
    block.linear("attn.v_proj", part, width, width);
    block.add("attn.q_bias", part, Kind.BIAS, width);
    block.add("attn.v_bias", part, Kind.BIAS, width);
    block.layerNorm("attn.inner_attn_ln", part, width);
    block.linearWithBias("attn.proj", part, width, width);
    block.layerNorm("norm2", part, width);
    block.linearWithBias("mlp.w1", part, cross.intermediate(), width);
    block.linearWithBias("mlp.w2", part, cross.intermediate(), width);
    block.layerNorm("mlp.ffn_ln", part, cross.intermediate());
    block.linearWithBias("mlp.w3", part, width, cross.intermediate());
  }
}
