package io.fovea.model.cogvlm;

import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.model.FloatTensors;
import io.fovea.model.KvCache;
import io.fovea.model.Trace;
import io.fovea.ops.CacheRows;
import io.fovea.ops.DeviceMemory;
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
public final class CogVlmModel {
  /** Rows of a step that is worth recording: sequences in a batch and what grammars force. */
  private static final int MOST_DECODE_ROWS = 64;

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

  public CogVlmConfig config() {
    return config;
  }

  /** Dtype of activations and cache. */
  public DType dtype() {
    return dtype;
  }

  /** A cache of {@code pages} pages for this model. */
  public KvCache newCache(DeviceMemory memory, int pages) {
    return new KvCache(
        memory,
        config.numHiddenLayers(),
        pages,
        config.numKeyValueHeads(),
        config.headSize(),
        dtype);
  }

  /**
   * A picture's rows in the language model and, with CogAgent, its high-resolution keys and values.
   *
   * @param rgb packed row-major pixels, 3 bytes each
   * @return owned by the caller
   */
  public ImageFeatures encode(Ops ops, byte[] rgb, int width, int height, Trace trace) {
    try (ImageEncoding encoding = beginEncoding(ops, rgb, width, height, trace)) {
      boolean more = true;
      while (more) {
        more = encoding.advance();
      }
      return encoding.result();
    }
  }

  /**
   * As {@link #encode}, in slices between which other work may use {@code ops}. Nothing is computed
   * or allocated yet.
   *
   * @param rgb packed row-major pixels, 3 bytes each; unchanged until the first slice has run,
   *     which lets go of them
   * @return owned by the caller
   */
  public ImageEncoding beginEncoding(Ops ops, byte[] rgb, int width, int height, Trace trace) {
    return new ImageEncoding(
        ops, config, vision, layers, new ImageEncoding.Pixels(rgb, width, height), trace);
  }

  /**
   * One forward step; keys and values of its rows are appended to {@code cache}.
   *
   * @return logits [plan.logitRows, V] f32, scratch of the caller's frame
   */
  public Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace) {
    Tensor logits = ops.scratch(DType.F32, plan.logitRows().length, config.vocabSize());
    ops.frame(
        () -> {
          Inputs inputs =
              new Inputs(
                  ops.ints(plan.ids()), cacheRows(ops, plan), ops.ints(plan.logitRows()), logits);
          Runnable body = () -> run(ops, plan, inputs, cache, trace);
          if (isDecodeStep(plan) && trace == Trace.NONE) {
            ops.replayed(inputs.key(cache), body);
          } else {
            body.run();
          }
        });
    return logits;
  }

  /** What a step reads and writes on the device. */
  private record Inputs(Tensor ids, CacheRows rows, Tensor logitRows, Tensor logits) {
    /** Equal for steps of one shape, whose tensors are at the same addresses. */
    List<Object> key(KvCache cache) {
      Tensor pageTable = rows.pageTable();
      return List.of(
          cache.keys(0).address(),
          ids.address(),
          ids.size(0),
          pageTable.address(),
          pageTable.size(0),
          pageTable.size(1),
          logitRows.size(0),
          logits.address());
    }
  }

  /** Words only, and no picture's tensors: all that differs between two such steps is contents. */
  private boolean isDecodeStep(StepPlan plan) {
    return plan.visionRows() == 0
        && plan.rows() <= MOST_DECODE_ROWS
        && plan.images().isEmpty()
        && (plan.pictures().isEmpty() || config.cross() == null);
  }

  private void run(Ops ops, StepPlan plan, Inputs inputs, KvCache cache, Trace trace) {
    Tensor x = embed(ops, plan, inputs.ids());
    trace.record("language.embeddings", x);
    LayerStep step =
        new LayerStep(plan.visionRows(), inputs.rows(), rotary, cache, plan.pictures());
    for (int i = 0; i < layers.size(); i++) {
      CogVlmDecoderLayer layer = layers.get(i);
      ops.frame(() -> layer.forward(ops, x, step));
      trace.record("language.layers." + i, x);
    }
    int wanted = plan.logitRows().length;
    if (wanted == 0) {
      return;
    }
    Tensor last = ops.scratch(dtype, wanted, config.hiddenSize());
    ops.gatherRowsInto(x, inputs.logitRows(), last);
    Tensor normed = ops.rmsNorm(last, norm, config.rmsNormEps());
    trace.record("language.norm", normed);
    ops.linearInto(normed, lmHead, inputs.logits());
  }

  /** Words from the table, image rows from their features. [R, D]. */
  private Tensor embed(Ops ops, StepPlan plan, Tensor ids) {
    Tensor x = ops.scratch(dtype, plan.rows(), config.hiddenSize());
    ops.embedRowsInto(embedTokens, ids, x);
    for (StepPlan.ImageRows image : plan.images()) {
      int first = image.firstRow();
      ops.gatherRowsInto(
          image.features().rows(),
          ops.ints(image.featureRows()),
          x.rows(first, first + image.featureRows().length));
    }
    return x;
  }

  private static CacheRows cacheRows(Ops ops, StepPlan plan) {
    long pages = plan.pagesPerSequence();
    return new CacheRows(
        ops.ints(plan.positions()),
        ops.ints(plan.slots()),
        ops.ints(plan.sequences()),
        ops.ints(plan.rowSlots()),
        ops.ints(plan.pageTable()).reshape(plan.pageTable().length / pages, pages));
  }
}
