package io.fovea.tools.layout;

import io.fovea.model.qwenvl.QwenVlConfig;
import io.fovea.model.qwenvl.QwenVlVision;

/** Qwen-VL and Qwen-VL-Chat as published. */
final class QwenVlTensors {
  private final QwenVlConfig config;
  private final TensorList list;

  QwenVlTensors(QwenVlConfig config, TensorList list) {
    this.config = config;
    this.list = list;
  }

  void add() {
    TensorList visual = list.under("transformer.visual.");
    encoder(visual);
    resampler(visual);
    decoder(list.under("transformer."));
    list.linear("lm_head", Part.LM_HEAD, config.vocabSize(), config.decoder().hiddenSize());
  }

  private void encoder(TensorList visual) {
    QwenVlVision vision = config.vision();
    Part part = Part.ENCODER;
    long width = vision.width();
    long patch = vision.patchSize();
    visual.add("conv1.weight", part, Kind.CONV, width, 3, patch, patch);
    visual.add("positional_embedding", part, Kind.TABLE, QwenVlVision.STORED_POSITIONS, width);
    visual.layerNorm("ln_pre", part, width);
    for (int i = 0; i < vision.layers(); i++) {
      TensorList block = visual.under("transformer.resblocks." + i + ".");
      block.layerNorm("ln_1", part, width);
      block.linearWithBias("attn.in_proj", part, 3 * width, width);
      block.linearWithBias("attn.out_proj", part, width, width);
      block.layerNorm("ln_2", part, width);
      block.linearWithBias("mlp.c_fc", part, vision.mlpWidth(), width);
      block.linearWithBias("mlp.c_proj", part, width, vision.mlpWidth());
    }
  }

  private void resampler(TensorList visual) {
    QwenVlVision vision = config.vision();
    Part part = Part.ADAPTER;
    long width = vision.outputDim();
    TensorList pool = visual.under("attn_pool.");
    pool.add("query", part, Kind.TABLE, vision.queries(), width);
    pool.add("pos_embed", part, Kind.TABLE, vision.queries(), width);
    if (vision.projects()) {
      pool.linear("kv_proj", part, width, vision.width());
    }
    pool.add("attn.in_proj_weight", part, Kind.MATRIX, 3 * width, width);
    pool.add("attn.in_proj_bias", part, Kind.BIAS, 3 * width);
    pool.linearWithBias("attn.out_proj", part, width, width);
    pool.layerNorm("ln_q", part, width);
    pool.layerNorm("ln_kv", part, width);
    visual.layerNorm("ln_post", part, width);
    visual.add("proj", part, Kind.MATRIX, width, width);
  }

  private void decoder(TensorList transformer) {
    long width = config.decoder().hiddenSize();
    long inner = config.decoder().intermediateSize();
    transformer.add("wte.weight", Part.EMBEDDING, Kind.EMBEDDING, config.vocabSize(), width);
    for (int i = 0; i < config.layers(); i++) {
      TensorList layer = transformer.under("h." + i + ".");
      layer.add("ln_1.weight", Part.NORMS, Kind.NORM, width);
      layer.linearWithBias("attn.c_attn", Part.LANGUAGE, 3 * width, width);
      layer.linear("attn.c_proj", Part.LANGUAGE, width, width);
      layer.add("ln_2.weight", Part.NORMS, Kind.NORM, width);
      layer.linear("mlp.w1", Part.LANGUAGE, inner, width);
      layer.linear("mlp.w2", Part.LANGUAGE, inner, width);
      layer.linear("mlp.c_proj", Part.LANGUAGE, width, inner);
    }
    transformer.add("ln_f.weight", Part.NORMS, Kind.NORM, width);
  }
}
