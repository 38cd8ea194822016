package io.fovea.model.eva02;

import io.fovea.model.FloatTensors;
import io.fovea.model.Trace;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The high-resolution tower of CogAgent: EVA02-CLIP-L (arXiv:2303.11331) without its last block,
 * final norm and head, then a learned position for each patch. Letters: N patches, T = 1 + N
 * tokens, D width, K head size, P patch side.
 */
public record Eva02Encoder(
    Eva02Config config,
    DType dtype,
    int patchSize,
    Linear patchProjection, // [D, 3*P*P] + [D]
    Tensor classRow, // [1, D] f32: class token plus its position
    Tensor patchPositions, // [N, D]
    Tensor cos, // [N, K/2] f32
    Tensor sin, // [N, K/2] f32
    List<Eva02Block> blocks,
    Tensor outputPositions) { // [N, D]

  private static final String PREFIX = Eva02Config.PREFIX;
  private static final double ROTARY_BASE = 10_000;

  /**
   * Patches a side in the tower's first training, to whose range rotary positions are stretched.
   */
  private static final int TRAINED_GRID = 16;

  public Eva02Encoder {
    blocks = List.copyOf(blocks);
  }

  /** First, class token and patches with their positions: [N, 3*P*P] → x [T, D]. */
  public void embed(Ops ops, Tensor patches, Tensor x, Trace trace) {
    int n = config.patches();
    trace.record("cross.patches", patches);
    ops.convertInto(classRow, x.rows(0, 1));
    ops.convertInto(patchPositions, x.rows(1, 1 + n));
    ops.linearResidualInPlace(x.rows(1, 1 + n), patches, patchProjection);
    trace.record("cross.embeddings", x);
  }

  /** Then block after block: x [T, D] is the residual stream. */
  public void block(Ops ops, int index, Tensor x, Trace trace) {
    blocks.get(index).forward(ops, x, cos, sin);
    trace.record("cross.layers." + index, x);
  }

  /** Last, once: the positions are added to the patches of x [T, D]. */
  public void addPositions(Ops ops, Tensor x, Trace trace) {
    Tensor features = features(x);
    ops.addInPlace(features, outputPositions);
    trace.record("cross.output", features);
  }

  /** What the decoder attends to: the patches [N, D] of x [T, D], a view. */
  public Tensor features(Tensor x) {
    return x.rows(1, 1 + config.patches());
  }

  /** Reads the tower under the checkpoint's own names; its last block is stored, but not used. */
  public static Eva02Encoder load(Ops ops, Weights weights, Eva02Config config, DType dtype) {
    int d = config.hiddenSize();
    int p = config.patchSize();
    long n = config.patches();
    Tensor positions = weights.get(PREFIX + "pos_embed", 1, 1 + n, d).reshape(1 + n, d);
    Tensor projection = weights.get(PREFIX + "patch_embed.proj.weight", d, 3, p, p);
    return new Eva02Encoder(
        config,
        dtype,
        p,
        ops.pack(
            StoredWeights.plain(projection.reshape(d, 3L * p * p)),
            null,
            weights.get(PREFIX + "patch_embed.proj.bias", d),
            dtype),
        FloatTensors.sum(
            ops,
            weights.get(PREFIX + "cls_token", 1, 1, d).reshape(1, d),
            positions.rows(0, 1),
            dtype),
        ops.matrix(positions.rows(1, 1 + n), dtype),
        rotation(ops, weights, config, "rope.freqs_cos", Math::cos, dtype),
        rotation(ops, weights, config, "rope.freqs_sin", Math::sin, dtype),
        blocks(ops, weights, config, dtype),
        ops.matrix(weights.get("model.cross_vision.pos_embed", n, d), dtype));
  }

  private static List<Eva02Block> blocks(
      Ops ops, Weights weights, Eva02Config config, DType dtype) {
    List<Eva02Block> blocks = new ArrayList<>();
    // The one after it must be there: the last block is skipped.
    for (int i = 0; weights.has(PREFIX + "blocks." + (i + 1) + ".norm1.weight"); i++) {
      blocks.add(Eva02Block.load(ops, weights, config, PREFIX, i, dtype));
    }
    return blocks;
  }

  /**
   * Stored [N, K], each value twice, for both numbers of a pair; by formula where the checkpoint
   * leaves out what its sizes tell → [N, K/2] f32.
   */
  private static Tensor rotation(
      Ops ops,
      Weights weights,
      Eva02Config config,
      String name,
      DoubleUnaryOperator function,
      DType dtype) {
    int n = config.patches();
    int k = config.headSize();
    float[] once = new float[n * (k / 2)];
    if (weights.has(PREFIX + name)) {
      float[] twice = FloatTensors.toArray(ops, weights.get(PREFIX + name, n, k));
      for (int i = 0; i < once.length; i++) {
        once[i] = twice[2 * i];
      }
    } else {
      float[] angles = angles(config);
      for (int i = 0; i < once.length; i++) {
        once[i] = (float) function.applyAsDouble(angles[i]);
      }
    }
    for (int i = 0; i < once.length; i++) {
      once[i] = FloatTensors.round(once[i], dtype);
    }
    return FloatTensors.allocate(ops, once, n, k / 2).tensor();
  }

  /**
   * Angles [N, K/2]: a patch's row, then its column, times the K/4 frequencies 1 / base^(4m/K);
   * each operation rounds to f32 as in PyTorch.
   */
  private static float[] angles(Eva02Config config) {
    int grid = config.imageSize() / config.patchSize();
    int quarter = config.headSize() / 4;
    float[] angles = new float[grid * grid * 2 * quarter];
    for (int i = 0; i < angles.length; i++) {
      int m = i % quarter;
      int patch = i / (2 * quarter);
      boolean isRow = i / quarter % 2 == 0;
      float position = (float) (isRow ? patch / grid : patch % grid) / grid * TRAINED_GRID;
      float frequency = 1f / (float) Math.pow(ROTARY_BASE, 2f * m / (2 * quarter));
      angles[i] = position * frequency;
    }
    return angles;
  }
}
