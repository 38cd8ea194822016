package io.fovea.tools.fuzz;

import io.fovea.FoveaException;
import io.fovea.fuzz.Resources;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.tools.pickle.SatSource;
import java.io.IOException;
import java.util.List;

/** SwissArmyTransformer's {@code model_config.json}, beside sound weights. */
public final class SatConfigFuzzer {
  private static final String CONFIG = "model_config.json";
  private static final String STATES = "mp_rank_00_model_states.pt";
  private static final ScratchDirectory DIRECTORY =
      new ScratchDirectory().keep(STATES, Resources.bytes("/sat/cogvlm/1/" + STATES));

  private SatConfigFuzzer() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    try {
      read(input);
    } catch (FoveaException expected) {
      // refused, as it should be
    }
  }

  static void read(byte[] input) throws IOException {
    try (SatSource source = SatSource.open(DIRECTORY.with(CONFIG, input))) {
      source.config();
    }
  }

  static List<byte[]> sound() {
    return List.of(Resources.bytes("/sat/cogvlm/" + CONFIG));
  }
}
