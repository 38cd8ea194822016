package io.fovea.model.shikra;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Projections;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.RotaryTables;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.StepInputs;
import io.fovea.model.StepPlan;
import io.fovea.model.TokenPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.model.clip.ClipEncoder;
import io.fovea.model.llama.LlamaDecoderLayer;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** Shikra. Letters: R rows of a step, D hidden size, V vocabulary. */
public final class ShikraModel implements VisionLanguageModel {
  /** Where the encoder is in a checkpoint that has one. */
  public static final String VISION = "model.vision_tower.vision_model.";

  private final ShikraConfig config;
  private final DType dtype;
  private final ClipEncoder encoder;
  private final Linear projector; // [D, Dv] + [D]
  private final Tensor embedTokens; // [V, D] as stored
  private final List<LlamaDecoderLayer> layers;
  private final Tensor norm; // [D]
  private final Linear lmHead; // [V, D]
  private final RotaryTable rotary; // [P, K/2]

  private ShikraModel(
      Ops ops,
      Weights weights,
      ShikraConfig config,
      DType dtype,
      int contextTokens,
      Runnable layerLoaded) {
    this.config = config;
    this.dtype = dtype;
    int d = config.llama().hiddenSize();
    int v = config.vocabSize();
    encoder =
        ClipEncoder.load(
            ops, weights, config.vision().first(config.visionBlocks()), VISION, dtype, layerLoaded);
    projector =
        Projections.biased(
            ops, weights, "model.mm_projector", d, config.vision().hiddenSize(), dtype);
    List<LlamaDecoderLayer> read = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      String at = "model.layers." + i + ".";
      read.add(LlamaDecoderLayer.load(ops, weights, config.llama(), at, i, dtype));
      layerLoaded.run();
    }
    layers = List.copyOf(read);
    Tensor table = weights.get("model.embed_tokens.weight", v, d);
    embedTokens = ops.matrix(table, table.dtype());
    norm = ops.vector(weights.get("model.norm.weight", d), dtype);
    lmHead = ops.pack(weights.linear("lm_head", v, d), null, null, dtype);
    rotary =
        RotaryTables.ofExactAngles(
            ops,
            RotaryTables.frequencies(config.llama().headSize(), config.ropeTheta()),
            contextTokens,
            dtype);
  }

  /**
   * Reads and packs all weights.
   *
   * @param dtype of the arithmetic: f32 (the reference mode) or bf16
   * @param contextTokens longest sequence to prepare rotary tables for
   * @throws ModelLoadException where a tensor is missing or of the wrong shape
   */
  public static ShikraModel load(
      Ops ops,
      Weights weights,
      ShikraConfig config,
      DType dtype,
      int contextTokens,
      ProgressListener progress) {
    int blocks = config.visionBlocks() + config.layers();
    int[] loaded = {0};
    Runnable layerLoaded = () -> progress.progress("loading blocks", ++loaded[0], blocks);
    return new ShikraModel(ops, weights, config, dtype, contextTokens, layerLoaded);
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
    return new Prompt(tokens.ids(), TokenPlan.counting(tokens.pictures(), 0));
  }

  @Override
  public Encoding<ImageFeatures> beginEncoding(
      Ops ops, byte[] rgb, int width, int height, Trace trace) {
    return new ShikraImageEncoding(
        ops, encoder, projector, new SlicedEncoding.Pixels(rgb, width, height), trace);
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
    for (int i = 0; i < layers.size(); i++) {
      LlamaDecoderLayer layer = layers.get(i);
      ops.frame(() -> layer.forward(ops, x, inputs.rows(), rotary, cache));
      trace.record("language.layers." + i, x);
    }
    if (inputs.wantsLogits()) {
      Tensor normed = ops.rmsNorm(inputs.last(ops, x), norm, config.llama().rmsNormEps());
      trace.record("language.norm", normed);
      ops.linearInto(normed, lmHead, inputs.logits());
    }
  }
}
