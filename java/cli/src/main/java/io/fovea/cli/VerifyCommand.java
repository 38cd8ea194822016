package io.fovea.cli;

import io.fovea.engine.ActivationType;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.ComputeType;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.tools.StageError;
import io.fovea.tools.TraceComparison;
import io.fovea.tools.Verification;
import io.fovea.tools.Verifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea verify}: is a model directory sound, and how far is it from another? */
@Command(
    name = "verify",
    description = "Checks every tensor of a model directory, and compares it with another.",
    footer = {
      "",
      "Checked: recorded checksums, config.json, tokenizer; each tensor is there,",
      "known, of its shape, and finite. With --against both models answer one request,",
      "and the relative error of every stage is listed.",
      "Exit code 1: something is wrong, or a stage is beyond the limit.",
      "",
      "Examples:",
      "  fovea verify cogvlm-chat-int8",
      "  fovea verify cogvlm-chat-int8 --against cogvlm-chat-hf --image photo.png \\",
      "    --prompt \"What is it?\" --limit 0.1"
    })
final class VerifyCommand extends ToolCommand {
  @Parameters(paramLabel = "DIR", description = "The model directory.")
  @SuppressWarnings("NullAway.Init") // required
  private Path directory;

  @Option(
      names = "--against",
      paramLabel = "DIR",
      description = "A model to compare with: same architecture and sizes.")
  private @Nullable Path reference;

  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description = "Picture of the request. Default: none.")
  private @Nullable Path image;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "Question of the request. Default: \"What is in the picture?\".")
  private String prompt = "What is in the picture?";

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = "Prompt form of the request. Default: the model's.")
  private @Nullable PromptTemplate template;

  @Option(
      names = "--limit",
      paramLabel = "X",
      description = "Largest relative error a stage may have. Default: none.")
  private @Nullable Double limit;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description = "Tokenizer of both models, for directories without one.")
  private @Nullable Path tokenizer;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "Arithmetic of the comparison: auto, f32 or bf16. Default: f32.")
  private ComputeType dtype = ComputeType.F32;

  @Option(
      names = "--activations",
      paramLabel = "TYPE",
      description = "With int8 and int4 weights: auto, float or int8. Default: auto, int8.")
  private ActivationType activations = ActivationType.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      converter = OutputFlags.Positive.class,
      description = "CPU threads. Default: one for each core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @ArgGroup(exclusive = false, validate = false, order = 15, heading = "%nReading pictures:%n")
  private DecoderFlags pictures = new DecoderFlags();

  /** One stage of the comparison. */
  record Stage(String name, double relativeError, double largestDifference) {}

  /** The comparison. withinLimit: absent without a limit. */
  record Comparison(
      String against, List<Stage> stages, @Nullable Double limit, @Nullable Boolean withinLimit) {}

  /** The JSON result. ok: nothing wrong, and no stage beyond the limit. */
  record Result(
      String command,
      String model,
      boolean ok,
      int tensors,
      long bytes,
      int checksums,
      List<String> problems,
      List<String> notes,
      @Nullable Comparison comparison) {}

  @Override
  public Integer call() {
    Verification found;
    try (ProgressBars progress = ProgressBars.ofBytes(terminal())) {
      found = Verifier.verify(directory, threads, progress);
    }
    Comparison comparison = found.ok() && reference != null ? compare(reference) : null;
    boolean within = comparison == null || !Boolean.FALSE.equals(comparison.withinLimit());
    Result result =
        new Result(
            "verify",
            directory.toString(),
            found.ok() && within,
            found.tensors(),
            found.bytes(),
            found.checksums(),
            found.problems(),
            found.notes(),
            comparison);
    if (json()) {
      printJson(result);
    } else {
      report(result);
    }
    return result.ok() ? ExitCode.OK : ExitCode.FAILED;
  }

  private Comparison compare(Path against) {
    try {
      Path folder = Files.createTempDirectory("fovea-verify");
      try {
        ImageInput picture = readOnce();
        Path one = trace(directory, picture, folder.resolve("model.safetensors"));
        Path other = trace(against, picture, folder.resolve("reference.safetensors"));
        List<StageError> errors = TraceComparison.compare(one, other);
        Boolean within =
            limit == null ? null : errors.stream().allMatch(e -> e.relative() <= limit);
        List<Stage> stages =
            errors.stream()
                .map(e -> new Stage(e.stage(), rounded(e.relative()), rounded(e.largest())))
                .toList();
        return new Comparison(against.toString(), stages, limit, within);
      } finally {
        Files.deleteIfExists(folder.resolve("model.safetensors"));
        Files.deleteIfExists(folder.resolve("reference.safetensors"));
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "the comparison's temporary files failed: " + e.getMessage(),
          "free space for temporary files",
          e);
    }
  }

  private static double rounded(double value) {
    return Facts.rounded(value, 1e8);
  }

  /** Both models see the same pixels, even of a pipe. */
  private @Nullable ImageInput readOnce() {
    return image == null ? null : ImageInput.of(pictures.decoder().decode(ImageInput.of(image)));
  }

  private Path trace(Path model, @Nullable ImageInput picture, Path file) {
    EngineBuilder builder =
        FoveaEngine.builder().model(model).dtype(dtype).activations(activations).threads(threads);
    builder.promptTemplate(template);
    pictures.set(builder);
    if (tokenizer != null) {
      builder.tokenizer(tokenizer);
    }
    ChatRequest request = ChatRequest.textOnly(prompt).build();
    try (ProgressBars progress = new ProgressBars(terminal());
        FoveaEngine engine = builder.progress(progress).build()) {
      ChatRequest formed =
          template == null ? request : request.toBuilder().template(template).build();
      return engine
          .diagnostics()
          .trace(picture == null ? List.of() : List.of(picture), formed, 0, file)
          .file();
    }
  }

  private void report(Result result) {
    result.notes().forEach(note -> print("note: %s", note));
    result.problems().forEach(problem -> print("wrong: %s", problem));
    print(
        "%s: %d tensors of %s, all read; %s",
        result.model(),
        result.tensors(),
        Sizes.bytes(result.bytes()),
        result.checksums() == 0 ? "no checksums" : result.checksums() + " checksums");
    Comparison comparison = result.comparison();
    if (comparison != null) {
      print("%-32s %14s %14s", "stage", "relative error", "largest");
      for (Stage stage : comparison.stages()) {
        print(
            "%-32s %14.3e %14.3e", stage.name(), stage.relativeError(), stage.largestDifference());
      }
    }
    print("%s", result.ok() ? "ok" : "NOT ok");
  }
}
