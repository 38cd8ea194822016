package io.fovea.ops;

import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of every model, one method per native op; {@code native/include/fovea/ops.h} is
 * the contract of each (shapes, dtypes, where it rounds). Results are scratch tensors: they live
 * until the enclosing {@link #frame} ends. Methods named {@code ...InPlace} write their first
 * argument, {@code ...Into} their last. One thread at a time.
 *
 * <p>Letters: R rows of a step, D hidden size, N outputs, H heads, K head size.
 */
public interface Ops {
  /** The device's memory, for weights, caches and features. */
  DeviceMemory memory();

  /** Runs {@code body}; scratch tensors made inside are gone when it returns. Frames nest. */
  void frame(Runnable body);

  /**
   * Runs {@code body}. Its calls must follow from {@code key} alone: the same ops on tensors at the
   * same addresses, nothing copied to or from the host. A device may record them and later run the
   * recording in place of {@code body} (CUDA graphs); contents are those of each run.
   */
  default void replayed(Object key, Runnable body) {
    body.run();
  }

  /** An uninitialised scratch tensor. */
  Tensor scratch(DType dtype, long... shape);

  /** A scratch tensor {@code [values.length]} i32. */
  Tensor ints(int[] values);

  /**
   * A picture's pixels, {@code rgb} packed row-major, as a scratch tensor [height, width, 3] u8.
   */
  Tensor pixels(byte[] rgb, int width, int height);

  // ---- loading

  /**
   * Packs checkpoint weights for {@code linear}; the result lives as long as the device memory.
   *
   * @param first [N, K], host memory
   * @param second null, or the second half of a SwiGLU pair, like {@code first} and quantised alike
   * @param bias null, or [N] host memory; kept as f32 after rounding to {@code dtype}
   * @param dtype of plain weights once packed: f32 or bf16; quantised ones keep their own
   * @throws IllegalArgumentException where the two are not quantised alike, or a scale is not
   *     finite
   */
  Linear pack(
      StoredWeights first, @Nullable StoredWeights second, @Nullable Tensor bias, DType dtype);

  /**
   * Keeps a norm weight or bias [N], host memory, as f32 after rounding it to {@code dtype}; lives
   * as long as the device memory.
   */
  Tensor vector(Tensor x, DType dtype);

  /** Keeps x [R, D], host memory, in {@code dtype}; lives as long as the device memory. */
  Tensor matrix(Tensor x, DType dtype);

  /** y = x in {@code y}'s dtype. x, y [R, D], both on the device; x's last axis may be strided. */
  void convertInto(Tensor x, Tensor y);

  // ---- image

  /** How a picture becomes a square. */
  enum Fit {
    /** Each side for itself. */
    STRETCH,
    /**
     * In the middle of white, which is (longer − shorter) / 2 pixels, rounded down, before it and
     * the rest behind.
     */
    WHITE_SQUARE
  }

  /**
   * Stretches to S x S as Pillow's antialiased bicubic does, normalises, cuts into patches.
   *
   * @param rgb [H, W, 3] u8
   * @param meanStd [6] f32: mean r, g, b, standard deviation r, g, b
   * @param fit first; the square is nowhere in memory
   * @return [(S/P)^2, 3*P*P] in {@code dtype}
   */
  Tensor imagePatches(
      Tensor rgb, Tensor meanStd, Fit fit, int imageSize, int patchSize, DType dtype);

  // ---- projections

  /** x W^T + b. x [R, K] → [R, N]. */
  Tensor linear(Tensor x, Linear weights);

  /** gelu(x W^T + b), gelu(z) = z/2 (1 + erf(z/√2)). */
  Tensor linearGelu(Tensor x, Linear weights);

  /** CLIP's quick gelu of z = x W^T + b: z / (1 + e^(−1.702 z)). */
  Tensor linearQuickGelu(Tensor x, Linear weights);

  /** max(x W^T + b, 0). */
  Tensor linearRelu(Tensor x, Linear weights);

  /** silu(x G^T) * (x U^T). x [R, K], weights a pair [2N, K] → [R, N]. */
  Tensor linearSwiglu(Tensor x, Linear gateUp);

  /** y += x W^T + b. */
  void linearResidualInPlace(Tensor y, Tensor x, Linear weights);

  /** y = max(y + x W^T + b, 0): the end of a ResNet block. */
  void linearResidualReluInPlace(Tensor y, Tensor x, Linear weights);

  /** x W^T + b in {@code y}, which may be f32 where x is bf16. */
  void linearInto(Tensor x, Linear weights, Tensor y);

  /** Rows [0, visionRows) through the vision expert, the others through the language expert. */
  Tensor routedLinear(Tensor x, int visionRows, ExpertPair weights);

  /** {@link #linearSwiglu} by expert. */
  Tensor routedSwiglu(Tensor x, int visionRows, ExpertPair gateUp);

  /** y += x W^T by expert. */
  void routedLinearResidualInPlace(Tensor y, Tensor x, int visionRows, ExpertPair weights);

  // ---- maps of pixels

  /**
   * Each window's values times W^T, + b. x [B*H*W, C], weights [N, kh*kw*C], a window's inputs line
   * by line, pixel by pixel, channel by channel; pixels outside the map are 0 → [B*Ho*Wo, N].
   */
  Tensor convolution(Tensor x, Windows windows, Linear weights);

  /** max(convolution, 0). */
  Tensor convolutionRelu(Tensor x, Windows windows, Linear weights);

  /**
   * The largest value of each window's pixels in the map, by channel. [B*H*W, C] → [B*Ho*Wo, C].
   */
  Tensor maxPool(Tensor x, Windows windows);

  /**
   * (x − mean) / sqrt(var + eps) * weight + bias, mean and variance over a map and the C/G channels
   * of a group. x [B*pixels, C] → the same.
   */
  Tensor groupNorm(Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps);

  /** max(groupNorm, 0). */
  Tensor groupNormRelu(Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps);

  // ---- norms and activations

  /** x / sqrt(mean(x²) + eps) * weight. x [R, D] → [R, D]. */
  Tensor rmsNorm(Tensor x, Tensor weight, float eps);

  /** (x − mean) / sqrt(var + eps) * weight + bias. x [R, D] → [R, D]. */
  Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps);

  /** y += layerNorm(x): a post-norm residual. */
  void layerNormResidualInPlace(Tensor y, Tensor x, Tensor weight, Tensor bias, float eps);

  /** x/2 (1 + erf(x/√2)). */
  Tensor gelu(Tensor x);

  /** x * gain, a factor for each column. x [R, D], gain [D] f32 → [R, D]. */
  Tensor scaleColumns(Tensor x, Tensor gain);

  /** y += x * gain: a residual with LayerScale. */
  void scaleColumnsResidualInPlace(Tensor y, Tensor x, Tensor gain);

  /** y += x. x, y [R, D]. */
  void addInPlace(Tensor y, Tensor x);

  // ---- attention

  /**
   * Rotates the queries of {@code qkv} [R, (H + 2 Hkv) K] in place; appends rotated keys and plain
   * values to the pages [pages, Hkv, 64, K].
   */
  void ropeAppendInPlace(
      Tensor qkv,
      RotaryTable rotary,
      CacheRows rows,
      int heads,
      int kvHeads,
      Tensor keyPages,
      Tensor valuePages);

  /**
   * Rotates neighbours (x[2i], x[2i+1]) of each head by an angle of their row. x [R, H, K], cos,
   * sin [R, K/2] f32.
   */
  void ropePairsInPlace(Tensor x, Tensor cos, Tensor sin);

  /** softmax(q kᵀ scale) v, all see all. q, k, v [T, H, K] → [T, H, K]. */
  Tensor attention(Tensor q, Tensor k, Tensor v, float scale);

  /** Causal attention of rows over their sequences' pages. q [R, H, K] → [R, H, K]. */
  Tensor pagedAttention(Tensor q, Tensor keyPages, Tensor valuePages, CacheRows rows, float scale);

  /** pages[target[i]] = pages[source[i]] along the first axis. */
  void copyPagesInPlace(Tensor pages, Tensor source, Tensor target);

  // ---- tokens

  /** Whether {@link #sample} is served; where it is not, the host chooses. */
  default boolean samples() {
    return false;
  }

  /** Chooses the next token of each row of {@code logits} [R, V] f32. */
  default Samples sample(Tensor logits, SampleRequest request) {
    throw new UnsupportedOperationException("this device leaves the choice to the host");
  }

  // ---- rows

  /** table[ids[r]] in {@code y} [R, D]. */
  void embedRowsInto(Tensor table, Tensor ids, Tensor y);

  /** x[rows[r]] in {@code y} [R, D]. */
  void gatherRowsInto(Tensor x, Tensor rows, Tensor y);
}
