package io.fovea.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.text.UnigramModel.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sections of a {@code tokenizer.json} that are particular to unigram vocabularies: each is
 * either what this tokenizer computes or refused.
 */
final class UnigramJsonParts {
  private static final int MAX_STEPS = 8;
  private static final String SPACES = " {2,}"; // the expression that converters write
  private static final Pattern TWO_SPACES = Pattern.compile(SPACES);

  private final Path file;
  private final TokenizerJsonParts parts;

  UnigramJsonParts(Path file, TokenizerJsonParts parts) {
    this.file = file;
    this.parts = parts;
  }

  /** The steps of a normaliser, of which there may be none. */
  List<UnaryOperator<String>> normalizer(JsonNode section) {
    if (section.isNull()) {
      return List.of();
    }
    List<UnaryOperator<String>> steps = new ArrayList<>();
    for (JsonNode step : TokenizerJsonParts.steps(section, "normalizers")) {
      steps.add(step("normalizer[" + steps.size() + "]", step));
      parts.require(
          steps.size() <= MAX_STEPS, "normalizer", "has more than " + MAX_STEPS + " steps");
    }
    return List.copyOf(steps);
  }

  private UnaryOperator<String> step(String field, JsonNode step) {
    String type = step.path("type").asText();
    return switch (type) {
      case "Precompiled" -> new CharacterMapNormalizer(characterMap(field, step))::normalize;
      case "Replace" -> replacement(field, step);
      case "Strip" -> {
        boolean left = step.path("strip_left").asBoolean();
        boolean right = step.path("strip_right").asBoolean();
        yield text -> WhiteSpace.strip(text, left, right);
      }
      default -> throw fail(field, "is of type '" + type + "'");
    };
  }

  private CharacterMap characterMap(String field, JsonNode step) {
    String blob = step.path("precompiled_charsmap").asText();
    String name = field + ".precompiled_charsmap";
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(blob);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(
          file, name, "is not base 64: " + e.getMessage(), TokenizerJsonSections.REMEDY, e);
    }
    return CharacterMap.parse(bytes)
        .orElseThrow(() -> fail(name, "its trie does not fit into its " + bytes.length + " bytes"));
  }

  private UnaryOperator<String> replacement(String field, JsonNode step) {
    JsonNode pattern = step.path("pattern");
    boolean known = pattern.path("Regex").asText().equals(SPACES);
    parts.require(known, field + ".pattern", "is " + TokenizerJsonParts.abridged(pattern));
    JsonNode content = step.path("content");
    parts.require(content.isTextual(), field + ".content", "is no text");
    String quoted = Matcher.quoteReplacement(content.textValue());
    return text -> TWO_SPACES.matcher(text).replaceAll(quoted);
  }

  /** Metaspace, alone or after a split at white space. */
  Words words(JsonNode section) {
    String field = "pre_tokenizer";
    List<JsonNode> steps = TokenizerJsonParts.steps(section, "pretokenizers");
    int count = steps.size();
    parts.require(count == 1 || count == 2, field, "has " + count + " steps");
    if (count == 2) {
      String type = steps.get(0).path("type").asText();
      parts.require(type.equals("WhitespaceSplit"), field + "[0]", "is of type '" + type + "'");
    }
    JsonNode metaspace = steps.get(count - 1);
    boolean markFirst = requireMetaspace(field, metaspace);
    return new Words(count == 2, markFirst, metaspace.path("split").asBoolean(true));
  }

  /** Whether a mark is put before each text. */
  private boolean requireMetaspace(String field, JsonNode step) {
    String type = step.path("type").asText();
    parts.require(type.equals("Metaspace"), field, "is of type '" + type + "', not 'Metaspace'");
    String mark = step.path("replacement").asText();
    parts.require(mark.equals(Tokenizer.SPACE_MARK), field + ".replacement", "is '" + mark + "'");
    boolean none = !step.path("add_prefix_space").asBoolean(true); // of older files
    String scheme = step.path("prepend_scheme").asText(none ? "never" : "always");
    boolean known = scheme.equals("never") || (scheme.equals("always") && !none);
    parts.require(known, field + ".prepend_scheme", "is '" + scheme + "'");
    return scheme.equals("always");
  }

  /** Metaspace as the words have it, alone or in a sequence; text that is whole may be fused. */
  void requireDecoder(JsonNode section, Words words) {
    List<JsonNode> steps = new ArrayList<>(TokenizerJsonParts.steps(section, "decoders"));
    steps.removeIf(step -> step.path("type").asText().equals("Fuse"));
    parts.require(steps.size() == 1, "decoder", "has " + steps.size() + " steps");
    boolean same = requireMetaspace("decoder", steps.get(0)) == words.markFirst();
    parts.require(same, "decoder.prepend_scheme", "is not that of pre_tokenizer");
  }

  private ModelLoadException fail(String field, String problem) {
    return new ModelLoadException(file, field, problem, TokenizerJsonSections.REMEDY);
  }
}
