package io.fovea.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float16;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.output.OutputPlan;
import io.fovea.tools.output.ShardedSafetensorsWriter;
import io.fovea.tools.output.TensorContent;
import io.fovea.tools.quant.PlainContent;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.source.ElementType;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.tools.source.SummedTensor;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A checkpoint put together from a delta, its base and CLIP, against sums computed here. */
class MergerTest {
  private static final String VISION = "model.vision_tower.";
  private static final int BASE_ROWS = 416; // three tokens were added

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @SuppressWarnings("NullAway.Init") // by read
  private Path whole;

  @SuppressWarnings("NullAway.Init")
  private Map<String, MemoryTensor> tensors;

  @SuppressWarnings("NullAway.Init")
  private String config;

  @BeforeEach
  void read() throws IOException {
    whole =
        Checkpoints.random().stream()
            .filter(path -> path.endsWith("shikra/patch8/checkpoint"))
            .findFirst()
            .orElseThrow();
    tensors = tensors(whole);
    config = Files.readString(whole.resolve("config.json"));
  }

  private static Map<String, MemoryTensor> tensors(Path directory) throws IOException {
    Map<String, MemoryTensor> found = new LinkedHashMap<>();
    try (SourceCheckpoint source = SourceCheckpoints.open(directory)) {
      for (SourceTensor tensor : source.tensors()) {
        float[] values = new float[(int) tensor.elements()];
        tensor.read(0, values, values.length);
        found.put(tensor.name(), new MemoryTensor(tensor.name(), tensor.shape(), values));
      }
    }
    return found;
  }

  private Path write(String name, String json, PlainType type, List<MemoryTensor> all) {
    List<TensorContent> contents = new ArrayList<>();
    all.forEach(tensor -> contents.add(new PlainContent(tensor, type)));
    OutputPlan plan = new OutputPlan(contents, json, Map.of(), name);
    Path directory = folder.resolve(name);
    ShardedSafetensorsWriter.write(plan, OutputOptions.to(directory), ProgressListener.none());
    return directory;
  }

  private static boolean isVision(MemoryTensor tensor) {
    return tensor.name().startsWith(VISION);
  }

  /** What the delta was made from: random weights of the decoder, without the added tokens. */
  private List<MemoryTensor> base() {
    Random random = new Random(7);
    List<MemoryTensor> base = new ArrayList<>();
    for (MemoryTensor tensor : tensors.values()) {
      if (isVision(tensor) || tensor.name().contains("mm_projector")) {
        continue;
      }
      boolean tokens = tensor.name().contains("embed_tokens") || tensor.name().contains("lm_head");
      List<Long> shape = tokens ? List.of((long) BASE_ROWS, tensor.shape().get(1)) : tensor.shape();
      float[] values =
          new float[(int) shape.stream().mapToLong(size -> size).reduce(1, (a, b) -> a * b)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(24) - 20));
      }
      base.add(new MemoryTensor(tensor.name(), shape, values));
    }
    return base;
  }

  private List<MemoryTensor> decoder() {
    return tensors.values().stream().filter(tensor -> !isVision(tensor)).toList();
  }

  private Path clip(UnaryOperator<String> json) {
    List<MemoryTensor> clip = new ArrayList<>();
    for (MemoryTensor tensor : tensors.values()) {
      if (isVision(tensor)) {
        String name = tensor.name().substring(VISION.length());
        clip.add(new MemoryTensor(name, tensor.shape(), tensor.values()));
      }
    }
    clip.add(new MemoryTensor("logit_scale", List.of(1L), new float[] {4.6f}));
    clip.add(new MemoryTensor("text_model.final_layer_norm.bias", List.of(2L), new float[2]));
    String vision = config.substring(config.indexOf("\"vision_config\""));
    return write("clip", json.apply("{\"model_type\": \"clip\", " + vision), PlainType.F32, clip);
  }

  /** The published config.json says nothing of the encoder but where it is. */
  private String withoutVision() {
    String json = config.substring(0, config.indexOf(",\n  \"vision_config\"")) + "}";
    assertThat(json).contains("mm_vision_tower").doesNotContain("image_size");
    return json;
  }

  private Conversion convert(
      Path delta, @Nullable Path base, @Nullable Path clip, String out, PlainType type) {
    return Converter.convert(
        delta,
        new Additions(base, clip, List.of()),
        Formats.plain(type),
        OutputOptions.to(folder.resolve(out)),
        ProgressListener.none());
  }

  private static float rounded(BigDecimal exact, PlainType type) {
    return switch (type) {
      case F32, KEEP -> exact.floatValue();
      case F16 -> nearest(exact, 10, -14);
      case BF16 -> nearest(exact, 7, -126);
    };
  }

  /** The nearest number with so many bits behind the first, half to even, by its definition. */
  private static float nearest(BigDecimal exact, int bits, int least) {
    if (exact.signum() == 0) {
      return 0;
    }
    int exponent = Math.max(least, Math.getExponent(exact.doubleValue()));
    BigDecimal step = new BigDecimal(Math.scalb(1.0, exponent - bits));
    return exact.divide(step).setScale(0, RoundingMode.HALF_EVEN).multiply(step).floatValue();
  }

  @ParameterizedTest
  @CsvSource({
    "F32, F32, KEEP, F32", "F16, F16, KEEP, F16", "BF16, BF16, KEEP, BF16",
    "F16, F32, KEEP, F16", "BF16, F32, KEEP, BF16", "F32, F16, BF16, BF16",
    "F32, F32, F16, F16", "F16, BF16, F32, F32",
  })
  void sumsAreRoundedOnce(PlainType delta, PlainType base, PlainType asked, PlainType written)
      throws IOException {
    Path first = write("delta", withoutVision(), delta, decoder());
    Path second = write("base", "{\"architectures\": [\"LlamaForCausalLM\"]}", base, base());
    Conversion done = convert(first, second, clip(json -> json), "out", asked);
    assertThat(done.leftOut()).isEmpty();
    Map<String, MemoryTensor> deltas = tensors(first);
    Map<String, MemoryTensor> under = tensors(second);
    Map<String, MemoryTensor> found = tensors(folder.resolve("out"));
    assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
    int compared = 0;
    for (MemoryTensor sum : found.values()) {
      MemoryTensor origin = Objects.requireNonNull(tensors.get(sum.name()));
      MemoryTensor stored = deltas.get(sum.name());
      MemoryTensor from = stored == null ? origin : stored;
      MemoryTensor more = under.get(sum.name());
      assertThat(sum.shape()).isEqualTo(origin.shape());
      PlainType type = isVision(sum) && asked == PlainType.KEEP ? PlainType.F32 : written;
      for (int i = 0; i < sum.values().length; i++) {
        double wanted = from.values()[i];
        if (more != null && i < more.values().length) {
          wanted += more.values()[i]; // in float64
          compared++;
        }
        float once = rounded(new BigDecimal(wanted), type);
        assertThat(sum.values()[i] == once)
            .as("%s[%d]: %s, wanted %s", sum.name(), i, sum.values()[i], once)
            .isTrue();
      }
    }
    assertThat(compared).isGreaterThan(50_000);
  }

  /** A sum just beside the middle of two bf16 values: f32 in between would round to the middle. */
  @Test
  void noSumIsRoundedTwice() throws IOException {
    float base = 1 + 0x1p-8f; // the middle between 1 and its bf16 neighbour
    float[] delta = {0x1p-40f, -0x1p-40f, 0};
    SourceTensor sum =
        new SummedTensor(
            new MemoryTensor("x", List.of(3L), delta),
            new MemoryTensor("x", List.of(3L), new float[] {base, base, base}),
            true);
    float[] read = new float[3];
    sum.read(0, read, 3);
    assertThat(ElementType.half(Float16.fromFloat(read[2]))).isEqualTo(base);
    assertThat(BFloat16.round(read[0])).isEqualTo(1 + 0x1p-7f);
    assertThat(BFloat16.round(read[1])).isEqualTo(1f);
    assertThat(BFloat16.round(read[2])).as("half to even").isEqualTo(1f);
  }

  @Test
  void theEncoderAloneIsAdded() throws IOException {
    Path decoder = write("decoder", withoutVision(), PlainType.F32, decoder());
    convert(decoder, null, clip(json -> json), "out", PlainType.KEEP);
    Map<String, MemoryTensor> found = tensors(folder.resolve("out"));
    tensors.forEach(
        (name, tensor) ->
            assertThat(found.get(name))
                .extracting(MemoryTensor::values)
                .isEqualTo(tensor.values()));
    assertThat(Inspector.inspect(folder.resolve("out")).missing()).isEmpty();
    assertThat(Verifier.verify(folder.resolve("out"), 1, ProgressListener.none()).problems())
        .allMatch(problem -> problem.contains("tokenizer"));
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    Path delta = write("delta", withoutVision(), PlainType.F32, decoder());
    Path clip = clip(json -> json);
    String json = "{\"architectures\": [\"LlamaForCausalLM\"]}";
    List<MemoryTensor> base = base();
    List<MemoryTensor> fewer = base.stream().filter(t -> !t.name().contains("1.mlp.up")).toList();
    Path without = write("without", json, PlainType.F32, fewer);
    assertThatThrownBy(() -> convert(delta, without, clip, "a", PlainType.KEEP))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.layers.1.mlp.up_proj.weight: is not in the base")
        .hasMessageContaining("--base");
    List<MemoryTensor> wider = new ArrayList<>(fewer);
    wider.add(new MemoryTensor("model.layers.1.mlp.up_proj.weight", List.of(2L, 2L), new float[4]));
    Path other = write("other", json, PlainType.F32, wider);
    assertThatThrownBy(() -> convert(delta, other, clip, "b", PlainType.KEEP))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.layers.1.mlp.up_proj.weight: has shape [2, 2]")
        .hasMessageContaining("the delta's is [80, 48]");
    assertThatThrownBy(() -> convert(delta, null, null, "c", PlainType.KEEP))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("model.vision_tower")
        .hasMessageContaining("--vision CLIP_DIR");
    assertThatThrownBy(() -> convert(whole, null, clip, "d", PlainType.KEEP))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("is among the weights already")
        .hasMessageContaining("leave --vision out");
    assertThatThrownBy(() -> convert(Checkpoints.bundled(), null, clip, "e", PlainType.KEEP))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("leave --vision out");
    assertThatThrownBy(() -> convert(delta, written(), clip, "clip", PlainType.KEEP))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("is or contains the source");
  }

  private Path written() {
    return write("base", "{\"architectures\": [\"LlamaForCausalLM\"]}", PlainType.F32, base());
  }
}
