package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.gguf.GgufSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The language model of a GGUF pair, beside a sound image encoder. */
public final class GgufModelFuzzer {
  static final String MODEL = "/gguf/pair/tiny-F16.gguf";
  static final String PROJECTOR = "/gguf/pair/mmproj-tiny-F16.gguf";

  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory().keep("mmproj.gguf", Resources.bytes(PROJECTOR));

  private GgufModelFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    Path directory = DIRECTORY.with("model.gguf", input);
    try (GgufSource source = GgufSource.open(directory)) {
      source.config();
      source.companions();
      SourceValues.readEnds(source);
    }
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes(MODEL));
  }
}
