package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.pickle.TorchSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file of {@code torch.save}: container, pickle and the tensors' values. */
public final class TorchFuzzer {
  private static final ScratchDirectory DIRECTORY = new ScratchDirectory();

  private TorchFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    Path file = DIRECTORY.with("model.bin", input).resolve("model.bin");
    try (TorchSource source = TorchSource.open(file)) {
      SourceValues.readEnds(source);
    }
  }

  static List<byte[]> sound() {
    return List.of(
        Resources.bytes("/torch/zip.pt"),
        Resources.bytes("/torch/protocol4.pt"),
        Resources.bytes("/torch/legacy.pt"),
        Resources.bytes("/torch/training.pt"));
  }
}
