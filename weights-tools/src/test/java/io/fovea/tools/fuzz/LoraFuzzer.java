package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.lora.LoraCheckpoint;
import io.fovea.tools.synthetic.Preset;
import io.fovea.tools.synthetic.Size;
import io.fovea.tools.synthetic.SyntheticSource;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** An adapter's {@code adapter_config.json}, beside sound weights and before a model that fits. */
public final class LoraFuzzer {
  private static final String FOLDER = "/lora/two/first/";
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory().keep(WEIGHTS, Resources.bytes(FOLDER + WEIGHTS));
  private static final SyntheticSource MODEL =
      SyntheticSource.of(
          Preset.SMALL_V1.model(Map.of(Size.HIDDEN, 128L, Size.INTERMEDIATE, 56L)), 1);

  private LoraFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    LoraCheckpoint.of(MODEL, MODEL.layout(), List.of(DIRECTORY.with(CONFIG, input))).close();
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes(FOLDER + CONFIG));
  }
}
