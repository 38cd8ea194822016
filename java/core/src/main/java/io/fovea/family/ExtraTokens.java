package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.text.ExtraToken;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the small files beside a tokenizer say: {@code added_tokens.json}, {@code
 * tokenizer_config.json} and {@code special_tokens_map.json}, as fine-tuning programs write them.
 * Only tokens are read; options of how text is split are those of the tokenizer's own file.
 */
final class ExtraTokens {
  private static final String ADDED = "added_tokens.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String MAP = "special_tokens_map.json";

  /** Keys of both that name tokens with a role. */
  private static final List<String> ROLES =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token",
          "additional_special_tokens",
          "extra_special_tokens");

  private static final long MAX_FILE_BYTES = 4 << 20; // Llama 3's 256 take 51 kB
  private static final String REMEDY = "use the file saved with the tokenizer, or remove it";

  private ExtraTokens() {}

  /**
   * Tokens beyond those of a tokenizer file, by id.
   *
   * @param tokenizer the file; the others lie beside it
   * @throws ModelLoadException where a file is damaged, or an entry is no token
   */
  static List<ExtraToken> beside(Path tokenizer) {
    return beside(tokenizer, List.of());
  }

  /**
   * As {@link #beside(Path)}.
   *
   * @param markup texts of tokens that have a role, even if no file says so
   */
  static List<ExtraToken> beside(Path tokenizer, List<String> markup) {
    Map<Integer, ExtraToken> tokens = new TreeMap<>();
    Set<String> special = special(tokenizer);
    special.addAll(markup);
    Path added = tokenizer.resolveSibling(ADDED);
    if (Files.exists(added)) {
      for (Map.Entry<String, JsonNode> entry : read(added).properties()) {
        String content = entry.getKey();
        boolean role = special.contains(content);
        put(tokens, added, content, entry.getValue().asText(), content, role);
      }
    }
    Path config = tokenizer.resolveSibling(CONFIG);
    if (Files.exists(config)) {
      for (Map.Entry<String, JsonNode> entry :
          read(config).path("added_tokens_decoder").properties()) {
        JsonNode token = entry.getValue();
        String field = "added_tokens_decoder." + entry.getKey();
        String content = token.path("content").asText("");
        boolean role = token.path("special").asBoolean() || special.contains(content);
        put(tokens, config, field, entry.getKey(), content, role);
      }
    }
    return List.copyOf(tokens.values());
  }

  private static void put(
      Map<Integer, ExtraToken> tokens,
      Path file,
      String field,
      String id,
      String content,
      boolean special) {
    if (!id.matches("\\d{1,9}") || content.isEmpty()) {
      throw new ModelLoadException(
          file, field, "gives the id '" + id + "' to '" + content + "'", REMEDY);
    }
    int number = Integer.parseInt(id);
    tokens.put(number, new ExtraToken(number, content, special));
  }

  /** The texts of all tokens to which the files give a role: no text is split into these. */
  private static Set<String> special(Path tokenizer) {
    Set<String> texts = new HashSet<>();
    for (JsonNode file : naming(tokenizer)) {
      for (String role : ROLES) {
        JsonNode tokens = file.path(role);
        boolean several = tokens.isArray() || tokens.isObject() && !tokens.has("content");
        for (JsonNode token : several ? tokens : List.of(tokens)) {
          texts.add(text(token));
        }
      }
    }
    return texts;
  }

  /**
   * The text of the token with a role, such as "bos_token", if tokenizer_config.json or
   * special_tokens_map.json names one.
   */
  static Optional<String> named(Path tokenizer, String role) {
    return naming(tokenizer).stream()
        .map(file -> text(file.path(role)))
        .filter(text -> !text.isEmpty())
        .findFirst();
  }

  /**
   * Whether each text gets a leading blank, also behind a token: {@code legacy}, true where
   * tokenizer_config.json does not say.
   *
   * @throws ModelLoadException where it says neither true nor false
   */
  static boolean legacy(Path tokenizer) {
    Path config = tokenizer.resolveSibling(CONFIG);
    JsonNode legacy = Files.exists(config) ? read(config).path("legacy") : null;
    if (legacy == null || legacy.isMissingNode() || legacy.isNull()) {
      return true;
    }
    if (!legacy.isBoolean()) {
      throw new ModelLoadException(config, "legacy", "is " + legacy, "write true or false");
    }
    return legacy.booleanValue();
  }

  /** The files that name roles, as far as they are there. */
  private static List<JsonNode> naming(Path tokenizer) {
    return Stream.of(CONFIG, MAP)
        .map(tokenizer::resolveSibling)
        .filter(Files::exists)
        .map(ExtraTokens::read)
        .toList();
  }

  private static String text(JsonNode token) {
    return (token.isObject() ? token.path("content") : token).asText("");
  }

  private static JsonNode read(Path file) {
    return JsonFile.read(file, MAX_FILE_BYTES, REMEDY);
  }
}
