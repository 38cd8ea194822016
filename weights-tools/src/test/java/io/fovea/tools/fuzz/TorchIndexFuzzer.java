package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.pickle.TorchSource;
import java.io.IOException;
import java.util.List;

/** The index of PyTorch shards, beside two sound ones. */
public final class TorchIndexFuzzer {
  private static final String INDEX = "pytorch_model.bin.index.json";
  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory()
          .keep("pytorch_model-00001-of-00002.bin", shard(1))
          .keep("pytorch_model-00002-of-00002.bin", shard(2));

  private TorchIndexFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    TorchSource.open(DIRECTORY.with(INDEX, input)).close();
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes("/torch/shards/" + INDEX));
  }

  private static byte[] shard(int number) {
    return Resources.bytes("/torch/shards/pytorch_model-0000" + number + "-of-00002.bin");
  }
}
