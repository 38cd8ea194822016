package io.fovea.model.cogvlm;

import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.model.KvCache;
import io.fovea.model.Trace;
import io.fovea.model.evaclip.EvaClipEncoder;
import io.fovea.ops.CacheRows;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * CogVLM v1: a picture to rows of features, and rows of several sequences to logits. Letters: R
 * rows of a step, D hidden size, V vocabulary, N patches.
 */
public final class CogVlmModel {
  private final CogVlmConfig config;
  private final DType dtype;
  private final EvaClipEncoder encoder;
  private final GluAdapter adapter;
  private final Tensor embedTokens; // [V, D] as stored
  private final List<CogVlmDecoderLayer> layers;
  private final Tensor norm; // [D]
  private final Linear lmHead; // [V, D]
  private final RotaryTable rotary;

  private CogVlmModel(
      CogVlmConfig config,
      DType dtype,
      EvaClipEncoder encoder,
      GluAdapter adapter,
      Tensor embedTokens,
      List<CogVlmDecoderLayer> layers,
      Tensor norm,
      Linear lmHead,
      RotaryTable rotary) {
    this.config = config;
    this.dtype = dtype;
    this.encoder = encoder;
    this.adapter = adapter;
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
   * @throws io.fovea.ModelLoadException where a tensor is missing or of the wrong shape
   */
  public static CogVlmModel load(
      Ops ops,
      Weights weights,
      CogVlmConfig config,
      DType dtype,
      int contextTokens,
      ProgressListener progress) {
    if (weights.has("model.vision.conv.weight")) {
      throw new UnsupportedModelException(
          "the weights have model.vision.conv: this is CogVLM2",
          "CogVLM v1 is supported in this version");
    }
    int blocks = config.vision().numHiddenLayers() + config.numHiddenLayers();
    int[] loaded = {0};
    Runnable blockLoaded = () -> progress.progress("loading blocks", ++loaded[0], blocks);
    int d = config.hiddenSize();
    int v = config.vocabSize();
    EvaClipEncoder encoder = EvaClipEncoder.load(ops, weights, config.vision(), dtype, blockLoaded);
    List<CogVlmDecoderLayer> layers = new ArrayList<>();
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(CogVlmDecoderLayer.load(ops, weights, config, i, dtype));
      blockLoaded.run();
    }
    Tensor table = weights.get("model.embed_tokens.weight", v, d);
    return new CogVlmModel(
        config,
        dtype,
        encoder,
        GluAdapter.load(ops, weights, config, dtype),
        ops.matrix(table, table.dtype()),
        List.copyOf(layers),
        ops.vector(weights.get("model.norm.weight", d), dtype),
        ops.pack(StoredWeights.plain(weights.get("lm_head.weight", v, d)), null, null, dtype),
        RotaryTables.build(ops, frequencies(ops, weights, config), contextTokens, dtype));
  }

  /** The checkpoint's own frequencies, which may be rounded; by formula where it stores none. */
  private static float[] frequencies(Ops ops, Weights weights, CogVlmConfig config) {
    String name = "model.layers.0.self_attn.rotary_emb.inv_freq";
    if (!weights.has(name)) {
      return RotaryTables.frequencies(config.headSize());
    }
    Tensor stored = ops.vector(weights.get(name, config.headSize() / 2), DType.F32);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect((int) stored.bytes()).order(ByteOrder.nativeOrder());
    ops.memory().download(stored, buffer);
    float[] frequencies = new float[config.headSize() / 2];
    buffer.asFloatBuffer().get(frequencies);
    return frequencies;
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
    int heads = config.numAttentionHeads();
    return new KvCache(memory, config.numHiddenLayers(), pages, heads, config.headSize(), dtype);
  }

  /**
   * A picture's rows in the language model: begin marker, N patches, end marker.
   *
   * @param rgb packed row-major pixels
   * @return [N + 2, D], owned by the caller
   */
  public DeviceMemory.Allocation encode(Ops ops, byte[] rgb, int width, int height, Trace trace) {
    DeviceMemory.Allocation rows =
        ops.memory().allocate(dtype, config.imageTokens(), config.hiddenSize());
    try {
      ops.frame(
          () -> {
            Tensor patches = encoder.patches(ops, ops.pixels(rgb, width, height));
            trace.record("patches", patches);
            adapter.forward(ops, encoder.forward(ops, patches, trace), rows.tensor(), trace);
            trace.record("vision.output", rows.tensor());
          });
      return rows;
    } catch (RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  /**
   * One forward step; keys and values of its rows are appended to {@code cache}.
   *
   * @return logits [plan.logitRows, V] f32, scratch of the caller's frame
   */
  public Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace) {
    int wanted = plan.logitRows().length;
    Tensor logits = ops.scratch(DType.F32, wanted, config.vocabSize());
    ops.frame(
        () -> {
          Tensor x = embed(ops, plan);
          trace.record("language.embeddings", x);
          CacheRows rows = cacheRows(ops, plan);
          for (int i = 0; i < layers.size(); i++) {
            CogVlmDecoderLayer layer = layers.get(i);
            ops.frame(() -> layer.forward(ops, x, plan.visionRows(), rows, rotary, cache));
            trace.record("language.layers." + i, x);
          }
          if (wanted == 0) {
            return;
          }
          Tensor last = ops.scratch(dtype, wanted, config.hiddenSize());
          ops.gatherRowsInto(x, ops.ints(plan.logitRows()), last);
          Tensor normed = ops.rmsNorm(last, norm, config.rmsNormEps());
          trace.record("language.norm", normed);
          ops.linearInto(normed, lmHead, logits);
        });
    return logits;
  }

  /** Words from the table, image rows from their features. [R, D]. */
  private Tensor embed(Ops ops, StepPlan plan) {
    Tensor x = ops.scratch(dtype, plan.rows(), config.hiddenSize());
    ops.embedRowsInto(embedTokens, ops.ints(plan.ids()), x);
    for (StepPlan.ImageRows image : plan.images()) {
      int first = image.firstRow();
      ops.gatherRowsInto(
          image.features(),
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
