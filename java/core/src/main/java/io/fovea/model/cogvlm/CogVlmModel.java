package io.fovea.model.cogvlm;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.Encoding;
import io.fovea.model.FloatTensors;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.RotaryTables;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.StepInputs;
import io.fovea.model.StepPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/**
 * CogVLM v1, CogVLM2 and CogAgent: a picture to rows of features, and rows of several sequences to
 * logits. Letters: R rows of a step, D hidden size, V vocabulary, N patches.
 */
public final class CogVlmModel implements VisionLanguageModel {
  private final CogVlmConfig config;
  private final DType dtype;
  private final CogVlmVision vision;
  private final Tensor embedTokens; // [V, D] as stored
  private final List<CogVlmDecoderLayer> layers;
  private final Tensor norm; // [D]
  private final Linear lmHead; // [V, D]
  private final RotaryTable rotary;

  private CogVlmModel(
      CogVlmConfig config,
      DType dtype,
      CogVlmVision vision,
      Tensor embedTokens,
      List<CogVlmDecoderLayer> layers,
      Tensor norm,
      Linear lmHead,
      RotaryTable rotary) {
    this.config = config;
    this.dtype = dtype;
    this.vision = vision;
    this.embedTokens = embedTokens;
    this.layers = layers;
    this.norm = norm;
    this.lmHead = lmHead;
    this.rotary = rotary;
  }

  /**
   * Reads and packs all weights.
   *
   * @param dtype of the arithmetic: f32 (the reference mode) or bf16
   * @param contextTokens longest sequence to prepare rotary tables for
   * @throws ModelLoadException where a tensor is missing or of the wrong shape
   */
  public static CogVlmModel load(
      Ops ops,
      Weights weights,
      CogVlmConfig config,
      DType dtype,
      int contextTokens,
      ProgressListener progress) {
    int blocks = config.vision().numHiddenLayers() + config.numHiddenLayers();
    int[] loaded = {0};
    Runnable blockLoaded = () -> progress.progress("loading blocks", ++loaded[0], blocks);
    int d = config.hiddenSize();
    int v = config.vocabSize();
    CogVlmVision vision = CogVlmVision.load(ops, weights, config, dtype, blockLoaded);
    List<CogVlmDecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(CogVlmDecoderLayer.load(ops, weights, config, i, dtype));
      blockLoaded.run();
    }
    Tensor table = weights.get("model.embed_tokens.weight", v, d);
    return new CogVlmModel(
        config,
        dtype,
        vision,
        ops.matrix(table, table.dtype()),
        List.copyOf(layers),
        ops.vector(weights.get("model.norm.weight", d), dtype),
        ops.pack(weights.linear("lm_head", v, d), null, null, dtype),
        RotaryTables.build(ops, frequencies(ops, weights, config), contextTokens, dtype));
  }

  /** The checkpoint's own frequencies, which may be rounded; by formula where it stores none. */
  private static float[] frequencies(Ops ops, Weights weights, CogVlmConfig config) {
    String name = "model.layers.0.self_attn.rotary_emb.inv_freq";
    return weights.has(name)
        ? FloatTensors.toArray(ops, weights.get(name, config.headSize() / 2))
        : RotaryTables.frequencies(config.headSize(), config.ropeTheta());
  }

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Prompt plan(PromptTokens tokens) {
    return new Prompt(tokens.ids(), CogVlmPlan.of(tokens.pictures()));
  }

  @Override
  public Encoding<ImageFeatures> beginEncoding(
      Ops ops, byte[] rgb, int width, int height, Trace trace) {
    return new CogVlmImageEncoding(
        ops, config, vision, layers, new SlicedEncoding.Pixels(rgb, width, height), trace);
  }

  @Override
  public Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace) {
    return StepInputs.run(
        ops,
        plan,
        cache,
        config.vocabSize(),
        trace,
        inputs -> run(ops, plan, inputs, cache, trace));
  }

  private void run(Ops ops, StepPlan plan, StepInputs inputs, KvCache cache, Trace trace) {
    Tensor x = inputs.embed(ops, plan, embedTokens, dtype);
    trace.record("language.embeddings", x);
    LayerStep step =
        new LayerStep(plan.visionRows(), inputs.rows(), rotary, cache, plan.contexts());
    for (int i = 0; i < layers.size(); i++) {
      CogVlmDecoderLayer layer = layers.get(i);
      ops.frame(() -> layer.forward(ops, x, step));
      trace.record("language.layers." + i, x);
    }
    if (inputs.wantsLogits()) {
      Tensor normed = ops.rmsNorm(inputs.last(ops, x), norm, config.rmsNormEps());
      trace.record("language.norm", normed);
      ops.linearInto(normed, lmHead, inputs.logits());
    }
  }
}
