package io.fovea.model.qwenvl;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.Encoding;
import io.fovea.model.ImageFeatures;
import io.fovea.model.KvCache;
import io.fovea.model.ModelSizes;
import io.fovea.model.Prompt;
import io.fovea.model.PromptTokens;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.StepInputs;
import io.fovea.model.StepPlan;
import io.fovea.model.TokenPlan;
import io.fovea.model.Trace;
import io.fovea.model.VisionLanguageModel;
import io.fovea.model.llama.LlamaDecoderLayer;
import io.fovea.model.llama.LlamaSizes;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Qwen-VL and Qwen-VL-Chat. Letters: R rows of a step, D hidden size, V vocabulary. */
public final class QwenVlModel implements VisionLanguageModel {
  private static final String AT = "transformer.";
  private static final String VISION = AT + "visual.";

  private final QwenVlConfig config;
  private final DType dtype;
  private final VisualEncoder encoder;
  private final Resampler resampler;
  private final Tensor embeddings; // [V, D]
  private final List<LlamaDecoderLayer> layers;
  private final Tensor norm; // [D]
  private final Linear lmHead; // [V, D]
  private final Stretches stretches;
  private final RotaryTable rotary;
  private final @Nullable Tensor queryScales;

  private QwenVlModel(
      Ops ops,
      Weights weights,
      QwenVlConfig config,
      DType dtype,
      int contextTokens,
      Runnable layerLoaded) {
    this.config = config;
    this.dtype = dtype;
    LlamaSizes sizes = config.decoder();
    int d = sizes.hiddenSize();
    int v = config.vocabSize();
    encoder = VisualEncoder.load(ops, weights, config.vision(), VISION, dtype, layerLoaded);
    resampler = Resampler.load(ops, weights, config.vision(), VISION, dtype);
    List<LlamaDecoderLayer> read = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      read.add(layer(ops, weights, sizes, i, dtype));
      layerLoaded.run();
    }
    layers = List.copyOf(read);
    embeddings = ops.matrix(weights.get(AT + "wte.weight", v, d), dtype);
    norm = ops.vector(weights.get(AT + "ln_f.weight", d), dtype);
    lmHead = ops.pack(weights.linear("lm_head", v, d), null, null, dtype);
    stretches = Stretches.of(config, contextTokens);
    rotary = stretches.rotary(ops, sizes.headSize(), config.rotaryBase());
    queryScales = config.logN() ? stretches.queryScales(ops, sizes.headSize(), dtype) : null;
  }

  private static LlamaDecoderLayer layer(
      Ops ops, Weights weights, LlamaSizes sizes, int index, DType dtype) {
    String at = AT + "h." + index + ".";
    int d = sizes.hiddenSize();
    int f = sizes.intermediateSize();
    return new LlamaDecoderLayer(
        sizes,
        index,
        ops.vector(weights.get(at + "ln_1.weight", d), dtype),
        List.of(
            ops.pack(
                weights.linear(at + "attn.c_attn", 3L * d, d),
                null,
                weights.get(at + "attn.c_attn.bias", 3L * d),
                dtype)),
        ops.pack(weights.linear(at + "attn.c_proj", d, d), null, null, dtype),
        ops.vector(weights.get(at + "ln_2.weight", d), dtype),
        ops.pack(
            weights.linear(at + "mlp.w2", f, d), weights.linear(at + "mlp.w1", f, d), null, dtype),
        ops.pack(weights.linear(at + "mlp.c_proj", d, f), null, null, dtype));
  }

  /**
   * Reads and packs all weights.
   *
   * @param dtype of the arithmetic: f32 (the reference mode) or bf16
   * @param contextTokens longest sequence to prepare tables for
   * @throws ModelLoadException where a tensor is missing or of the wrong shape
   */
  public static QwenVlModel load(
      Ops ops,
      Weights weights,
      QwenVlConfig config,
      DType dtype,
      int contextTokens,
      ProgressListener progress) {
    int blocks = config.vision().layers() + config.layers();
    int[] loaded = {0};
    Runnable layerLoaded = () -> progress.progress("loading blocks", ++loaded[0], blocks);
    return new QwenVlModel(ops, weights, config, dtype, contextTokens, layerLoaded);
  }

  @Override
  public ModelSizes sizes() {
    return config.sizes();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  /** The length of the prompt decides how its positions, and those of its answer, are told. */
  @Override
  public Prompt plan(PromptTokens tokens) {
    TokenPlan plan = TokenPlan.counting(tokens.pictures(), 0);
    return new Prompt(tokens.ids(), plan.from(stretches.origin(tokens.length())));
  }

  @Override
  public Encoding<ImageFeatures> beginEncoding(
      Ops ops, byte[] rgb, int width, int height, Trace trace) {
    SlicedEncoding.Pixels pixels = new SlicedEncoding.Pixels(rgb, width, height);
    return new QwenVlImageEncoding(ops, encoder, resampler, pixels, trace);
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
    Tensor x = inputs.embed(ops, plan, embeddings, dtype);
    trace.record("language.embeddings", x);
    RotaryTable scale = queryScale(ops, plan, inputs);
    for (int i = 0; i < layers.size(); i++) {
      LlamaDecoderLayer layer = layers.get(i);
      ops.frame(() -> layer.forward(ops, x, inputs.rows(), rotary, scale, cache));
      trace.record("language.layers." + i, x);
    }
    if (inputs.wantsLogits()) {
      Tensor normed = ops.rmsNorm(inputs.last(ops, x), norm, config.decoder().rmsNormEps());
      trace.record("language.norm", normed);
      ops.linearInto(normed, lmHead, inputs.logits());
    }
  }

  /** The factor of each row's queries, as a rotation by nothing that stretches: [R, K/2]. */
  private @Nullable RotaryTable queryScale(Ops ops, StepPlan plan, StepInputs inputs) {
    if (queryScales == null) {
      return null;
    }
    int size = config.decoder().headSize();
    Tensor rows = ops.scratch(DType.F32, plan.rows(), size);
    ops.embedRowsInto(queryScales, inputs.rows().positions(), rows);
    return new RotaryTable(rows.columns(0, size / 2), rows.columns(size / 2, size));
  }
}
