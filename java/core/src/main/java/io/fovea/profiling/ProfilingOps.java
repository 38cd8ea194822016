package io.fovea.profiling;

import io.fovea.ops.CacheRows;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.SampleRequest;
import io.fovea.ops.Samples;
import io.fovea.ops.StoredWeights;
import io.fovea.ops.Windows;
import io.fovea.ops.WorkClock;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ops that are timed one by one, on the device's clock. What a model computes stays the same. Ops
 * that load weights are passed on untimed. Each op is a range for external profilers, named phase,
 * stage, op: {@code decode.language.layers.3.routed_linear}.
 */
public final class ProfilingOps implements Ops {
  private final Ops ops;
  private final OpTimer timer;
  private final DeviceMemory memory;
  private final IdentityHashMap<Tensor, int[]> values =
      new IdentityHashMap<>(); // of a step's i32 tensors

  /**
   * @param ops does the work
   * @param clock of the same device
   */
  public ProfilingOps(Ops ops, WorkClock clock) {
    this.ops = ops;
    timer = new OpTimer(clock);
    memory = new TimedMemory(ops.memory(), timer);
  }

  /** Begins a step of {@code phase}, such as "decode". */
  public void begin(String phase) {
    values.clear();
    timer.begin(phase);
  }

  /** Names the result that the ops from now on lead to. */
  public void stage(String name) {
    timer.stage(name);
  }

  /** Waits until the step's work is done. */
  public TimedStep end() {
    return timer.end();
  }

  @Override
  public DeviceMemory memory() {
    return memory;
  }

  @Override
  public void frame(Runnable body) {
    ops.frame(body);
  }

  @Override
  public Tensor scratch(DType dtype, long... shape) {
    return ops.scratch(dtype, shape);
  }

  @Override
  public Tensor ints(int[] values) {
    Tensor tensor = timer.time("upload", () -> ops.ints(values), OpCost::moved);
    this.values.put(tensor, values.clone());
    return tensor;
  }

  @Override
  public Tensor pixels(byte[] rgb, int width, int height) {
    return timer.time("upload", () -> ops.pixels(rgb, width, height), OpCost::moved);
  }

  // ---- loading

  @Override
  public Linear pack(
      StoredWeights first, @Nullable StoredWeights second, @Nullable Tensor bias, DType dtype) {
    return ops.pack(first, second, bias, dtype);
  }

  @Override
  public Tensor vector(Tensor x, DType dtype) {
    return ops.vector(x, dtype);
  }

  @Override
  public Tensor matrix(Tensor x, DType dtype) {
    return ops.matrix(x, dtype);
  }

  @Override
  public void convertInto(Tensor x, Tensor y) {
    timer.time("convert", () -> ops.convertInto(x, y), OpCost.moved(x, y), x, y);
  }

  // ---- image

  @Override
  public Tensor imagePatches(
      Tensor rgb, Tensor meanStd, Fit fit, int imageSize, int patchSize, DType dtype) {
    return timer.time(
        "image_patches",
        () -> ops.imagePatches(rgb, meanStd, fit, imageSize, patchSize, dtype),
        y -> OpCost.imagePatches(rgb, meanStd, imageSize, y),
        rgb);
  }

  // ---- projections

  @Override
  public Tensor linear(Tensor x, Linear weights) {
    return linear("linear", () -> ops.linear(x, weights), x, weights);
  }

  @Override
  public Tensor linearGelu(Tensor x, Linear weights) {
    return linear("linear_gelu", () -> ops.linearGelu(x, weights), x, weights);
  }

  @Override
  public Tensor linearQuickGelu(Tensor x, Linear weights) {
    return linear("linear_quick_gelu", () -> ops.linearQuickGelu(x, weights), x, weights);
  }

  @Override
  public Tensor linearRelu(Tensor x, Linear weights) {
    return linear("linear_relu", () -> ops.linearRelu(x, weights), x, weights);
  }

  @Override
  public Tensor linearSwiglu(Tensor x, Linear gateUp) {
    return linear("linear_swiglu", () -> ops.linearSwiglu(x, gateUp), x, gateUp);
  }

  private Tensor linear(String op, Supplier<Tensor> call, Tensor x, Linear weights) {
    return timer.time(op, call, y -> OpCost.linear(x, weights, y), x, weights.weights());
  }

  @Override
  public void linearResidualInPlace(Tensor y, Tensor x, Linear weights) {
    timer.time(
        "linear_residual",
        () -> ops.linearResidualInPlace(y, x, weights),
        OpCost.linear(x, weights, y).withResidual(y),
        x,
        weights.weights());
  }

  @Override
  public void linearResidualReluInPlace(Tensor y, Tensor x, Linear weights) {
    timer.time(
        "linear_residual_relu",
        () -> ops.linearResidualReluInPlace(y, x, weights),
        OpCost.linear(x, weights, y).withResidual(y),
        x,
        weights.weights());
  }

  @Override
  public void linearInto(Tensor x, Linear weights, Tensor y) {
    timer.time(
        "linear",
        () -> ops.linearInto(x, weights, y),
        OpCost.linear(x, weights, y),
        x,
        weights.weights());
  }

  @Override
  public Tensor routedLinear(Tensor x, int visionRows, ExpertPair weights) {
    return routed(
        "routed_linear", () -> ops.routedLinear(x, visionRows, weights), x, visionRows, weights);
  }

  @Override
  public Tensor routedSwiglu(Tensor x, int visionRows, ExpertPair gateUp) {
    return routed(
        "routed_linear_swiglu",
        () -> ops.routedSwiglu(x, visionRows, gateUp),
        x,
        visionRows,
        gateUp);
  }

  private Tensor routed(
      String op, Supplier<Tensor> call, Tensor x, int visionRows, ExpertPair weights) {
    return timer.time(
        op,
        call,
        y -> OpCost.routedLinear(x, visionRows, weights, y),
        x,
        weights.language().weights());
  }

  @Override
  public void routedLinearResidualInPlace(Tensor y, Tensor x, int visionRows, ExpertPair weights) {
    timer.time(
        "routed_linear_residual",
        () -> ops.routedLinearResidualInPlace(y, x, visionRows, weights),
        OpCost.routedLinear(x, visionRows, weights, y).withResidual(y),
        x,
        weights.language().weights());
  }

  // ---- maps of pixels

  @Override
  public Tensor convolution(Tensor x, Windows windows, Linear weights) {
    return convolution("convolution", () -> ops.convolution(x, windows, weights), x, weights);
  }

  @Override
  public Tensor convolutionRelu(Tensor x, Windows windows, Linear weights) {
    return convolution(
        "convolution_relu", () -> ops.convolutionRelu(x, windows, weights), x, weights);
  }

  private Tensor convolution(String op, Supplier<Tensor> call, Tensor x, Linear weights) {
    return timer.time(op, call, y -> OpCost.convolution(x, weights, y), x, weights.weights());
  }

  @Override
  public Tensor maxPool(Tensor x, Windows windows) {
    return timer.time(
        "max_pool", () -> ops.maxPool(x, windows), y -> OpCost.maxPool(x, windows, y), x);
  }

  @Override
  public Tensor groupNorm(Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps) {
    return timer.time(
        "group_norm",
        () -> ops.groupNorm(x, pixels, groups, weight, bias, eps),
        y -> OpCost.layerNorm(x, weight, bias, y),
        x);
  }

  @Override
  public Tensor groupNormRelu(
      Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps) {
    return timer.time(
        "group_norm_relu",
        () -> ops.groupNormRelu(x, pixels, groups, weight, bias, eps),
        y -> OpCost.layerNorm(x, weight, bias, y),
        x);
  }

  // ---- norms and activations

  @Override
  public Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
    return timer.time(
        "rms_norm", () -> ops.rmsNorm(x, weight, eps), y -> OpCost.rmsNorm(x, weight, y), x);
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
    return timer.time(
        "layer_norm",
        () -> ops.layerNorm(x, weight, bias, eps),
        y -> OpCost.layerNorm(x, weight, bias, y),
        x);
  }

  @Override
  public void layerNormResidualInPlace(Tensor y, Tensor x, Tensor weight, Tensor bias, float eps) {
    timer.time(
        "layer_norm_residual",
        () -> ops.layerNormResidualInPlace(y, x, weight, bias, eps),
        OpCost.layerNorm(x, weight, bias, y).withResidual(y),
        x);
  }

  @Override
  public Tensor gelu(Tensor x) {
    return timer.time("gelu", () -> ops.gelu(x), y -> OpCost.gelu(x, y), x);
  }

  @Override
  public Tensor scaleColumns(Tensor x, Tensor gain) {
    return timer.time(
        "scale_columns", () -> ops.scaleColumns(x, gain), y -> OpCost.scaleColumns(x, gain, y), x);
  }

  @Override
  public void scaleColumnsResidualInPlace(Tensor y, Tensor x, Tensor gain) {
    timer.time(
        "scale_columns_residual",
        () -> ops.scaleColumnsResidualInPlace(y, x, gain),
        OpCost.scaleColumns(x, gain, y).withResidual(y),
        x);
  }

  @Override
  public void addInPlace(Tensor y, Tensor x) {
    timer.time("add", () -> ops.addInPlace(y, x), OpCost.add(y, x), y, x);
  }

  // ---- attention

  @Override
  public void ropeAppendInPlace(
      Tensor qkv,
      RotaryTable rotary,
      CacheRows rows,
      int heads,
      int kvHeads,
      Tensor keyPages,
      Tensor valuePages) {
    timer.time(
        "rope_append",
        () -> ops.ropeAppendInPlace(qkv, rotary, rows, heads, kvHeads, keyPages, valuePages),
        OpCost.ropeAppend(qkv, rotary, rows, heads, kvHeads),
        qkv);
  }

  @Override
  public void ropePairsInPlace(Tensor x, Tensor cos, Tensor sin) {
    timer.time(
        "rope_pairs", () -> ops.ropePairsInPlace(x, cos, sin), OpCost.ropePairs(x, cos, sin), x);
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, float scale) {
    return timer.time(
        "attention", () -> ops.attention(q, k, v, scale), y -> OpCost.attention(q, k, v, y), q, k);
  }

  @Override
  public Tensor pagedAttention(
      Tensor q, Tensor keyPages, Tensor valuePages, CacheRows rows, float scale) {
    return timer.time(
        "paged_attention",
        () -> ops.pagedAttention(q, keyPages, valuePages, rows, scale),
        y ->
            OpCost.pagedAttention(
                q, keyPages, values(rows.sequences()), values(rows.rowSlots()), y),
        q,
        keyPages);
  }

  /** What the host wrote there; costs depend on how far each row sees. */
  private int[] values(Tensor tensor) {
    int[] known = values.get(tensor);
    if (known == null) {
      throw new IllegalArgumentException(tensor + " was not made by ints() in this step");
    }
    return known;
  }

  @Override
  public void copyPagesInPlace(Tensor pages, Tensor source, Tensor target) {
    timer.time(
        "copy_pages",
        () -> ops.copyPagesInPlace(pages, source, target),
        OpCost.copyPages(pages, source, target),
        pages,
        source);
  }

  // ---- tokens

  @Override
  public boolean samples() {
    return ops.samples();
  }

  /** Timed with the copies of its options and of the tokens. */
  @Override
  public Samples sample(Tensor logits, SampleRequest request) {
    Samples[] samples = new Samples[1];
    timer.time(
        "sample", () -> samples[0] = ops.sample(logits, request), OpCost.moved(logits), logits);
    return samples[0];
  }

  // ---- rows

  @Override
  public void embedRowsInto(Tensor table, Tensor ids, Tensor y) {
    timer.time(
        "embed_rows",
        () -> ops.embedRowsInto(table, ids, y),
        OpCost.rows(table, ids, y),
        table,
        ids);
  }

  @Override
  public void gatherRowsInto(Tensor x, Tensor rows, Tensor y) {
    timer.time(
        "gather_rows", () -> ops.gatherRowsInto(x, rows, y), OpCost.rows(x, rows, y), x, rows);
  }
}
