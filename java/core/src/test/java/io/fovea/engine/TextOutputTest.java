package io.fovea.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.text.SentencePieceTokenizer;
import io.fovea.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextOutputTest {
  private static final Tokenizer TOKENIZER =
      SentencePieceTokenizer.load(GoldenCase.root().resolve("tokenizer.model"));

  @Test
  void stopSequencesAcrossTokensNeverComeOut() {
    assertThat(run("one two three", List.of("two"))).isEqualTo("one ");
    assertThat(run("one two three", List.of("e tw"))).isEqualTo("on");
    assertThat(run("aaab", List.of("aab"))).isEqualTo("a");
    assertThat(run("abcabd", List.of("abd", "zz"))).isEqualTo("abc");
    assertThat(run("abcd", List.of("bcd", "c"))).isEqualTo("ab");
  }

  @Test
  void heldBackTextComesOutAtTheEnd() {
    assertThat(run("wait for tw", List.of("two"))).isEqualTo("wait for tw");
    assertThat(run("", List.of("x"))).isEmpty();
  }

  /** Embeddings are often padded beyond the tokenizer's ids, and any row may be chosen. */
  @Test
  void anIdBeyondTheTokenizersIsNoText() {
    TextOutput output = new TextOutput(TOKENIZER, List.of());
    StringBuilder text = new StringBuilder();
    for (int id : TOKENIZER.encode("one two")) {
      text.append(output.append(id)).append(output.append(TOKENIZER.vocabularySize()));
    }
    assertThat(text.append(output.end()).toString()).isEqualTo("one two");
  }

  /** Any text and stops: the text up to where some stop is first complete. */
  @Test
  void anyTextIsCutWhereTheFirstStopIsComplete() {
    long seed = 17;
    Random random = new Random(seed);
    for (int round = 0; round < 3000; round++) {
      String text = letters(random, 12);
      List<String> stops =
          IntStream.range(0, 1 + random.nextInt(3))
              .mapToObj(i -> "a" + letters(random, 2))
              .toList();
      String written = run(text, stops);
      assertThat(stops).as("seed %d round %d: %s", seed, round, text).noneMatch(written::contains);
      assertThat(text).startsWith(written);
      boolean stopped = stops.stream().anyMatch(text::contains);
      assertThat(written.equals(text)).isEqualTo(!stopped);
    }
  }

  /** Feeds a text one byte token at a time, as the most broken up stream there is. */
  private static String run(String text, List<String> stops) {
    TextOutput output = new TextOutput(TOKENIZER, stops);
    List<String> released = new ArrayList<>();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int id = TOKENIZER.id(String.format("<0x%02X>", b & 0xff)).orElseThrow();
      released.add(output.append(id));
      if (output.stopped()) {
        break;
      }
    }
    released.add(output.end());
    assertThat(String.join("", released)).isEqualTo(output.text());
    return output.text();
  }

  private static String letters(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
