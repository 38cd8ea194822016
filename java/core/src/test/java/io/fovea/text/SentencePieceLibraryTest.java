package io.fovea.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.sentencepiece.SpProcessor;
import ai.djl.sentencepiece.SpTokenizer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizer against the SentencePiece library itself (its native build in DJL). */
class SentencePieceLibraryTest {
  private static final int STRINGS = 6_000;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/text/llama.model",
        "/text/unused.model",
        "/text/bare.model",
        "/text/unigram.model",
        "/text/unigram_bytes.model",
        "/text/nmt.model.gz",
        "/goldens/text/tiny.model"
      })
  void encodesAsTheLibraryDoes(String resource) {
    Tokenizer tokenizer = TestModels.load(resource);
    RandomText texts = new RandomText(resource.hashCode());
    try (SpTokenizer library = new SpTokenizer(TestModels.bytes(resource))) {
      SpProcessor processor = library.getProcessor();
      for (int i = 0; i < STRINGS; i++) {
        String text = texts.next();
        assertThat(tokenizer.encode(text))
            .as("%s, string %d: %s", resource, i, text)
            .isEqualTo(processor.encode(withoutLoneSurrogates(text)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/text/llama.model",
        "/text/unused.model",
        "/text/bare.model",
        "/text/unigram.model",
        "/text/unigram_bytes.model",
        "/text/nmt.model.gz",
        "/goldens/text/tiny.model"
      })
  void decodesAsTheLibraryDoes(String resource) {
    Tokenizer tokenizer = TestModels.load(resource);
    Random random = new Random(resource.hashCode());
    int compared = 0;
    try (SpTokenizer library = new SpTokenizer(TestModels.bytes(resource))) {
      SpProcessor processor = library.getProcessor();
      for (int i = 0; i < STRINGS; i++) {
        int[] ids = ids(random, tokenizer.vocabularySize());
        String text = tokenizer.decode(ids);
        if (survivesModifiedUtf8(text)) {
          assertThat(text).as(Arrays.toString(ids)).isEqualTo(processor.decode(ids));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(STRINGS / 4);
  }

  /** Ids from a prefix of the vocabulary, so that control and byte tokens are frequent. */
  private static int[] ids(Random random, int vocabularySize) {
    int[] bounds = {4, 10, 262, vocabularySize};
    int bound = bounds[random.nextInt(bounds.length)];
    return random.ints(random.nextInt(12), 0, bound).toArray();
  }

  /** The native build hands decoded text to Java as modified UTF-8, which breaks these. */
  private static boolean survivesModifiedUtf8(String text) {
    return text.indexOf('\0') < 0 && text.codePoints().allMatch(c -> c < 0x10000);
  }

  private static String withoutLoneSurrogates(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }
}
