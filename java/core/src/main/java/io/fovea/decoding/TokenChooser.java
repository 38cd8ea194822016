package io.fovea.decoding;

import io.fovea.NativeFaultException;
import io.fovea.grounding.BoxConfidence;
import io.fovea.ops.Ops;
import io.fovea.ops.SampleRequest;
import io.fovea.ops.Samples;
import io.fovea.sampling.SamplingOptions;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Makes choices: from logits in host memory, or on the device, so that they stay there. */
public final class TokenChooser {
  private TokenChooser() {}

  /**
   * Chooses on the host.
   *
   * @param logits [V]; those of banned tokens become -infinity
   * @throws NativeFaultException where they are not numbers
   */
  public static Choice.Chosen onHost(Choice choice, FloatBuffer logits) {
    int[] allowed = choice.allowed();
    Sampler sampler = choice.sampler();
    for (int id : choice.banned()) {
      logits.put(id, Float.NEGATIVE_INFINITY);
    }
    if (allowed == null) {
      int token = sampler.next(logits);
      return new Choice.Chosen(token, Sampler.logProbability(logits, token), null);
    }
    int token = sampler.nextAllowed(logits, allowed);
    float[] theirs = new float[allowed.length];
    for (int i = 0; i < theirs.length; i++) {
      theirs[i] = logits.get(logits.position() + allowed[i]);
    }
    double logProbability = Sampler.logProbability(logits, token, allowed);
    return new Choice.Chosen(token, logProbability, BoxConfidence.softmax(theirs));
  }

  /**
   * Chooses on the device.
   *
   * @param logits [choices, V] f32
   * @return token -1 where logits are not numbers
   */
  public static List<Choice.Chosen> onDevice(Ops ops, Tensor logits, List<Choice> choices) {
    int words = Math.toIntExact((logits.size(1) + 31) / 32);
    boolean restricted =
        choices.stream().anyMatch(choice -> choice.allowed() != null || choice.banned().length > 0);
    boolean penalised = choices.stream().anyMatch(choice -> choice.sampler().penalises());
    int[] allowed = restricted ? new int[choices.size() * words] : null;
    int[] observed = penalised ? new int[choices.size() * words] : null;
    float[] options = new float[choices.size() * 4];
    int[] draws = new int[choices.size() * 2];
    for (int row = 0; row < choices.size(); row++) {
      Choice choice = choices.get(row);
      if (allowed != null) {
        allow(choice.allowed(), allowed, row * words, words);
        for (int id : choice.banned()) {
          allowed[row * words + id / 32] &= ~(1 << id % 32);
        }
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
    FloatBuffer theirs = logitsOfAllowed(ops, logits, choices);
    List<Choice.Chosen> chosen = new ArrayList<>();
    for (int row = 0; row < choices.size(); row++) {
      chosen.add(chosen(choices.get(row), samples, row, theirs));
    }
    return chosen;
  }

  /**
   * @param logits of the tokens allowed for this row and those after it; its own are taken
   */
  private static Choice.Chosen chosen(Choice choice, Samples samples, int row, FloatBuffer logits) {
    int token = samples.tokens()[row];
    double logProbability = samples.logProbabilities()[row];
    int[] allowed = choice.allowed();
    if (token >= 0) {
      choice.sampler().observe(token);
    }
    if (allowed == null) {
      return new Choice.Chosen(token, logProbability, null);
    }
    float[] own = new float[allowed.length];
    logits.get(own);
    return new Choice.Chosen(token, logProbability, BoxConfidence.softmax(own));
  }

  /** The logits of the tokens allowed, choice by choice; of choices among all tokens none. */
  private static FloatBuffer logitsOfAllowed(Ops ops, Tensor logits, List<Choice> choices) {
    int vocabulary = Math.toIntExact(logits.size(1));
    int[] at =
        IntStream.range(0, choices.size())
            .flatMap(
                row -> {
                  int[] allowed = choices.get(row).allowed();
                  return allowed == null
                      ? IntStream.empty()
                      : IntStream.of(allowed).map(id -> row * vocabulary + id);
                })
            .toArray();
    if (at.length == 0) { // most steps
      return FloatBuffer.allocate(0);
    }
    Tensor found = ops.scratch(DType.F32, at.length, 1);
    ops.gatherRowsInto(logits.reshape(logits.elements(), 1), ops.ints(at), found);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Float.BYTES * at.length).order(ByteOrder.nativeOrder());
    ops.memory().download(found, bytes);
    return bytes.asFloatBuffer();
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
