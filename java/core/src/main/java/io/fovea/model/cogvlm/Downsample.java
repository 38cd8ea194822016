package io.fovea.model.cogvlm;

import io.fovea.model.FloatTensors;
import io.fovea.model.Projections;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Weights;

/**
 * CogVLM2's convolution of 2 x 2 patches with stride 2 (arXiv:2408.16500, "adapter"), as a linear
 * layer over four neighbours at a time. It has no padding: where G is odd, the last row and column
 * of patches are left out. Letters: G patches a side, D encoder width, M = floor(G/2)².
 */
record Downsample(int grid, Linear conv) { // [D, 4D] + [D]

  /** Features of all patches, row by row: [G*G, D] → [M, D]. */
  Tensor forward(Ops ops, Tensor features) {
    long d = features.size(1);
    int[] order = blocks(grid);
    Tensor neighbours = ops.scratch(features.dtype(), order.length, d);
    ops.gatherRowsInto(features, ops.ints(order), neighbours);
    return ops.linear(neighbours.reshape(order.length / 4, 4 * d), conv);
  }

  /** Patches in the order of whole 2 x 2 blocks, each block row by row: [4 M]. */
  static int[] blocks(int grid) {
    int half = grid / 2;
    int[] order = new int[4 * half * half];
    for (int at = 0; at < order.length; at++) {
      int block = at / 4;
      int row = block / half * 2 + at % 4 / 2;
      int column = block % half * 2 + at % 2;
      order[at] = row * grid + column;
    }
    return order;
  }

  static Downsample load(Ops ops, Weights weights, CogVlmConfig config, DType dtype) {
    int d = config.vision().hiddenSize();
    float[] stored = FloatTensors.toArray(ops, weights.get("model.vision.conv.weight", d, d, 2, 2));
    Tensor bias = weights.get("model.vision.conv.bias", d);
    float[] byNeighbour = channelsLast(stored, d);
    return new Downsample(
        config.vision().grid(), Projections.of(ops, byNeighbour, d, 4L * d, bias, dtype));
  }

  /** [D, D, 4] (output, input, neighbour) → [D, 4, D]. */
  private static float[] channelsLast(float[] weight, int d) {
    float[] moved = new float[weight.length];
    for (int output = 0; output < d; output++) {
      for (int input = 0; input < d; input++) {
        for (int neighbour = 0; neighbour < 4; neighbour++) {
          moved[(output * 4 + neighbour) * d + input] =
              weight[(output * d + input) * 4 + neighbour];
        }
      }
    }
    return moved;
  }
}
