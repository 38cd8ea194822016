package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fovea.InvalidRequestException;
import io.fovea.image.ImageInput;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Counts against the bundled model's published shape; times against each other. */
class ProfileTest {
  private static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools", "models", "cogvlm-shapes");
  private static final ImageInput SCENE = ImageInput.of(MODEL.resolve("demo/scene.png"));
  private static final String QUESTION = "How many circles are there?";

  // config.json
  private static final int LAYERS = 5;
  private static final int HIDDEN = 128;
  private static final int INNER = 352;
  private static final int VOCABULARY = 640;
  private static final int VISION_LAYERS = 6;
  private static final int STEP_ROWS = 32;
  private static final int TOKENS = 3;

  private static FoveaEngine engine;
  private static Profile profile;

  @BeforeAll
  static void run() {
    engine = FoveaEngine.builder().model(MODEL).threads(1).stepRows(STEP_ROWS).build();
    profile =
        engine
            .diagnostics()
            .profile(
                SCENE,
                QUESTION,
                ProfileOptions.builder()
                    .tokens(TOKENS)
                    .rounds(1)
                    .peakGflops(100.0)
                    .peakGigabytes(10.0)
                    .build());
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  private static Profile.Phase phase(String name) {
    return profile.phases().stream()
        .filter(phase -> phase.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Profile.Op op(String phase, String name) {
    return phase(phase).ops().stream()
        .filter(op -> op.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void phasesAreThoseOfARequest() {
    assertThat(profile.phases())
        .extracting(Profile.Phase::name)
        .containsExactly("encode", "prefill", "decode");
    int rows = profile.promptTokens();
    assertThat(profile.imageTokens()).isEqualTo(8 * 8 + 2);
    assertThat(rows).isGreaterThan(2 * STEP_ROWS);
    assertThat(phase("encode").steps()).isEqualTo(1);
    assertThat(phase("prefill").steps()).isEqualTo((rows + STEP_ROWS - 1) / STEP_ROWS);
    assertThat(phase("decode").steps()).isEqualTo(TOKENS);
  }

  /** Projections of R rows: 2 R (D * 3D + D * D), 2 R * 2 D F and 2 R F D a layer. */
  @Test
  void projectionsCountTwiceTheirWeightsForEachRow() {
    for (String phase : List.of("prefill", "decode")) {
      long rows = phase.equals("decode") ? TOKENS : profile.promptTokens();
      assertThat(op(phase, "routed_linear").flops())
          .isEqualTo(2 * rows * LAYERS * 3 * HIDDEN * HIDDEN);
      assertThat(op(phase, "routed_linear_swiglu").flops())
          .isEqualTo(2 * rows * LAYERS * 2 * HIDDEN * INNER);
      // the sums into the residual stream add D a row, twice a layer
      assertThat(op(phase, "routed_linear_residual").flops())
          .isEqualTo(
              2 * rows * LAYERS * (HIDDEN * HIDDEN + HIDDEN * INNER) + 2 * rows * LAYERS * HIDDEN);
    }
    assertThat(op("prefill", "linear").flops()).isEqualTo(2 * HIDDEN * VOCABULARY);
    assertThat(op("decode", "linear").flops()).isEqualTo(2 * TOKENS * HIDDEN * VOCABULARY);
  }

  /** A decode step reads the language expert's weights only; a row of f32 in and out. */
  @Test
  void decodeReadsOneExpert() {
    long weights = 4L * 3 * HIDDEN * HIDDEN;
    long rows = 4L * (HIDDEN + 3 * HIDDEN);
    assertThat(op("decode", "routed_linear").bytes()).isEqualTo(TOKENS * LAYERS * (weights + rows));
    assertThat(op("decode", "routed_linear").calls()).isEqualTo(TOKENS * LAYERS);
  }

  /** Row n of a sequence sees n + 1 slots: 4 D operations each. */
  @Test
  void attentionIsCausal() {
    int prompt = profile.promptTokens();
    long seenInPrompt = IntStream.rangeClosed(1, prompt).sum();
    long seenAfter = IntStream.rangeClosed(prompt + 1, prompt + TOKENS).sum();
    assertThat(op("prefill", "paged_attention").flops())
        .isEqualTo(4 * HIDDEN * LAYERS * seenInPrompt);
    assertThat(op("decode", "paged_attention").flops()).isEqualTo(4 * HIDDEN * LAYERS * seenAfter);
  }

  @Test
  void timesAddUp() {
    for (Profile.Phase phase : profile.phases()) {
      double ops = phase.ops().stream().mapToDouble(op -> op.milliseconds().median()).sum();
      assertThat(phase.inOps().median()).isCloseTo(ops, within(1e-9 + 1e-9 * ops));
      assertThat(phase.outsideOps().median())
          .isCloseTo(phase.wall().median() - ops, within(1e-9 + 1e-9 * phase.wall().median()))
          .isPositive();
      assertThat(phase.unprofiled().median()).isPositive();
      assertThat(phase.ops())
          .isSortedAccordingTo(
              (a, b) -> Double.compare(b.milliseconds().median(), a.milliseconds().median()));
      double calls =
          profile.calls().stream()
              .filter(call -> call.phase().equals(phase.name()))
              .mapToDouble(Profile.Call::microseconds)
              .sum();
      assertThat(calls / 1e3).isCloseTo(ops, within(1e-6 * ops));
    }
  }

  @Test
  void everyCallBelongsToAStage() {
    List<String> encode = stages("encode");
    assertThat(encode).startsWith("patches", "vision.embeddings", "vision.layers.0");
    assertThat(encode).contains("vision.layers." + (VISION_LAYERS - 1), "vision.output");
    assertThat(encode).doesNotContain("output");
    assertThat(stages("decode"))
        .containsExactly(
            "language.embeddings",
            "language.layers.0",
            "language.layers.1",
            "language.layers.2",
            "language.layers.3",
            "language.layers.4",
            "language.norm",
            "output");
    for (int layer = 0; layer < LAYERS; layer++) {
      String stage = "language.layers." + layer;
      assertThat(profile.calls())
          .filteredOn(call -> call.phase().equals("decode") && call.stage().equals(stage))
          .hasSize(8 * TOKENS);
    }
  }

  private static List<String> stages(String phase) {
    return profile.calls().stream()
        .filter(call -> call.phase().equals(phase))
        .map(Profile.Call::stage)
        .distinct()
        .toList();
  }

  @Test
  void callsFollowEachOther() {
    double end = 0;
    for (Profile.Call call : profile.calls()) {
      assertThat(call.begin()).isGreaterThanOrEqualTo(end - 1); // two clocks, 1 microsecond
      end = call.begin() + call.microseconds();
    }
  }

  @Test
  void theRooflineIsTheHigherOfTwoTimes() {
    Peaks peaks = profile.peaks();
    assertThat(peaks).isEqualTo(new Peaks(100, "given", 10, "given"));
    assertThat(peaks.milliseconds(10_000_000, 1)).isEqualTo(1);
    assertThat(peaks.milliseconds(1, 200_000_000)).isEqualTo(2);
    assertThat(peaks.isComputeBound(10_000_000, 1)).isFalse();
    assertThat(peaks.isComputeBound(10_000_000, 200_000_000)).isTrue();
    assertThat(op("decode", "routed_linear").bound(peaks)).isEqualTo(Profile.Op.Bound.MEMORY);
    assertThat(op("encode", "linear_gelu").bound(peaks)).isEqualTo(Profile.Op.Bound.COMPUTE);
    assertThat(op("decode", "upload").bound(peaks)).isEqualTo(Profile.Op.Bound.HOST);
    assertThat(op("decode", "upload").leastMilliseconds(peaks)).isZero();
    double least =
        phase("decode").ops().stream()
            .filter(op -> op.bound(peaks) != Profile.Op.Bound.HOST)
            .mapToDouble(op -> Math.max(op.bytes() / 10e6, op.flops() / 100e6))
            .sum();
    assertThat(phase("decode").leastMilliseconds(peaks)).isCloseTo(least, within(1e-12));
  }

  @Test
  void peaksAreMeasuredWhereTheyAreNotGiven() {
    Profile measured =
        engine
            .diagnostics()
            .profile(
                SCENE,
                QUESTION,
                ProfileOptions.builder().tokens(1).rounds(2).peakGigabytes(7.0).build());
    assertThat(measured.peaks().gflopsOrigin()).contains("measured", "linear", "F32");
    assertThat(measured.peaks().gflops()).isBetween(0.1, 1e6);
    assertThat(measured.peaks().gigabytes()).isEqualTo(7.0);
    Profile.Phase decode = measured.phases().get(2);
    assertThat(decode.wall().least()).isLessThanOrEqualTo(decode.wall().median());
    assertThat(decode.wall().median()).isLessThanOrEqualTo(decode.wall().most());
    Profile other =
        engine
            .diagnostics()
            .profile(
                SCENE,
                QUESTION,
                ProfileOptions.builder().tokens(1).rounds(1).peakGflops(7.0).build());
    assertThat(other.peaks().gigabytesOrigin()).contains("measured", "add");
    assertThat(other.peaks().gigabytes()).isBetween(0.01, 1e5);
  }

  /** CogAgent has the ops that CogVLM has not: the second encoder and the cross-attention. */
  @Test
  void aSecondEncoderIsProfiledToo() {
    GoldenCase golden =
        GoldenCase.all().stream()
            .filter(c -> c.name().startsWith("cogagent") && c.image() != null)
            .findFirst()
            .orElseThrow();
    try (FoveaEngine other = golden.engine().build()) {
      Profile cross =
          other
              .diagnostics()
              .profile(
                  Objects.requireNonNull(golden.input()),
                  "What is it?",
                  ProfileOptions.builder()
                      .tokens(2)
                      .rounds(1)
                      .peakGflops(100.0)
                      .peakGigabytes(10.0)
                      .build());
      assertThat(cross.phases().get(0).ops()).extracting(Profile.Op::name).contains("rope_pairs");
      assertThat(cross.phases().get(2).ops()).extracting(Profile.Op::name).contains("attention");
      assertThat(cross.calls()).allSatisfy(call -> assertThat(call.bytes()).isPositive());
    }
  }

  @Test
  void theEngineAnswersAsBefore() {
    try (EncodedImage image = engine.encode(SCENE)) {
      String before = engine.ask(image, QUESTION).text();
      engine
          .diagnostics()
          .profile(
              SCENE,
              QUESTION,
              ProfileOptions.builder()
                  .tokens(1)
                  .rounds(1)
                  .peakGflops(1.0)
                  .peakGigabytes(1.0)
                  .build());
      assertThat(engine.ask(image, QUESTION).text()).isEqualTo(before);
    }
  }

  @Test
  void whatCannotBeProfiledIsRefused() {
    assertThatThrownBy(() -> ProfileOptions.builder().tokens(0).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll("tokens is 0", "1 or more");
    assertThatThrownBy(() -> ProfileOptions.builder().rounds(0).build())
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("rounds is 0");
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> ProfileOptions.builder().peakGflops(rate).build())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("peakGflops");
      assertThatThrownBy(() -> ProfileOptions.builder().peakGigabytes(rate).build())
          .isInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("peakGigabytes");
    }
    ProfileOptions tooLong = ProfileOptions.builder().tokens(100_000).build();
    assertThatThrownBy(() -> engine.diagnostics().profile(SCENE, QUESTION, tooLong))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("context");
  }

  @Test
  void spreadsAreOverAllRounds() {
    assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(4, 1, 2, 9)).isEqualTo(new Spread(3, 1, 9));
    assertThat(Spread.of(5)).isEqualTo(new Spread(5, 5, 5));
  }
}
