package io.fovea.model.kosmos2;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.Encoding;
import io.fovea.model.FloatTensors;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.LayerNorm;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.StepInputs;
import io.fovea.model.StepPlan;
import io.fovea.model.TokenPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.model.clip.ClipEncoder;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** Kosmos-2. Letters: R rows of a step, D hidden size, V vocabulary, P positions. */
public final class Kosmos2Model implements VisionLanguageModel {
  private static final String VISION = "vision_model.model.";
  private static final String HEAD = "text_model.lm_head.weight";

  private final Kosmos2Config config;
  private final DType dtype;
  private final ClipEncoder encoder;
  private final LayerNorm postLayernorm; // [Dv]
  private final Resampler resampler;
  private final Tensor embedTokens; // [V, D], scaled
  private final Tensor positions; // [P, D]
  private final List<Kosmos2DecoderLayer> layers;
  private final LayerNorm layerNorm; // [D]
  private final Linear lmHead; // [V, D]
  private final RotaryTable still; // [P, K/2]

  private Kosmos2Model(
      Ops ops,
      Weights weights,
      Kosmos2Config config,
      DType dtype,
      int contextTokens,
      Runnable layerLoaded) {
    this.config = config;
    this.dtype = dtype;
    int d = config.embedDim();
    int v = config.vocabSize();
    encoder = ClipEncoder.load(ops, weights, config.vision(), VISION, dtype, layerLoaded);
    postLayernorm =
        LayerNorm.load(
            ops,
            weights,
            VISION + "post_layernorm",
            config.vision().hiddenSize(),
            config.vision().layerNormEps(),
            dtype);
    resampler = Resampler.load(ops, weights, config, dtype);
    List<Kosmos2DecoderLayer> read = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      read.add(Kosmos2DecoderLayer.load(ops, weights, config, i, dtype));
      layerLoaded.run();
    }
    layers = List.copyOf(read);
    Tensor table = weights.get("text_model.model.embed_tokens.weight", v, d);
    embedTokens = ops.memory().allocate(dtype, v, d).tensor();
    FloatTensors.scale(ops, table, config.embedScale(), embedTokens);
    Tensor head = weights.has(HEAD) ? weights.get(HEAD, v, d) : table;
    lmHead = ops.pack(StoredWeights.plain(head), null, null, dtype);
    layerNorm =
        LayerNorm.load(
            ops, weights, "text_model.model.layer_norm", d, config.layerNormEps(), dtype);
    int rows = SinusoidalPositions.FIRST + contextTokens;
    positions = SinusoidalPositions.build(ops, rows, d, dtype);
    still = SinusoidalPositions.still(ops, rows, config.headSize());
  }

  /**
   * Reads and packs all weights.
   *
   * @param dtype of the arithmetic: f32 (the reference mode) or bf16
   * @param contextTokens longest sequence to prepare positions for
   * @throws ModelLoadException where a tensor is missing or of the wrong shape
   */
  public static Kosmos2Model load(
      Ops ops,
      Weights weights,
      Kosmos2Config config,
      DType dtype,
      int contextTokens,
      ProgressListener progress) {
    int blocks = config.vision().numHiddenLayers() + config.layers();
    int[] loaded = {0};
    Runnable layerLoaded = () -> progress.progress("loading blocks", ++loaded[0], blocks);
    return new Kosmos2Model(ops, weights, config, dtype, contextTokens, layerLoaded);
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
    return new Prompt(
        tokens.ids(), TokenPlan.counting(tokens.pictures(), SinusoidalPositions.FIRST));
  }

  @Override
  public Encoding<ImageFeatures> beginEncoding(
      Ops ops, byte[] rgb, int width, int height, Trace trace) {
    return new Kosmos2ImageEncoding(
        ops,
        config,
        encoder,
        postLayernorm,
        resampler,
        new SlicedEncoding.Pixels(rgb, width, height),
        trace);
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
    Tensor places = ops.scratch(dtype, plan.rows(), config.embedDim());
    ops.embedRowsInto(positions, inputs.rows().positions(), places);
    ops.addInPlace(x, places);
    trace.record("language.embeddings", x);
    for (int i = 0; i < layers.size(); i++) {
      Kosmos2DecoderLayer layer = layers.get(i);
      ops.frame(() -> layer.forward(ops, x, inputs.rows(), still, cache));
      trace.record("language.layers." + i, x);
    }
    if (inputs.wantsLogits()) {
      Tensor normed = layerNorm.forward(ops, inputs.last(ops, x));
      trace.record("language.norm", normed);
      ops.linearInto(normed, lmHead, inputs.logits());
    }
  }
}
