package io.fovea.engine;

import io.fovea.NativeFaultException;
import io.fovea.ops.Ops;
import io.fovea.ops.SampleRequest;
import io.fovea.ops.Samples;
import io.fovea.sampling.Sampler;
import io.fovea.sampling.SamplingOptions;
import io.fovea.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes choices: from logits in host memory, or on the device, so that they stay there. */
final class TokenChooser {
  private TokenChooser() {}

  /**
   * Chooses on the host.
   *
   * @param logits [V]
   * @throws NativeFaultException where they are not numbers
   */
  static Choice.Chosen onHost(Choice choice, FloatBuffer logits) {
    int[] allowed = choice.allowed();
    Sampler sampler = choice.sampler();
    if (allowed == null) {
      int token = sampler.next(logits);
      return new Choice.Chosen(token, Sampler.logProbability(logits, token));
    }
    int token = sampler.nextAllowed(logits, allowed);
    return new Choice.Chosen(token, Sampler.logProbability(logits, token, allowed));
  }

  /**
   * Chooses on the device.
   *
   * @param logits [choices, V] f32
   * @return token -1 where logits are not numbers
   */
  static List<Choice.Chosen> onDevice(Ops ops, Tensor logits, List<Choice> choices) {
    int words = Math.toIntExact((logits.size(1) + 31) / 32);
    boolean restricted = choices.stream().anyMatch(choice -> choice.allowed() != null);
    boolean penalised = choices.stream().anyMatch(choice -> choice.sampler().penalises());
    int[] allowed = restricted ? new int[choices.size() * words] : null;
    int[] observed = penalised ? new int[choices.size() * words] : null;
    float[] options = new float[choices.size() * 4];
    int[] draws = new int[choices.size() * 2];
    for (int row = 0; row < choices.size(); row++) {
      Choice choice = choices.get(row);
      if (allowed != null) {
        allow(choice.allowed(), allowed, row * words, words);
      }
      if (observed != null) {
        copy(choice.sampler().observed(), observed, row * words);
      }
      SamplingOptions o = choice.sampler().options();
      float[] values = {o.temperature(), o.topK(), o.topP(), o.repetitionPenalty()};
      System.arraycopy(values, 0, options, row * 4, 4);
      long draw = choice.sampler().takeDraw();
      draws[row * 2] = (int) (draw >>> 27);
      draws[row * 2 + 1] = (int) (draw & 0x7ffffff);
    }
    Samples samples = ops.sample(logits, new SampleRequest(allowed, observed, options, draws));
    return IntStream.range(0, choices.size())
        .mapToObj(row -> chosen(choices.get(row), samples, row))
        .toList();
  }

  private static Choice.Chosen chosen(Choice choice, Samples samples, int row) {
    int token = samples.tokens()[row];
    if (token >= 0) {
      choice.sampler().observe(token);
    }
    return new Choice.Chosen(token, samples.logProbabilities()[row]);
  }

  private static void allow(int @Nullable [] ids, int[] sets, int at, int words) {
    if (ids == null) {
      Arrays.fill(sets, at, at + words, -1);
      return;
    }
    for (int id : ids) {
      sets[at + id / 32] |= 1 << id % 32;
    }
  }

  private static void copy(BitSet tokens, int[] sets, int at) {
    for (int id = tokens.nextSetBit(0); id >= 0; id = tokens.nextSetBit(id + 1)) {
      sets[at + id / 32] |= 1 << id % 32;
    }
  }
}
