package io.fovea.weights;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Models whose head, which scores the next token, is their token embedding: {@code
 * tie_word_embeddings} of config.json. The published classes do not tie unless it is true; where it
 * is, a head that is stored, too, is replaced, as transformers does after loading.
 */
public final class TiedEmbedding {
  /** The key of config.json. */
  public static final String KEY = "tie_word_embeddings";

  /** The head's weights [tokens, columns]. */
  public static final String HEAD_WEIGHT = "lm_head.weight";

  private static final String CONFIG = "config.json";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.";
  private static final long MAX_BYTES = 1 << 20;

  private TiedEmbedding() {}

  /**
   * Ties the tensors of a model where config.json says so.
   *
   * @param directory holds config.json, which need not be there
   * @param tensors by published name, changed in place
   * @param renamed gives the embedding, [tokens, columns], the name of the head
   * @return what was done, for people; empty where nothing was
   * @throws ModelLoadException where the key's value is neither true nor false
   */
  public static <T> Optional<String> tie(
      Path directory, Map<String, T> tensors, UnaryOperator<T> renamed) {
    T embedding = tensors.get(EMBEDDING);
    if (embedding == null || !isAsked(directory)) {
      return Optional.empty();
    }
    boolean stored =
        tensors.keySet().removeIf(name -> name.startsWith(HEAD) && !name.endsWith(".bias"));
    tensors.put(HEAD_WEIGHT, renamed.apply(embedding));
    return Optional.of(
        KEY
            + " is true in config.json: the token embedding is the head"
            + (stored
                ? "; the lm_head that is stored is not read (to use it, set the key to false)"
                : ""));
  }

  private static boolean isAsked(Path directory) {
    Path file = directory.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      return false;
    }
    JsonNode value = JsonFile.read(file, MAX_BYTES, "use the file of these weights").path(KEY);
    if (!value.isBoolean() && !value.isNull() && !value.isMissingNode()) {
      throw new ModelLoadException(
          file, KEY, "is " + value + ", neither true nor false", "mend config.json");
    }
    return value.asBoolean();
  }
}
