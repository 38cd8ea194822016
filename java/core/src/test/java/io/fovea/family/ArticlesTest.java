package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArticlesTest {
  @Test
  void whatMayBeThereHasAnIndefiniteArticle() {
    assertThat(Articles.indefinite("the red star")).isEqualTo("a red star");
    assertThat(Articles.indefinite("  An orange ")).isEqualTo("an orange");
    assertThat(Articles.indefinite("a  blue box")).isEqualTo("a blue box");
    assertThat(Articles.indefinite("theatre")).isEqualTo("a theatre");
  }
}
