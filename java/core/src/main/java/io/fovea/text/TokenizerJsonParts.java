package io.fovea.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.text.AddedToken.Spaces;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The small sections of a {@code tokenizer.json}: each is either what this tokenizer computes or
 * refused. Sections and options that change neither ids nor text are passed over.
 */
final class TokenizerJsonParts {
  private static final int MAX_EXPRESSIONS = 8;

  private final Path file;

  TokenizerJsonParts(Path file) {
    this.file = file;
  }

  void requireModelType(String type, String wanted) {
    require(type.equals(wanted), "model.type", "is '" + type + "'");
  }

  /** Checks a key of the model that has no meaning here; the library passes over those it lacks. */
  void requireHarmless(String key, JsonNode value) {
    boolean off = value.isNull() || (value.isTextual() && value.textValue().isEmpty());
    boolean zero = value.isNumber() && value.doubleValue() == 0;
    boolean harmless =
        switch (key) {
          case "dropout" -> off || zero;
          case "continuing_subword_prefix", "end_of_word_suffix" -> off;
          default -> true;
        };
    require(harmless, "model." + key, "is " + abridged(value));
  }

  /** Null, or a sequence of nothing. */
  void requireNoNormalizer(JsonNode value) {
    boolean none = value.isNull() || steps(value, "normalizers").isEmpty();
    require(none, "normalizer", "is " + abridged(value) + " in place of null");
  }

  /** ByteLevel, alone or in a sequence; text that is whole already may be fused. */
  void requireByteLevelDecoder(JsonNode value) {
    List<JsonNode> steps = new ArrayList<>(steps(value, "decoders"));
    steps.removeIf(step -> step.path("type").asText().equals("Fuse"));
    require(steps.size() == 1, "decoder", "has " + steps.size() + " steps");
    requireByteLevel("decoder", steps.get(0));
  }

  /** The steps of a section: itself, or what sequences in it hold, in order. */
  static List<JsonNode> steps(JsonNode section, String key) {
    if (!section.path("type").asText().equals("Sequence")) {
      return List.of(section);
    }
    List<JsonNode> steps = new ArrayList<>();
    section.path(key).forEach(step -> steps.addAll(steps(step, key)));
    return steps;
  }

  private void requireByteLevel(String section, JsonNode value) {
    String type = value.path("type").asText();
    require(type.equals("ByteLevel"), section, "is of type '" + type + "', not 'ByteLevel'");
  }

  /** The expressions of a ByteLevel pre-tokenizer, alone or as the last of a sequence of splits. */
  WordSplitter splitter(JsonNode preTokenizer) {
    boolean sequence = preTokenizer.path("type").asText().equals("Sequence");
    String field = sequence ? "pre_tokenizer.pretokenizers" : "pre_tokenizer";
    List<JsonNode> steps = steps(preTokenizer, "pretokenizers");
    int count = steps.size();
    require(count >= 1 && count <= MAX_EXPRESSIONS, field, "has " + count + " steps");
    List<Pattern> expressions = new ArrayList<>();
    for (int i = 0; i < count - 1; i++) {
      expressions.add(split(field + "[" + i + "]", steps.get(i)));
    }
    String last = sequence ? field + "[" + (count - 1) + "]" : field;
    JsonNode byteLevel = steps.get(count - 1);
    requireByteLevel(last, byteLevel);
    require(
        !byteLevel.path("add_prefix_space").asBoolean(true),
        last + ".add_prefix_space",
        "is not false");
    if (byteLevel.path("use_regex").asBoolean(true)) {
      expressions.add(SplitExpression.GPT2);
    }
    return new WordSplitter(expressions);
  }

  private Pattern split(String field, JsonNode step) {
    String type = step.path("type").asText();
    require(type.equals("Split"), field, "is of type '" + type + "', not 'Split'");
    String behavior = step.path("behavior").asText();
    require(behavior.equals("Isolated"), field + ".behavior", "is '" + behavior + "'");
    require(!step.path("invert").asBoolean(false), field + ".invert", "is not false");
    JsonNode regex = step.path("pattern").path("Regex");
    require(regex.isTextual(), field + ".pattern", "is no regular expression");
    try {
      return SplitExpression.compile(regex.textValue());
    } catch (IllegalArgumentException e) { // also java.util.regex's
      throw new ModelLoadException(
          file, field + ".pattern", "holds " + e.getMessage(), TokenizerJsonSections.REMEDY, e);
    }
  }

  List<AddedToken> addedTokens(JsonNode list) {
    require(list.isArray() || list.isNull(), "added_tokens", "is not a list");
    List<AddedToken> tokens = new ArrayList<>();
    for (JsonNode token : list) {
      String field = "added_tokens[" + tokens.size() + "]";
      tokens.add(addedToken(field, token));
    }
    return tokens;
  }

  private AddedToken addedToken(String field, JsonNode token) {
    JsonNode id = token.path("id");
    JsonNode content = token.path("content");
    require(id.isInt(), field + ".id", "is no integer");
    require(content.isTextual() && !content.textValue().isEmpty(), field + ".content", "is empty");
    Spaces spaces =
        new Spaces(
            token.path("single_word").asBoolean(),
            token.path("lstrip").asBoolean(),
            token.path("rstrip").asBoolean());
    return new AddedToken(
        field,
        id.intValue(),
        content.textValue(),
        token.path("special").asBoolean(),
        token.path("normalized").asBoolean(),
        spaces);
  }

  static String abridged(JsonNode value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "...";
  }

  void require(boolean condition, String field, String problem) {
    if (!condition) {
      throw new ModelLoadException(file, field, problem, TokenizerJsonSections.REMEDY);
    }
  }
}
