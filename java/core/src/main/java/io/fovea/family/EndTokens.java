package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The tokens that end an answer. */
final class EndTokens {
  /** Beside config.json; need not be there. */
  static final String FILE = "generation_config.json";

  static final long MAX_FILE_BYTES = 1 << 20;
  static final String REMEDY = "mend or remove it";
  private static final String KEY = "eos_token_id";

  private EndTokens() {}

  /**
   * The configured ones, and those that an optional {@code generation_config.json} names.
   *
   * @param configured end tokens of {@code config.json}
   * @throws ModelLoadException if the file is damaged or names ids of which none is below {@code
   *     vocabularySize}; beside one that is, others are ignored: no model answers with them
   */
  static Set<Integer> read(Path directory, Collection<Integer> configured, int vocabularySize) {
    Set<Integer> ids = new TreeSet<>(configured);
    Path file = directory.resolve(FILE);
    if (Files.exists(file)) {
      List<JsonNode> named = ids(file);
      List<JsonNode> known = named.stream().filter(id -> isBelow(id, vocabularySize)).toList();
      for (JsonNode id : named) {
        if (!isWhole(id) || known.isEmpty()) {
          throw new ModelLoadException(
              file, KEY, "holds " + id, "name ids below " + vocabularySize);
        }
      }
      known.forEach(id -> ids.add(id.intValue()));
    }
    return Set.copyOf(ids);
  }

  /** A note for each of the files of a model that names an end token which the model has not. */
  static List<String> ignored(Path directory, int vocabularySize) {
    List<String> notes = new ArrayList<>();
    for (String name : List.of("config.json", FILE)) {
      Path file = directory.resolve(name);
      List<JsonNode> beyond =
          Files.exists(file)
              ? ids(file).stream().filter(id -> !isBelow(id, vocabularySize)).toList()
              : List.of();
      if (!beyond.isEmpty()) {
        notes.add(
            KEY
                + " in "
                + file
                + " holds "
                + beyond
                + ", beyond the "
                + vocabularySize
                + " ids of the model: ignored");
      }
    }
    return notes;
  }

  private static List<JsonNode> ids(Path file) {
    JsonNode eos = JsonFile.read(file, MAX_FILE_BYTES, REMEDY).path(KEY);
    List<JsonNode> ids = new ArrayList<>();
    for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
      if (!id.isMissingNode() && !id.isNull()) {
        ids.add(id);
      }
    }
    return ids;
  }

  private static boolean isWhole(JsonNode id) {
    return id.isNumber() && id.doubleValue() == Math.rint(id.doubleValue());
  }

  private static boolean isBelow(JsonNode id, int size) {
    return isWhole(id) && id.doubleValue() >= 0 && id.doubleValue() < size;
  }
}
