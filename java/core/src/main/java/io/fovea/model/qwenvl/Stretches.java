package io.fovea.model.qwenvl;

import io.fovea.model.FloatTensors;
import io.fovea.model.RotaryTables;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How positions are told beyond the length that the model was trained on. A prompt of up to that
 * length rotates as ever; up to twice, four times, ... as long it rotates with a base that grows in
 * steps ("NTK-aware" scaling), which its answer keeps. The tables of all steps stand one below the
 * other, so a prompt's step is the row where its positions begin. Letters: P positions of a step, K
 * head size.
 *
 * @param seqLength tokens that the model was trained on
 * @param positions P, of each step
 * @param count steps there are
 */
record Stretches(int seqLength, int positions, int count) {
  /** As many steps as prompts of up to {@code positions} tokens need. */
  static Stretches of(QwenVlConfig config, int positions) {
    Stretches one = new Stretches(config.seqLength(), positions, 1);
    return config.dynamicNtk()
        ? new Stretches(config.seqLength(), positions, 1 + one.step(positions))
        : one;
  }

  /** Row of the tables at which a prompt of {@code tokens} tokens begins. */
  int origin(int tokens) {
    return count == 1 ? 0 : step(tokens) * positions;
  }

  /** 0 for up to {@code seqLength} tokens, 1 for up to twice as many, and so on. */
  private int step(int tokens) {
    int step = 0;
    while (((long) seqLength << step) < tokens) {
      step++;
    }
    return step;
  }

  /** Rotation of all steps, in f32 whatever the dtype: [count P, K/2]. */
  RotaryTable rotary(Ops ops, int headSize, double base) {
    List<float[]> frequencies = new ArrayList<>();
    for (int step = 0; step < count; step++) {
      double alpha = Math.pow(2, step + 1) - 1;
      double stretched = base * Math.pow(alpha, headSize / (headSize - 2.0));
      frequencies.add(RotaryTables.frequencies(headSize, stretched));
    }
    return RotaryTables.build(ops, frequencies, positions, DType.F32);
  }

  /**
   * What queries are multiplied by, ln(p)/ln(seqLength) for the p-th token where that is above 1,
   * with zeros beside it: [count P, K], rounded to {@code dtype}. Null where all are 1.
   */
  @Nullable Tensor queryScales(Ops ops, int headSize, DType dtype) {
    if (positions <= seqLength) {
      return null;
    }
    float[] values = new float[Math.multiplyExact(count * positions, headSize)];
    for (int row = 0; row < count * positions; row++) {
      int place = row % positions + 1;
      double scale = place > seqLength ? Math.log(place) / Math.log(seqLength) : 1;
      int from = row * headSize;
      Arrays.fill(values, from, from + headSize / 2, FloatTensors.round((float) scale, dtype));
    }
    return FloatTensors.allocate(ops, values, (long) count * positions, headSize).tensor();
  }
}
