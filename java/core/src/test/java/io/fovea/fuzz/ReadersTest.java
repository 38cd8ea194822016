package io.fovea.fuzz;

import io.fovea.grounding.Dialects;
import io.fovea.grounding.GroundingDialect;
import org.junit.jupiter.api.Test;

/**
 * Damaged files of every kind that is read: from a model directory, pictures, masks, and answers.
 */
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

  @Test
  void unigramJson() {
    DamagedFiles.check(UnigramJsonFuzzer::read, UnigramJsonFuzzer.sound(), SEED, 1_000);
  }

  @Test
  void tiktoken() {
    DamagedFiles.check(TiktokenFuzzer::read, TiktokenFuzzer.sound(), SEED, 2_000);
  }

  @Test
  void vocabularyAndMerges() {
    DamagedFiles.check(Gpt2Fuzzer::read, Gpt2Fuzzer.sound(), SEED, 1_000);
  }

  @Test
  void jpeg() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.jpeg(), SEED, 1_000);
  }

  @Test
  void png() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.png(), SEED, 1_000);
  }

  @Test
  void gif() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.gif(), SEED, 1_000);
  }

  @Test
  void bmp() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.bmp(), SEED, 1_000);
  }

  @Test
  void webp() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.webp(), SEED, 1_000);
  }

  @Test
  void tiff() {
    DamagedFiles.check(ImageFuzzer::read, ImageFuzzer.tiff(), SEED, 1_000);
  }

  @Test
  void masks() {
    DamagedFiles.check(MaskFuzzer::read, MaskFuzzer.sound(), SEED, 3_000);
  }

  @Test
  void answersWithBoxes() {
    for (GroundingDialect dialect : Dialects.all()) {
      DamagedFiles.checkNeverRefused(
          content -> DialectFuzzer.read(dialect, content), DialectFuzzer.sound(dialect), SEED, 300);
    }
  }
}
