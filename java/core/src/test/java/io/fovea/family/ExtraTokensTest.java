package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.fuzz.DamagedFiles;
import io.fovea.fuzz.ScratchDirectory;
import io.fovea.text.ExtraToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtraTokensTest {
  private static final String CONFIG =
      "{\"added_tokens_decoder\": {\"32000\": {\"content\": \"<pad>\", \"special\": true}, \"32001\":"
          + " {\"content\": \"<box>\", \"lstrip\": false}}, \"bos_token\": \"<s>\", \"x\": NaN}";

  @TempDir Path folder;

  @Test
  void theConfigGoesBeforeTheList() throws IOException {
    Path tokenizer = folder.resolve("tokenizer.model");
    assertThat(ExtraTokens.beside(tokenizer)).isEmpty();
    assertThat(ExtraTokens.named(tokenizer, "bos_token")).isEmpty();
    Files.writeString(
        folder.resolve("added_tokens.json"), "{\"<pad>\": 32000, \"<point>\": 32002}");
    Files.writeString(folder.resolve("tokenizer_config.json"), CONFIG);
    assertThat(ExtraTokens.beside(tokenizer))
        .containsExactly(
            new ExtraToken(32000, "<pad>", true),
            new ExtraToken(32001, "<box>", false),
            new ExtraToken(32002, "<point>", false));
    assertThat(ExtraTokens.named(tokenizer, "bos_token")).contains("<s>");
    assertThat(ExtraTokens.named(tokenizer, "eos_token")).isEmpty();
  }

  @Test
  void damagedFiles() {
    ScratchDirectory scratch = new ScratchDirectory();
    DamagedFiles.check(
        content -> {
          Path tokenizer = scratch.with("tokenizer_config.json", content).resolve("x.model");
          ExtraTokens.beside(tokenizer);
          ExtraTokens.named(tokenizer, "bos_token");
        },
        List.of(CONFIG.getBytes(StandardCharsets.UTF_8)),
        20_260_104,
        2_000);
  }
}
