package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.weights.CheckpointFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The index of a checkpoint in shards, beside two sound ones. */
public final class CheckpointIndexFuzzer {
  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory()
          .keep("one.safetensors", shard("a"))
          .keep("two.safetensors", shard("b"));

  private CheckpointIndexFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    CheckpointFiles.list(DIRECTORY.with(CheckpointFiles.INDEX, input));
  }

  static List<byte[]> sound() {
    String index =
        "{\"metadata\":{\"total_size\":8},"
            + "\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}";
    return List.of(index.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] shard(String tensor) {
    return SafetensorsFuzzer.file(
        "{\"" + tensor + "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4);
  }
}
