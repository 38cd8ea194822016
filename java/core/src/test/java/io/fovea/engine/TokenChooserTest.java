package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fovea.decoding.Choice;
import io.fovea.decoding.Sampler;
import io.fovea.decoding.TokenChooser;
import io.fovea.nativeops.NativeOps;
import io.fovea.sampling.SamplingOptions;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The native choice of tokens is that of the Java sampler. */
@Tag("device")
class TokenChooserTest {
  private static final int VOCABULARY = 300;
  private static final int ROWS = 7;

  /** Options of each kind, in turn. */
  private static SamplingOptions options(int row, long seed) {
    SamplingOptions drawn = SamplingOptions.builder().temperature(0.8f).seed(seed).build();
    return switch (row) {
      case 0 -> SamplingOptions.greedy();
      case 1 -> SamplingOptions.builder().repetitionPenalty(1.3f).build();
      case 2 -> drawn;
      case 3 -> drawn.toBuilder().topK(20).build();
      case 4 -> drawn.toBuilder().topP(0.7f).build();
      case 5 -> drawn.toBuilder().topK(50).topP(0.9f).repetitionPenalty(0.9f).build();
      default -> drawn.toBuilder().temperature(1.7f).build();
    };
  }

  private static Choice choice(int row, long seed) {
    Sampler sampler = new Sampler(options(row, seed), VOCABULARY);
    sampler.observe(3, 5, 299);
    int[] allowed = IntStream.range(0, VOCABULARY).filter(id -> id % 3 == 0).toArray();
    return new Choice(sampler, row % 2 == 0 ? null : allowed);
  }

  @Test
  void deviceAndHostChooseAlike() {
    try (NativeOps ops = NativeOps.open(OpenDevice.kind(TestDevice.get()), 0, 1)) {
      List<Choice> here = new ArrayList<>();
      List<Choice> there = new ArrayList<>();
      for (int row = 0; row < ROWS; row++) {
        here.add(choice(row, 77 + row));
        there.add(choice(row, 77 + row));
      }
      Random random = new Random(20231106);
      for (int step = 0; step < 12; step++) { // the samplers go on drawing and observing
        FloatBuffer logits = FloatBuffer.allocate(ROWS * VOCABULARY);
        while (logits.hasRemaining()) {
          logits.put((float) (4 * random.nextGaussian()));
        }
        List<Choice.Chosen> chosen = onDevice(ops, logits, there);
        for (int row = 0; row < ROWS; row++) {
          FloatBuffer own = logits.slice(row * VOCABULARY, VOCABULARY);
          Choice.Chosen expected = TokenChooser.onHost(here.get(row), own);
          assertThat(chosen.get(row).token())
              .as("step %d row %d", step, row)
              .isEqualTo(expected.token());
          assertThat(chosen.get(row).logProbability())
              .isCloseTo(expected.logProbability(), within(2e-6));
          assertThat(chosen.get(row).probabilities()).isEqualTo(expected.probabilities());
          assertThat(expected.probabilities() == null).isEqualTo(row % 2 == 0);
        }
      }
    }
  }

  private static List<Choice.Chosen> onDevice(
      NativeOps ops, FloatBuffer logits, List<Choice> choices) {
    List<Choice.Chosen> chosen = new ArrayList<>();
    ops.frame(
        () -> {
          Tensor rows = ops.scratch(DType.F32, ROWS, VOCABULARY);
          ByteBuffer buffer =
              ByteBuffer.allocateDirect(4 * logits.capacity()).order(ByteOrder.nativeOrder());
          buffer.asFloatBuffer().put(logits.duplicate().clear());
          ops.memory().upload(buffer, rows);
          chosen.addAll(TokenChooser.onDevice(ops, rows, choices));
        });
    return chosen;
  }
}
