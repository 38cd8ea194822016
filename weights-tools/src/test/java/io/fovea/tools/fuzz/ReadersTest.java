package io.fovea.tools.fuzz;

import io.fovea.fuzz.DamagedFiles;
import org.junit.jupiter.api.Test;

/** Damaged checkpoints of every kind that is converted from. */
class ReadersTest {
  private static final long SEED = 20_260_102;

  @Test
  void torchFile() {
    DamagedFiles.check(TorchFuzzer::read, TorchFuzzer.sound(), SEED, 3_000);
  }

  @Test
  void torchIndex() {
    DamagedFiles.check(TorchIndexFuzzer::read, TorchIndexFuzzer.sound(), SEED, 1_000);
  }

  @Test
  void satConfig() {
    DamagedFiles.check(SatConfigFuzzer::read, SatConfigFuzzer.sound(), SEED, 1_000);
  }

  @Test
  void loraConfig() {
    DamagedFiles.check(LoraFuzzer::read, LoraFuzzer.sound(), SEED, 1_000);
  }

  @Test
  void ggufModel() {
    DamagedFiles.check(GgufModelFuzzer::read, GgufModelFuzzer.sound(), SEED, 2_000);
  }

  @Test
  void ggufProjector() {
    DamagedFiles.check(GgufProjectorFuzzer::read, GgufProjectorFuzzer.sound(), SEED, 2_000);
  }

  @Test
  void quantisedWeights() {
    DamagedFiles.check(QuantizedFuzzer::read, QuantizedFuzzer.sound(), SEED, 1_000);
  }

  @Test
  void quantizationConfig() {
    DamagedFiles.check(QuantizedFuzzer::readSettings, QuantizedFuzzer.soundSettings(), SEED, 1_000);
  }
}
