package io.fovea.family;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.ModelLoadException;
import io.fovea.weights.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The tokens that end an answer. */
final class EndTokens {
  private static final String FILE = "generation_config.json";
  private static final String KEY = "eos_token_id";
  private static final long MAX_FILE_BYTES = 1 << 20;

  private EndTokens() {}

  /**
   * The configured ones, and those that an optional {@code generation_config.json} names.
   *
   * @param configured end tokens of {@code config.json}
   * @throws ModelLoadException if the file is damaged or names an id that is not below {@code
   *     vocabularySize}
   */
  static Set<Integer> read(Path directory, Collection<Integer> configured, int vocabularySize) {
    Set<Integer> ids = new TreeSet<>(configured);
    Path file = directory.resolve(FILE);
    if (Files.exists(file)) {
      JsonNode eos = JsonFile.read(file, MAX_FILE_BYTES, "mend or remove it").path(KEY);
      for (JsonNode id : eos.isArray() ? eos : List.of(eos)) {
        if (!id.isMissingNode() && !id.isNull()) {
          ids.add(checked(file, id, vocabularySize));
        }
      }
    }
    return Set.copyOf(ids);
  }

  private static int checked(Path file, JsonNode id, int vocabularySize) {
    boolean whole = id.isNumber() && id.doubleValue() == Math.rint(id.doubleValue());
    if (!whole || id.doubleValue() < 0 || id.doubleValue() >= vocabularySize) {
      throw new ModelLoadException(file, KEY, "holds " + id, "name ids below " + vocabularySize);
    }
    return id.intValue();
  }
}
