package io.fovea.engine;

import io.fovea.model.Trace;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.SafetensorsWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Keeps every named intermediate as f32. A step's rows stand in expert-major order; here they are
 * put back into the order of the sequence.
 */
final class TraceRecorder implements Trace {
  private final Ops ops;
  private final SafetensorsWriter writer;
  private int[] rowSlots = new int[0];
  private String picture = ""; // what names of pictures begin with

  TraceRecorder(Ops ops, SafetensorsWriter writer) {
    this.ops = ops;
    this.writer = writer;
  }

  /**
   * Tells which picture is encoded next.
   *
   * @param number in the prompt, from 0
   */
  void picture(int number) {
    picture = number == 0 ? "" : "pictures." + number + ".";
  }

  /**
   * Tells where rows of {@code language.layers} and {@code language.embeddings} belong.
   *
   * @param rowSlots place in the sequence of each row of the step
   */
  void sequenceOrder(int[] rowSlots) {
    this.rowSlots = rowSlots.clone();
  }

  @Override
  public void record(String name, Tensor tensor) {
    float[] values = values(tensor);
    if (name.endsWith("patches")) {
      int grid = (int) Math.sqrt(tensor.size(0));
      int patch = (int) Math.sqrt(tensor.size(1) / 3);
      long side = (long) grid * patch;
      writer.add(
          picture + name.replace("patches", "pixel_values"),
          pixels(values, grid, patch),
          3,
          side,
          side);
    } else if (name.startsWith("language.layers.") || name.equals("language.embeddings")) {
      writer.add(name, inSequence(values, (int) tensor.size(1)), tensor.shape());
    } else {
      writer.add((name.startsWith("language.") ? "" : picture) + name, values, tensor.shape());
    }
  }

  /** A matrix of any float dtype as f32. */
  private float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.elements())];
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, values.length))
            .order(ByteOrder.nativeOrder());
    ops.frame(
        () -> {
          Tensor single = ops.scratch(DType.F32, tensor.shape());
          ops.convertInto(tensor, single);
          ops.memory().download(single, buffer);
        });
    buffer.asFloatBuffer().get(values);
    return values;
  }

  private float[] inSequence(float[] rows, int width) {
    float[] ordered = new float[rows.length];
    for (int row = 0; row < rowSlots.length; row++) {
      System.arraycopy(rows, row * width, ordered, rowSlots[row] * width, width);
    }
    return ordered;
  }

  /** Patches [G*G, 3*P*P], columns by channel, row, column, as an image [3, G*P, G*P]. */
  private static float[] pixels(float[] patches, int grid, int p) {
    int side = grid * p;
    float[] pixels = new float[patches.length];
    for (int at = 0; at < patches.length; at++) {
      int patch = at / (3 * p * p);
      int inPatch = at % (3 * p * p);
      int channel = inPatch / (p * p);
      int y = patch / grid * p + inPatch / p % p;
      int x = patch % grid * p + inPatch % p;
      pixels[(channel * side + y) * side + x] = patches[at];
    }
    return pixels;
  }
}
