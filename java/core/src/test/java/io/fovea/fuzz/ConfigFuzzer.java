package io.fovea.fuzz;

import io.fovea.FoveaException;
import io.fovea.family.Families;
import io.fovea.weights.StoredShapes;
import java.io.IOException;
import java.util.List;

/** A model's {@code config.json}. */
public final class ConfigFuzzer {
  private static final ScratchDirectory DIRECTORY = new ScratchDirectory();

  private ConfigFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    Families.describe(DIRECTORY.with("config.json", input), StoredShapes.none());
  }

  static List<byte[]> sound() {
    return List.of(
        Resources.bytes("/goldens/traces/head112/checkpoint/config.json"),
        Resources.bytes("/goldens/traces/cogvlm2/keys8_2/checkpoint/config.json"),
        Resources.bytes("/goldens/traces/cogagent/cross49/checkpoint/config.json"),
        Resources.bytes("/goldens/traces/kosmos2/patch8/checkpoint/config.json"),
        Resources.bytes("/goldens/traces/qwen-vl/head104/checkpoint/config.json"));
  }
}
