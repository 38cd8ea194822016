package io.fovea.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.TraceResult;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import io.fovea.prompt.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fovea trace}: every named intermediate of one request, for comparison. */
@Command(
    name = "trace",
    description = "Writes every intermediate of one request to a safetensors file.",
    footer = {
      "",
      "Tensors: pixel_values, vision.embeddings, vision.layers.N, vision.output,",
      "language.layers.N, language.norm, logits, input_ids, token_type_ids,",
      "position_ids; with --max-new-tokens also generated_ids; of a second picture",
      "pictures.1.pixel_values and so on. Shapes are in docs/NUMERICS.md.",
      "",
      "Examples:",
      "  fovea trace --image photo.png --prompt \"What is it?\" --out t.safetensors",
      "  fovea trace --model DIR --tokenizer tokenizer.model --prompt Hello \\",
      "    --template chat --dtype f32 --max-new-tokens 32 --out t.safetensors"
    })
final class TraceCommand extends EngineCommand {
  @Option(
      names = {"-i", "--image"},
      paramLabel = "FILE",
      description = {
        "A picture: PNG, JPEG, GIF, BMP, WebP or TIFF. Default: a text-only request.",
        "Give it again for each further one, where the model looks at several."
      })
  private List<Path> images = new ArrayList<>();

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      required = true,
      description = "The question.")
  @SuppressWarnings("NullAway.Init") // required
  private String prompt;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = "Prompt form: base, chat or vqa. Default: the model's.")
  private @Nullable PromptTemplate template;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Earlier turns: JSON [[\"question\", \"answer\"], ...].")
  private @Nullable Path history;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "0",
      description = "Also generate this many tokens, greedily. Default: 0.")
  private int maxNewTokens;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "The safetensors file to write.")
  @SuppressWarnings("NullAway.Init") // required
  private Path out;

  private List<Turn> turns = List.of();

  /**
   * The JSON result.
   *
   * @param tensors their names, in the file's order
   * @param promptTokens rows of the traced step, image included
   * @param generatedTokens tokens in generated_ids
   */
  record Result(
      String command,
      String model,
      String file,
      int promptTokens,
      int generatedTokens,
      List<String> tensors) {}

  @Override
  @Nullable PromptTemplate template() {
    return template;
  }

  @Override
  void check() {
    images.forEach(EngineCommand::checkPicture);
    OutputFile.check(out);
    turns = history == null ? List.of() : readTurns(history);
  }

  @Override
  int run(FoveaEngine engine) {
    ChatRequest request = ChatRequest.textOnly(prompt).history(turns).build();
    TraceResult trace =
        engine
            .diagnostics()
            .trace(
                images.stream().map(ImageInput::of).toList(),
                template == null ? request : request.toBuilder().template(template).build(),
                maxNewTokens,
                out);
    for (int i = 0; i < images.size(); i++) {
      DecoderFlags.report(terminal(), images.get(i), trace.notes().get(i));
    }
    if (json()) {
      printJson(
          new Result(
              "trace",
              modelName(engine),
              trace.file().toString(),
              trace.promptTokens(),
              trace.generatedTokens(),
              trace.tensors()));
    } else {
      print(
          "wrote %s: %d tensors of %d prompt tokens, %d generated",
          trace.file(), trace.tensors().size(), trace.promptTokens(), trace.generatedTokens());
    }
    return ExitCode.OK;
  }

  /** [["question", "answer"], ...] */
  static List<Turn> readTurns(Path file) {
    String remedy = "write [[\"question\", \"answer\"], ...]";
    List<List<String>> pairs = Json.read(file, new TypeReference<>() {}, remedy);
    for (int i = 0; i < pairs.size(); i++) {
      List<String> pair = pairs.get(i);
      if (pair == null || pair.size() != 2 || pair.contains(null)) {
        throw new CommandFailure(
            file + ": entry " + i + " is not a question and an answer", remedy);
      }
    }
    return pairs.stream().map(pair -> new Turn(pair.get(0), pair.get(1))).toList();
  }
}
