package io.fovea.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The small trained model that comes with the repository. */
final class BundledModel {
  static final String NAME = "cogvlm-shapes";

  /** Where models lie in a self-contained folder. */
  static final String MODELS = "models";

  /** System property: the root of the repository or self-contained folder. Set by the launcher. */
  static final String HOME_PROPERTY = "fovea.home";

  private BundledModel() {}

  /**
   * Its directory.
   *
   * @throws CommandFailure when it is not there
   */
  static Path directory() {
    Path directory = expected();
    if (!Files.isRegularFile(directory.resolve("config.json"))) {
      throw new CommandFailure(
          "the bundled model is not at " + directory,
          "start fovea from a complete checkout or folder, or name a model directory with --model");
    }
    return directory;
  }

  /** Where it should be, whether it is there or not. */
  static Path expected() {
    Path home = Path.of(System.getProperty(HOME_PROPERTY, ".")).toAbsolutePath().normalize();
    Path models = home.resolve(MODELS);
    return (Files.isDirectory(models) ? models : home.resolve("weights-tools/models"))
        .resolve(NAME);
  }
}
