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

  private static final String PREFIX = "model.cross_vision.vit.model.";

  public Eva02Encoder {
    blocks = List.copyOf(blocks);
  }

  /** Features of the patches: [N, 3*P*P] → [N, D], scratch. */
  public Tensor forward(Ops ops, Tensor patches, Trace trace) {
    long n = patches.size(0);
    Tensor x = ops.scratch(dtype, 1 + n, config.hiddenSize());
    ops.convertInto(classRow, x.rows(0, 1));
    ops.convertInto(patchPositions, x.rows(1, 1 + n));
    ops.linearResidualInPlace(x.rows(1, 1 + n), patches, patchProjection);
    trace.record("cross.embeddings", x);
    for (int i = 0; i < blocks.size(); i++) {
      Eva02Block block = blocks.get(i);
      ops.frame(() -> block.forward(ops, x, cos, sin));
      trace.record("cross.layers." + i, x);
    }
    Tensor features = x.rows(1, 1 + n);
    ops.addInPlace(features, outputPositions);
    trace.record("cross.output", features);
    return features;
  }

  /** Reads the tower under the checkpoint's own names; its last block is stored, but not used. */
  public static Eva02Encoder load(Ops ops, Weights weights, Eva02Config config, DType dtype) {
    int d = config.hiddenSize();
    int p = weights.size(PREFIX + "patch_embed.proj.weight", 4, 3);
    long grid = config.imageSize() / p;
    long n = grid * grid;
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
        rotation(ops, weights.get(PREFIX + "rope.freqs_cos", n, config.headSize()), dtype),
        rotation(ops, weights.get(PREFIX + "rope.freqs_sin", n, config.headSize()), dtype),
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

  /** Stored [N, K], each value twice, for both numbers of a pair → [N, K/2] f32. */
  private static Tensor rotation(Ops ops, Tensor stored, DType dtype) {
    float[] twice = FloatTensors.toArray(ops, stored);
    float[] once = new float[twice.length / 2];
    for (int i = 0; i < once.length; i++) {
      once[i] = FloatTensors.round(twice[2 * i], dtype);
    }
    return FloatTensors.allocate(ops, once, stored.size(0), stored.size(1) / 2).tensor();
  }
}
