package io.fovea.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checkpoints of the repository that tests read. */
public final class Checkpoints {
  private static final Path HOME = Path.of(System.getProperty("fovea.home", "."));

  private Checkpoints() {}

  /** The small trained model, bf16. */
  public static Path bundled() {
    return HOME.resolve("weights-tools/models/cogvlm-shapes");
  }

  /**
   * Random checkpoints of every family and awkward sizes, written by the PyTorch reference; but for
   * OFA's, a family that is still to come.
   */
  public static List<Path> random() {
    Path goldens = HOME.resolve("java/core/src/test/resources/goldens");
    try (Stream<Path> files = Files.walk(goldens)) {
      return files
          .filter(file -> file.endsWith("config.json"))
          .filter(file -> !file.startsWith(goldens.resolve("traces/ofa")))
          .map(Path::getParent)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
