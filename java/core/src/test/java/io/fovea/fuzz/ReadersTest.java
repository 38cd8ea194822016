package io.fovea.fuzz;

import org.junit.jupiter.api.Test;

/** Damaged files of every kind that is read from a model directory. */
class ReadersTest {
  private static final long SEED = 20_260_101;

  @Test
  void safetensorsHeader() {
    DamagedFiles.check(SafetensorsFuzzer::read, SafetensorsFuzzer.sound(), SEED, 3_000);
  }

  @Test
  void checkpointIndex() {
    DamagedFiles.check(CheckpointIndexFuzzer::read, CheckpointIndexFuzzer.sound(), SEED, 3_000);
  }

  @Test
  void config() {
    DamagedFiles.check(ConfigFuzzer::read, ConfigFuzzer.sound(), SEED, 3_000);
  }

  @Test
  void sentencePieceModel() {
    DamagedFiles.check(SentencePieceFuzzer::read, SentencePieceFuzzer.sound(), SEED, 2_000);
  }

  @Test
  void tokenizerJson() {
    DamagedFiles.check(TokenizerJsonFuzzer::read, TokenizerJsonFuzzer.sound(), SEED, 1_000);
  }
}
