package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitExpressionTest {
  private static final String LLAMA3 =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  @Test
  void llama3CutsWordsNumbersAndBlanks() {
    assertThat(words(LLAMA3, "It's 12345  RED\u017F, isn'T it?\n\n  x"))
        .containsExactly(
            "It",
            "'s",
            " ",
            "123",
            "45",
            " ",
            " RED\u017F",
            ",",
            " isn",
            "'T",
            " it",
            "?\n\n",
            " ",
            " x");
  }

  /** U+017F is an s by case folding, U+0085 and U+3000 are blanks, U+2167 is a number. */
  @Test
  void classesAndCasesAreThoseOfUnicode() {
    assertThat(words(LLAMA3, "a'\u017Fb")).containsExactly("a", "'\u017F", "b");
    assertThat(words(LLAMA3, "\u0085\u3000\u00A0")).hasSize(1);
    assertThat(words(LLAMA3, "\u2167\u0664½²")).containsExactly("\u2167\u0664½", "²");
    assertThat(words("\\d+", "1\u0664\u2167")).containsExactly("1\u0664");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[^\\s\\p{L}\\p{N}]+[\\r\\n/]*",
        "[\\p{Lu}\\p{Lt}]*[\\p{Ll}\\p{M}]+(?i:'s|'t)?",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+",
        "[一-龥぀-ゟ゠-ヿ]+",
        "\\p{N}{3}|\\p{N}{1,2}| ?\\S++|\\s*+",
        "(?:a|(?:bc?)?d)?(?=[^x])",
      })
  void relativesAreAccepted(String expression) {
    assertThat(SplitExpression.compile(expression).pattern()).isEqualTo(expression);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+",
        "(?:a+)+",
        "(?:a|aa)*",
        "(?:a){3}",
        "a{2,}",
        "a{101}",
        "a{3,2}",
        "a{,2}",
        "a**",
        "a+?",
        ".",
        "^a",
        "a$",
        "\\b",
        "\\w",
        "\\h",
        "\\R",
        "\\1",
        "\\Qa\\E",
        "\\x41",
        "\\",
        "(?<=a)b",
        "(?<n>a)",
        "(?i)a",
        "(?>a)",
        "(?m:a)",
        "[a",
        "[]",
        "[^]",
        "[a&&b]",
        "[[a]b]",
        "[[:alpha:]]",
        "[a-\\s]",
        "[z-a]",
        "\\p{Han}",
        "\\p{IsL}",
        "\\pL",
        "\\p{^L}",
        "a)",
        "(?:a",
        "]",
        "}",
        "{",
        "*",
        "(?i:ist)",
        "(?i:Straß)",
        "(?i:ss)",
        "(?i:[a])",
        "(?i:ff)",
        "(?i:\\p{L})"
      })
  void whatOtherEnginesReadDifferentlyIsRefused(String expression) {
    assertThatThrownBy(() -> SplitExpression.compile(expression))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nestingAndLengthAreBounded() {
    String deep = "(?:".repeat(5000) + ")".repeat(5000);
    assertThatThrownBy(() -> SplitExpression.compile(deep))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("20000 characters");
    assertThatThrownBy(() -> SplitExpression.compile("(?:".repeat(50) + ")".repeat(50)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from character 24 on");
  }

  private static List<String> words(String expression, String text) {
    Pattern pattern = SplitExpression.compile(expression);
    return pattern.matcher(text).results().map(match -> match.group()).toList();
  }
}
