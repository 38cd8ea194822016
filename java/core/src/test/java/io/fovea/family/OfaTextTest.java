package io.fovea.family;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.fuzz.Resources;
import io.fovea.text.SpecialTokens;
import io.fovea.text.Tokenizer;
import io.fovea.text.TokenizerFormat;
import io.fovea.text.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What OFA reads: text as the reference tidies it, and the ids of whole prompts. */
class OfaTextTest {
  private static final String GOLDENS = "/goldens/traces/ofa/";

  @TempDir Path folder;

  static Iterable<JsonNode> prompts() throws IOException {
    return json("prompts.json");
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void promptsAreTheReferences(JsonNode golden) throws IOException {
    String whole = whole(golden.get("task").textValue(), golden.get("text").textValue());
    assertThat(whole).isEqualTo(golden.get("whole").textValue());
    Tokenizer tokenizer = tokenizer();
    IntStream bins =
        IntStream.range(0, golden.get("bins").size())
            .map(i -> tokenizer.id("<bin_" + golden.get("bins").get(i) + ">").orElseThrow());
    IntStream inner = IntStream.concat(IntStream.of(tokenizer.encode(whole)), bins);
    IntStream begun = IntStream.concat(IntStream.of(tokenizer.bos()), inner);
    assertThat(IntStream.concat(begun, IntStream.of(tokenizer.eos())))
        .containsExactlyElementsOf(ids(golden));
  }

  /** The published sentences around what {@link OfaText} tidies. */
  private static String whole(String task, String text) {
    return switch (task) {
      case "refer" -> " which region does the text \" " + OfaText.caption(text) + " \" describe?";
      case "region" -> "  what does the region describe? region:";
      case "detect" -> " what are the objects in the image?";
      case "caption" -> " what does the image describe?";
      case "vqa" -> " " + OfaText.question(text);
      case "grounded_qa" -> " " + OfaText.question(text) + " region:";
      case "entail" -> " does the image describe \" " + OfaText.caption(text) + " \"?";
      case "base" -> text;
      default -> throw new IllegalArgumentException(task);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "'  ,Hello', ',hello'",
    "',.!?*#:;~Hello', hello",
    "'~ ,x', ',x'",
    "A-B/C, a b c",
    "the <PERSON>, the person",
    "the <per/son>, the <per son>",
    "'a\tb', 'a\tb'",
    "'a\t\tb', a b",
    "'a\u3000\u00a0b', a b",
    "'a\u00a0b', 'a\u00a0b'",
    "'x \n', x",
    "'x\n', x",
    "' \nx', x",
    "'\nx', '\nx'",
    "'\tx\t', '\tx\t'",
    "'', ''",
    "'?', ''",
    "'İ ΑΣ', 'i̇ ας'",
  })
  void captionsAreTidiedInTheOrderOfTraining(String text, String tidied) {
    assertThat(OfaText.caption(text)).isEqualTo(tidied);
  }

  @Test
  void captionsEndWithTheEightiethWord() {
    assertThat(OfaText.caption("w ".repeat(90))).isEqualTo("w ".repeat(79) + "w");
    assertThat(OfaText.caption("a\tb ".repeat(100)))
        .as("a tab does not part words")
        .isEqualTo("a\tb ".repeat(79) + "a\tb");
  }

  @Test
  void questionsKeepPersonsAndGetAMark() {
    assertThat(OfaText.question("Is <person> here")).isEqualTo("is <person> here?");
    assertThat(OfaText.question("?Is it-he? ")).isEqualTo("is it he?");
    assertThat(OfaText.question("")).isEqualTo("?");
  }

  private static Iterable<Integer> ids(JsonNode golden) {
    return IntStream.range(0, golden.get("ids").size())
        .mapToObj(i -> golden.get("ids").get(i).intValue())
        .toList();
  }

  private Tokenizer tokenizer() throws IOException {
    for (String file : new String[] {"vocab.json", "merges.txt"}) {
      Files.write(folder.resolve(file), Resources.bytes(GOLDENS + "layouts/bin/" + file));
    }
    SpecialTokens none = new SpecialTokens(-1, -1, -1);
    int vocabSize = json("layouts/bin/config.json").get("vocab_size").intValue();
    return Tokenizers.load(folder, TokenizerFormat.GPT2, none, OfaText.bins(vocabSize));
  }

  private static JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(Resources.bytes(GOLDENS + file));
  }
}
