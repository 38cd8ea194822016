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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** As transformers: a token that any of the files gives a role to is special. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "tokenizer_config.json; {~pad_token~: ~[PAD]~}",
        "tokenizer_config.json; {~pad_token~: {~__type~: ~AddedToken~, ~content~: ~[PAD]~}}",
        "tokenizer_config.json; {~additional_special_tokens~: [~<x>~, ~[PAD]~]}",
        "tokenizer_config.json; {~additional_special_tokens~: [{~content~: ~[PAD]~}]}",
        "tokenizer_config.json; {~extra_special_tokens~: {~padding~: ~[PAD]~}}",
        "tokenizer_config.json; {~pad_token~: ~[PAD]~, ~added_tokens_decoder~: {~640~: {~content~:"
            + " ~[PAD]~, ~special~: false}}}",
        "special_tokens_map.json; {~pad_token~: ~[PAD]~}",
        "special_tokens_map.json; {~mask_token~: {~content~: ~[PAD]~, ~lstrip~: false}}",
        "special_tokens_map.json; {~additional_special_tokens~: [~[PAD]~]}",
      })
  void aTokenWithARoleIsSpecial(String file, String content) throws IOException {
    Path tokenizer = folder.resolve("tokenizer.model");
    Files.writeString(folder.resolve("added_tokens.json"), "{\"[PAD]\": 640, \"<box>\": 641}");
    Files.writeString(folder.resolve(file), content.replace('~', '"'));
    assertThat(ExtraTokens.beside(tokenizer))
        .containsExactly(new ExtraToken(640, "[PAD]", true), new ExtraToken(641, "<box>", false));
  }

  @Test
  void aRoleMayStandInTheMapAlone() throws IOException {
    Path tokenizer = folder.resolve("tokenizer.model");
    Files.writeString(
        folder.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"<p>\"}}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"pad_token\": null}");
    assertThat(ExtraTokens.named(tokenizer, "pad_token")).contains("<p>");
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
