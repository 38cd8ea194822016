package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every named intermediate against PyTorch's, for every golden request. */
@Tag("device")
class GoldenTraceTest {
  private static final double F32_LIMIT = 1e-4;

  /** Half a step between bf16 values, relative: what one rounding may cost. */
  private static final double BF16_ROUNDING = 0x1p-8;

  private static final Set<String> INTEGERS =
      Set.of("input_ids", "token_type_ids", "position_ids", "generated_ids");

  @TempDir Path folder;

  static List<GoldenCase> cases() {
    return GoldenCase.all();
  }

  static Stream<GoldenCase> casesWithBf16() {
    return GoldenCase.all().stream().filter(golden -> golden.bf16() != null);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void f32AgreesAtEveryStage(GoldenCase golden) {
    TensorFile ours = trace(golden, ComputeType.F32);
    TensorFile reference = golden.reference();
    assertThat(ours.names()).containsAll(reference.names());
    List<String> wrong = new ArrayList<>();
    for (String name : reference.names()) {
      assertThat(ours.get(name).shape()).as(name).isEqualTo(reference.get(name).shape());
      double error = TensorFile.relativeError(ours.get(name), reference.get(name));
      if (!INTEGERS.contains(name) && !(error <= F32_LIMIT)) {
        wrong.add(name + " " + error);
      }
    }
    assertThat(wrong).isEmpty();
    for (String name : INTEGERS) {
      assertThat(ours.ints(name)).as(name).isEqualTo(reference.ints(name));
    }
  }

  /** As far from the f32 run as PyTorch's own bf16 run, twice over at most. */
  @ParameterizedTest
  @MethodSource("casesWithBf16")
  void bf16ErrsNoMoreThanTwiceTheReference(GoldenCase golden) {
    TensorFile ours = trace(golden, ComputeType.BF16);
    TensorFile f32 = golden.reference();
    TensorFile bf16 = TensorFile.read(Objects.requireNonNull(golden.bf16()));
    List<String> wrong = new ArrayList<>();
    for (String name : bf16.names()) {
      if (INTEGERS.contains(name)) {
        continue;
      }
      double allowed =
          Math.max(2 * TensorFile.relativeError(bf16.get(name), f32.get(name)), BF16_ROUNDING);
      double error = TensorFile.relativeError(ours.get(name), f32.get(name));
      if (!(error <= allowed)) {
        wrong.add(name + " " + error + " > " + allowed);
      }
    }
    assertThat(wrong).isEmpty();
  }

  /**
   * Activations in int8 cost what their steps of 1/254 of a group's largest value do: a few
   * thousandths, and not nothing.
   */
  @Test
  void int8ActivationsErrLittle() {
    GoldenCase golden = GoldenCase.read("quantised/caption");
    Path out = folder.resolve("int8.safetensors");
    try (FoveaEngine engine =
        golden.engine().dtype(ComputeType.F32).activations(ActivationType.INT8).build()) {
      engine.diagnostics().trace(golden.inputs(), golden.request(null), 0, out);
    }
    TensorFile ours = TensorFile.read(out);
    for (String name : List.of("vision.output", "language.norm", "logits")) {
      assertThat(TensorFile.relativeError(ours.get(name), golden.reference().get(name)))
          .as(name)
          .isBetween(1e-5, 0.03);
    }
  }

  private TensorFile trace(GoldenCase golden, ComputeType dtype) {
    Path out = folder.resolve("trace.safetensors");
    try (FoveaEngine engine = golden.engine().dtype(dtype).build()) {
      engine.diagnostics().trace(golden.inputs(), golden.request(null), golden.maxNewTokens(), out);
    }
    return TensorFile.read(out);
  }
}
