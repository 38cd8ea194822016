package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Index.atIndex;

import org.junit.jupiter.api.Test;

class PromptTokensTest {
  private final Tokenizer tokenizer = TestModels.load("/text/bare.model");

  @Test
  void theImageStandsBetweenTheBeginTokenAndTheText() {
    int[] text = tokenizer.encode("red circle");
    PromptTokens prompt = PromptTokens.of(tokenizer, 3, "red circle");
    assertThat(prompt.length()).isEqualTo(4 + text.length);
    assertThat(prompt.ids()).startsWith(tokenizer.bos(), 3, 3, 3).endsWith(text);
    assertThat(prompt.tokenTypes()).startsWith(0, 1, 1, 1, 0).hasSize(prompt.length());
    assertThat(prompt.tokenTypes()).contains(PromptTokens.VISION, atIndex(3));
    assertThat(prompt.imagePositions()).isEqualTo(3);
  }

  @Test
  void withoutImageThereIsNoPlaceholder() {
    PromptTokens prompt = PromptTokens.of(tokenizer, 0, "red");
    assertThat(prompt.ids()).startsWith(tokenizer.bos()).endsWith(tokenizer.encode("red"));
    assertThat(prompt.length()).isEqualTo(1 + tokenizer.encode("red").length);
    assertThat(prompt.tokenTypes()).containsOnly(PromptTokens.LANGUAGE);
  }

  @Test
  void theTextMayBeEmpty() {
    PromptTokens prompt = PromptTokens.of(tokenizer, 2, "");
    assertThat(prompt.ids()).containsExactly(tokenizer.bos(), 3, 3);
    assertThat(prompt.tokenTypes()).containsExactly(0, 1, 1);
  }

  @Test
  void arraysAreTheCallers() {
    PromptTokens prompt = PromptTokens.of(tokenizer, 1, "red");
    prompt.ids()[0] = 77;
    prompt.tokenTypes()[1] = 0;
    assertThat(prompt.ids()[0]).isEqualTo(tokenizer.bos());
    assertThat(prompt.tokenTypes()[1]).isEqualTo(PromptTokens.VISION);
  }

  @Test
  void aNegativeCountIsRefused() {
    assertThatThrownBy(() -> PromptTokens.of(tokenizer, -1, "red"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
