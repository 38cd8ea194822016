package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.fuzz.Resources;
import io.fovea.text.SentencePieceTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The blank before a text that goes on behind a token: pieces of a vocabulary of 700. */
class ContinuedTextTest {
  private static final SentencePieceTokenizer LLAMA =
      SentencePieceTokenizer.parse(Path.of("llama.model"), Resources.bytes("/text/llama.model"));

  @TempDir Path folder;

  private static int id(String piece) {
    return LLAMA.id(piece).orElseThrow();
  }

  @Test
  void aBlankAloneVanishes() {
    int[] ids = LLAMA.encode("🙂");
    assertThat(LLAMA.piece(ids[0])).isEqualTo("▁");
    assertThat(ContinuedText.encode(LLAMA, "🙂")).isEqualTo(Arrays.copyOfRange(ids, 1, ids.length));
    assertThat(ContinuedText.encode(LLAMA, "")).isEmpty();
  }

  /** Every piece with a blank before it, as a text of its own. */
  @Test
  void whatIsLeftOfAPieceIsThatPieceOrUnknown() {
    int known = 0;
    int unknown = 0;
    for (int piece = 0; piece < LLAMA.vocabularySize(); piece++) {
      String text = LLAMA.piece(piece);
      if (!text.startsWith("▁") || text.length() == 1 || text.startsWith("▁▁")) {
        continue;
      }
      String rest = text.substring(1);
      if (!Arrays.equals(LLAMA.encode(rest), new int[] {piece})) {
        continue;
      }
      boolean there = LLAMA.id(rest).isPresent();
      known += there ? 1 : 0;
      unknown += there ? 0 : 1;
      assertThat(ContinuedText.encode(LLAMA, rest))
          .as(text)
          .containsExactly(there ? id(rest) : LLAMA.unknown());
    }
    assertThat(known).isGreaterThan(10);
    assertThat(unknown).isGreaterThan(10);
  }

  @Test
  void otherPiecesStay() {
    int[] ids = LLAMA.encode("the dog: 12");
    int[] continued = ContinuedText.encode(LLAMA, "the dog: 12");
    int tail = ids.length - 1;
    assertThat(IntStream.of(continued).skip(continued.length - tail).toArray())
        .isEqualTo(Arrays.copyOfRange(ids, 1, ids.length));
  }

  @Test
  void theFlagIsTheFolders() throws IOException {
    Path tokenizer = folder.resolve("tokenizer.model");
    Path config = folder.resolve("tokenizer_config.json");
    assertThat(ExtraTokens.legacy(tokenizer)).as("no file").isTrue();
    Files.writeString(config, "{\"legacy\": null}");
    assertThat(ExtraTokens.legacy(tokenizer)).isTrue();
    Files.writeString(config, "{\"legacy\": false}");
    assertThat(ExtraTokens.legacy(tokenizer)).isFalse();
    Files.writeString(config, "{\"legacy\": \"no\"}");
    assertThatThrownBy(() -> ExtraTokens.legacy(tokenizer))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("tokenizer_config.json: legacy")
        .hasMessageContaining("true or false");
  }
}
