package io.fovea.cli;

import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.image.ImageInput;
import io.fovea.prompt.PromptTemplate;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** A command that opens a model, works with it and closes it. */
abstract class EngineCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private FoveaCommand fovea;

  @ArgGroup(exclusive = false, validate = false, order = 20, heading = "%nModel:%n")
  private ModelFlags model = new ModelFlags();

  @ArgGroup(exclusive = false, validate = false, order = 15, heading = "%nReading pictures:%n")
  private DecoderFlags pictures = new DecoderFlags();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  private boolean json;

  /** Does the work and returns the exit code. */
  abstract int run(FoveaEngine engine);

  /** Checks that need no model, made before it is loaded. */
  void check() {}

  /**
   * The prompt form of requests that name none, null for the model's own. Most commands name one in
   * each request, so that a model whose config.json has a form of another name can be asked.
   */
  @Nullable PromptTemplate template() {
    return PromptTemplate.BASE;
  }

  @Override
  public final Integer call() {
    check();
    try (FoveaEngine engine = open()) {
      if (model.asksForAChoice()) {
        terminal().err().println("fovea: device " + engine.device().reason());
      }
      return run(engine);
    }
  }

  private FoveaEngine open() {
    try (ProgressBars progress = new ProgressBars(terminal())) {
      return model.open(pictures, template(), progress);
    }
  }

  final Terminal terminal() {
    return fovea.terminal();
  }

  final PrintStream out() {
    return terminal().out();
  }

  /** How pictures are read. */
  final DecoderFlags pictures() {
    return pictures;
  }

  final boolean json() {
    return json;
  }

  /** What results call the model: its folder's name. */
  static String modelName(FoveaEngine engine) {
    return modelName(engine.model().directory());
  }

  /** The same of the folder itself. */
  static String modelName(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? "/" : name.toString();
  }

  /** Prints one line of a human-readable result; the format's numbers are locale-independent. */
  final void print(String format, Object... values) {
    out().println(String.format(Locale.ROOT, format, values));
  }

  /** Prints a result record as JSON. */
  final void printJson(Object result) {
    out().println(Json.write(result));
  }

  /** Finds a picture that is missing before a large model is loaded. */
  static void checkPicture(Path image) {
    if (!Files.exists(image)) {
      throw new CommandFailure("there is no picture " + image, "check its name and folder");
    }
  }

  /** Encodes a picture, and says on standard error what of it was lost. */
  final EncodedImage encode(FoveaEngine engine, Path image) {
    return encode(engine, image, ImageInput.of(image));
  }

  /** The same of a picture that may be read already; {@code image} is its name. */
  final EncodedImage encode(FoveaEngine engine, Path image, ImageInput input) {
    EncodedImage encoded = engine.encode(input);
    DecoderFlags.report(terminal(), image, encoded.notes());
    return encoded;
  }
}
