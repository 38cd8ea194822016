package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.weights.CheckpointFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The header of a safetensors file. */
public final class SafetensorsFuzzer {
  private static final ScratchDirectory DIRECTORY = new ScratchDirectory();

  private SafetensorsFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    CheckpointFiles.list(DIRECTORY.with(CheckpointFiles.SINGLE, input));
  }

  static List<byte[]> sound() {
    return List.of(
        file(
            """
            {"__metadata__":{"format":"pt"},
             "a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},
             "b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},
             "c":{"dtype":"F8_E4M3","shape":[0,5],"data_offsets":[26,26]},
             "d":{"dtype":"I64","shape":[1,1,2],"data_offsets":[26,42]}}
            """,
            42),
        file("{\"x\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]}}   ", 9),
        file("{}", 0));
  }

  static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }
}
