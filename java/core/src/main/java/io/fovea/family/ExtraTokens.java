package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.text.ExtraToken;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the small files beside a tokenizer say: {@code added_tokens.json} and {@code
 * tokenizer_config.json}, as fine-tuning programs write them. Only tokens are read; options of how
 * text is split are those of the tokenizer's own file.
 */
final class ExtraTokens {
  private static final String ADDED = "added_tokens.json";
  private static final String CONFIG = "tokenizer_config.json";
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
    Map<Integer, ExtraToken> tokens = new TreeMap<>();
    Path added = tokenizer.resolveSibling(ADDED);
    if (Files.exists(added)) {
      for (Map.Entry<String, JsonNode> entry : read(added).properties()) {
        put(tokens, added, entry.getKey(), entry.getValue().asText(), entry.getKey(), false);
      }
    }
    Path config = tokenizer.resolveSibling(CONFIG);
    if (Files.exists(config)) {
      for (Map.Entry<String, JsonNode> entry :
          read(config).path("added_tokens_decoder").properties()) {
        JsonNode token = entry.getValue();
        String field = "added_tokens_decoder." + entry.getKey();
        String content = token.path("content").asText("");
        boolean special = token.path("special").asBoolean();
        put(tokens, config, field, entry.getKey(), content, special);
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

  /** The text of the token with a role, such as "bos_token", if tokenizer_config.json names one. */
  static Optional<String> named(Path tokenizer, String role) {
    Path config = tokenizer.resolveSibling(CONFIG);
    if (!Files.exists(config)) {
      return Optional.empty();
    }
    JsonNode token = read(config).path(role);
    String text = (token.isObject() ? token.path("content") : token).asText("");
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  private static JsonNode read(Path file) {
    return JsonFile.read(file, MAX_FILE_BYTES, REMEDY);
  }
}
