package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.gguf.GgufSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The image encoder of a GGUF pair, beside a sound language model. */
public final class GgufProjectorFuzzer {
  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory().keep("model.gguf", Resources.bytes(GgufModelFuzzer.MODEL));

  private GgufProjectorFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    Path directory = DIRECTORY.with("mmproj.gguf", input);
    try (GgufSource source =
        GgufSource.open(directory.resolve("model.gguf"), directory.resolve("mmproj.gguf"))) {
      SourceValues.readEnds(source);
    }
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes(GgufModelFuzzer.PROJECTOR));
  }
}
