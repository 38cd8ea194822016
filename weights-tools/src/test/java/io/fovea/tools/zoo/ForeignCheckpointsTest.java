package io.fovea.tools.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.FoveaException;
import io.fovea.ModelLoadException;
import io.fovea.ProgressListener;
import io.fovea.UnsupportedModelException;
import io.fovea.engine.ActivationType;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.FoveaEngine;
import io.fovea.fuzz.Resources;
import io.fovea.tools.Conversion;
import io.fovea.tools.Converter;
import io.fovea.tools.Formats;
import io.fovea.tools.Inspector;
import io.fovea.tools.StageError;
import io.fovea.tools.TraceComparison;
import io.fovea.tools.Verification;
import io.fovea.tools.Verifier;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.quant.PlainType;
import io.fovea.tools.quant.WeightFormat;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceCheckpoints;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.QuantizationScheme.Use;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checkpoints as other programs store them: engine, convert, quantize, verify and inspect say the
 * same of each; what is read has the values of an independent dequantisation.
 */
class ForeignCheckpointsTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private static Path scratch;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  static List<Animal> refused() {
    return RefusedAnimals.list();
  }

  static List<Animal> read() {
    return ReadAnimals.list();
  }

  @Test
  void thereAreManyOfThem() {
    assertThat(refused().size()).isGreaterThanOrEqualTo(60);
    assertThat(read().size()).isGreaterThanOrEqualTo(25);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusedAlikeEverywhere(Animal animal) throws IOException {
    Path model = write(animal).directory();
    String tools = assertToolsRefuse(model);
    assertThat(tools).contains(animal.title());
    String engine = refusal(() -> engine(model));
    if (animal.torch()) { // sends to convert where config.json does not say it already
      assertThat(engine).containsAnyOf("PyTorch (pytorch_model.bin)", animal.title());
    } else {
      assertThat(engine).isEqualTo(tools);
    }
  }

  /** Objects of other programs in a file of PyTorch are named, not run. */
  @ParameterizedTest
  @CsvSource({
    "torchao.dtypes.affine_quantized_tensor, AffineQuantizedTensor, torchao",
    "torch._tensor, _rebuild_from_type_v2, torchao or another kind of tensor",
    "torch._utils, _rebuild_qtensor, PyTorch's own integers with scales",
    "bitsandbytes.nn.modules, Int8Params, bitsandbytes",
    "hqq.core.quantize, HQQLinear, HQQ",
    "optimum.quanto.tensor.weights.qbytes, WeightQBytesTensor, quanto",
  })
  void pickledObjects(String module, String name, String title) throws IOException {
    Path model = folder.resolve("model");
    Draft.small(scratch).writeTorch(model);
    Files.write(model.resolve("pytorch_model.bin"), TorchWriter.objectOf(module, name));
    assertThat(assertToolsRefuse(model)).contains(title, module + "." + name);
    assertThat(refusal(() -> engine(model))).contains("PyTorch (pytorch_model.bin)");
  }

  /** A GGUF pair whose projections have a type that is not read. */
  @ParameterizedTest
  @CsvSource({"16, IQ2_XXS", "10, Q2_K", "35, TQ2_0", "39, MXFP4"})
  void ggufTypes(int number, String type) throws IOException {
    Path model = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("tiny-F16.gguf", "mmproj-tiny-F16.gguf")) {
      byte[] bytes = Resources.bytes("/gguf/pair/" + name);
      Files.write(model.resolve(name), bytes);
      if (!name.startsWith("mmproj")) {
        Files.write(model.resolve(name), withType(bytes, "blk.0.ffn_down.weight", number));
      }
    }
    assertThat(assertToolsRefuse(model)).contains("GGUF's type " + type, "blk.0.ffn_down.weight");
    assertThat(refusal(() -> engine(model))).contains("GGUF (mmproj-tiny-F16.gguf)", "convert");
  }

  /** Behind a matrix's name lie its rank and two sizes, then its type. */
  private static byte[] withType(byte[] file, String tensor, int type) {
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(tensor) + tensor.length();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getInt(at)).isEqualTo(2);
    bytes.putInt(at + 4 + 2 * 8, type);
    return file;
  }

  /** That convert, quantize, verify and inspect refuse a model in the same words: these. */
  private String assertToolsRefuse(Path model) {
    String convert = refusal(() -> convert(model, Formats.plain(PlainType.KEEP)));
    assertThat(convert).contains("'./fovea quantize");
    assertThat(refusal(() -> convert(model, Formats.all(WeightFormat.INT8)))).isEqualTo(convert);
    assertThat(refusal(() -> Verifier.verify(model, 1, ProgressListener.none())))
        .isEqualTo(convert);
    assertThat(refusal(() -> Inspector.inspect(model))).isEqualTo(convert);
    assertThat(folder.resolve("out")).doesNotExist();
    return convert;
  }

  @ParameterizedTest
  @MethodSource("read")
  void readAlikeEverywhere(Animal animal) throws IOException {
    Written written = write(animal);
    Path model = written.directory();
    assertThat(Inspector.inspect(model).scheme().title()).isEqualTo(animal.title());
    assertThat(Inspector.inspect(model).scheme().use()).isEqualTo(animal.use());
    assertThat(convert(model, Formats.plain(PlainType.F32)).leftOut()).isEmpty();
    Path plain = folder.resolve("out");
    assertValues(plain, written.values());
    Verification found = Verifier.verify(model, 1, ProgressListener.none());
    if (animal.use() == Use.RUN && !animal.torch()) {
      assertThat(found.problems()).isEmpty();
      assertAnswersAlike(model, plain, 1e-4);
    } else {
      String engine = refusal(() -> engine(model));
      assertThat(engine).contains("'./fovea convert " + model + " --out OUT'");
      assertThat(engine).contains(animal.torch() ? "PyTorch" : animal.title());
      assertThat(found.problems())
          .singleElement()
          .asString()
          .contains(animal.title(), "'./fovea convert " + model + " --out OUT'");
      assertThat(animal.torch() || found.problems().contains(engine)).isTrue();
      engine(plain).close();
    }
    assertThat(Verifier.verify(plain, 1, ProgressListener.none()).problems()).isEmpty();
  }

  /** What is read can be quantised anew, from its numbers. */
  @Test
  void whatIsReadCanBeQuantised() throws IOException {
    Animal gptq = read().stream().filter(a -> a.name().equals("GPTQ")).findAny().orElseThrow();
    Path model = write(gptq).directory();
    Conversion done = convert(model, Formats.all(WeightFormat.INT8));
    assertThat(done.notes()).singleElement().asString().contains("GPTQ", "plain numbers");
    engine(folder.resolve("out")).close();
  }

  /** Codes and scales that the model's formats hold are taken over to the bit. */
  @ParameterizedTest
  @CsvSource({
    "GPTQ, INT4-G32",
    "'GPTQ, PyTorch', INT4-G32",
    "GPTQ with scales in bf16, INT4-G32",
    "GPTQ without g_idx, INT4-G32",
    "LLM.int8, INT8",
    "'fp8, a scale a weight', FP8",
    "'fp8, inputs rounded while running', FP8",
    "'GPTQ, asymmetric', BF16",
    "GPTQ of 8 bits, BF16",
    "AWQ, BF16",
    "fp8 in blocks, BF16",
  })
  void codesAreTakenOver(String name, String dtype) throws IOException {
    Animal animal = read().stream().filter(a -> a.name().equals(name)).findAny().orElseThrow();
    Written written = write(animal);
    convert(written.directory(), Formats.all(WeightFormat.STORED));
    Path out = folder.resolve("out");
    try (SourceCheckpoint source = SourceCheckpoints.open(out)) {
      for (SourceTensor tensor : source.tensors()) {
        boolean quantised = tensor.name().contains(".mlp.language_mlp.");
        assertThat(tensor.dtype()).as(tensor.name()).isEqualTo(quantised ? dtype : "F32");
        float[] wanted = Objects.requireNonNull(written.values().get(tensor.name()));
        float[] values = new float[wanted.length];
        tensor.read(0, values, values.length);
        for (int i = 0; i < values.length; i++) {
          // LLM.int8 has its quotient rounded; what becomes bf16 is rounded.
          float tolerance = Math.abs(wanted[i]) * (dtype.equals("BF16") ? 0x1p-8f : 0x1p-23f);
          boolean exact = dtype.equals("INT4-G32") || dtype.equals("FP8") || !quantised;
          assertThat(Math.abs(values[i] - wanted[i])).isLessThanOrEqualTo(exact ? 0 : tolerance);
        }
      }
    }
    assertThat(Verifier.verify(out, 1, ProgressListener.none()).problems()).isEmpty();
    engine(out).close();
  }

  private record Written(Path directory, Map<String, float[]> values) {}

  private Written write(Animal animal) throws IOException {
    Draft draft = Draft.small(scratch);
    Map<String, float[]> values = new LinkedHashMap<>();
    draft.originals().forEach((name, original) -> values.put(name, original.values()));
    values.putAll(animal.store().apply(draft));
    Path directory = folder.resolve("model");
    if (animal.torch()) {
      draft.writeTorch(directory);
    } else {
      draft.writeSafetensors(directory);
    }
    return new Written(directory, values);
  }

  private Conversion convert(Path model, Formats formats) {
    OutputOptions options = OutputOptions.to(folder.resolve("out"));
    return Converter.convert(model, formats, options, ProgressListener.none());
  }

  private static FoveaEngine engine(Path model) {
    return FoveaEngine.builder()
        .model(model)
        .threads(1)
        .activations(ActivationType.FLOAT)
        .kvCacheTokens(256)
        .contextTokens(128)
        .build();
  }

  /** The message with which it is refused. */
  private static String refusal(Supplier<Object> action) {
    try {
      Object result = action.get();
      if (result instanceof FoveaEngine engine) {
        engine.close();
      }
      throw new AssertionError("not refused: " + result);
    } catch (UnsupportedModelException | ModelLoadException e) {
      return String.valueOf(((FoveaException) e).getMessage());
    }
  }

  private static void assertValues(Path plain, Map<String, float[]> wanted) throws IOException {
    try (SourceCheckpoint source = SourceCheckpoints.open(plain)) {
      Map<String, float[]> found = new LinkedHashMap<>();
      for (SourceTensor tensor : source.tensors()) {
        float[] values = new float[(int) tensor.elements()];
        tensor.read(0, values, values.length);
        found.put(tensor.name(), values);
      }
      assertThat(found.keySet()).isEqualTo(wanted.keySet());
      wanted.forEach((name, values) -> assertThat(found.get(name)).as(name).isEqualTo(values));
    }
  }

  private void assertAnswersAlike(Path model, Path twin, double limit) throws IOException {
    Path one = trace(model, folder.resolve("one.safetensors"));
    Path other = trace(twin, folder.resolve("other.safetensors"));
    List<StageError> errors = TraceComparison.compare(one, other);
    assertThat(errors).isNotEmpty().allMatch(error -> error.relative() <= limit);
  }

  private static Path trace(Path model, Path file) {
    try (FoveaEngine engine = engine(model)) {
      return engine
          .diagnostics()
          .trace(List.of(), ChatRequest.textOnly("ab").build(), 0, file)
          .file();
    }
  }
}
