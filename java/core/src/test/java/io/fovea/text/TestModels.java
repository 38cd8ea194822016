package io.fovea.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The tokenizer models among the test resources; {@code make_models.py} there describes them. */
public final class TestModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TestModels() {}

  /** A SentencePiece model. */
  public static SentencePieceTokenizer load(String resource) {
    return SentencePieceTokenizer.parse(Path.of(resource), bytes(resource));
  }

  /**
   * One of the tokenizers that {@code make_byte_level.py} describes; its special ids are the last.
   */
  public static ByteLevelTokenizer byteLevel(String name) {
    String resource = "/text/" + name + ".json.gz";
    SpecialTokens special =
        name.equals("llama3")
            ? new SpecialTokens(1200, 1201, 1202)
            : new SpecialTokens(900, 900, 900);
    return ByteLevelTokenizer.parse(Path.of(resource), bytes(resource), special);
  }

  /** The tokenizer of a folder of goldens, "unigram" or "tiktoken"; no id has a role. */
  public static MarkupTokenizer markup(String name) {
    SpecialTokens none =
        new SpecialTokens(SpecialTokens.NONE, SpecialTokens.NONE, SpecialTokens.NONE);
    String file = "/goldens/text/" + name + "/tiny";
    return name.equals("unigram")
        ? UnigramTokenizer.parse(Path.of(file), bytes(file + ".json.gz"), none)
        : ByteLevelTokenizer.parseTiktoken(Path.of(file), bytes(file + ".tiktoken"), none);
  }

  /** The tiny rank file with more tokens at its end, each a merge of two before it. */
  public static MarkupTokenizer tiktokenWith(String... merged) {
    StringBuilder file =
        new StringBuilder(
            new String(bytes("/goldens/text/tiktoken/tiny.tiktoken"), StandardCharsets.US_ASCII));
    long rank = file.chars().filter(c -> c == '\n').count();
    for (String token : merged) {
      byte[] text = token.getBytes(StandardCharsets.UTF_8);
      file.append(Base64.getEncoder().encodeToString(text)).append(' ').append(rank++).append('\n');
    }
    SpecialTokens none =
        new SpecialTokens(SpecialTokens.NONE, SpecialTokens.NONE, SpecialTokens.NONE);
    byte[] all = file.toString().getBytes(StandardCharsets.US_ASCII);
    return ByteLevelTokenizer.parseTiktoken(Path.of("more.tiktoken"), all, none);
  }

  /** Recorded results, one JSON object a line. */
  static List<JsonNode> cases(String resource) {
    return new String(bytes(resource), StandardCharsets.UTF_8)
        .lines()
        .map(TestModels::json)
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(line, e);
    }
  }

  /** The token ids of a recorded result. */
  static int[] ids(JsonNode golden) {
    return ids(golden, "ids");
  }

  static int[] ids(JsonNode golden, String name) {
    return JSON.convertValue(golden.get(name), int[].class);
  }

  /** Content of a resource such as "/text/llama.model"; unpacked if it ends in ".gz". */
  static byte[] bytes(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(resource, e);
    }
  }

  static InputStream open(String resource) throws IOException {
    InputStream in =
        Objects.requireNonNull(TestModels.class.getResourceAsStream(resource), resource);
    return resource.endsWith(".gz") ? new GZIPInputStream(in) : in;
  }
}
