package io.fovea.tools.source;

import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import io.fovea.weights.JsonFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The small files beside the weights in a Hugging Face directory. */
public final class Companions {
  private static final String CONFIG = "config.json";
  private static final long MAX_BYTES = 64 << 20; // a tokenizer.json has up to 20 MiB

  private static final List<String> NAMES =
      List.of(
          "generation_config.json",
          "tokenizer.model",
          "tokenizer.json",
          "qwen.tiktoken",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "preprocessor_config.json",
          "presence.json",
          "confidence.json",
          "README.md",
          "LICENSE",
          "NOTICE");

  private Companions() {}

  /**
   * The text of {@code config.json} in {@code directory}.
   *
   * @throws ModelLoadException where there is none or it cannot be read
   */
  public static String config(Path directory) {
    Path file = directory.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new ModelLoadException(
          file,
          "file",
          Downloads.whyMissing(file),
          "put the config.json published with the weights beside them");
    }
    return new String(JsonFile.utf8(file, read(file)), StandardCharsets.UTF_8);
  }

  /** Those known companions that {@code directory} has, by name; not {@code config.json}. */
  public static Map<String, byte[]> of(Path directory) {
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (String name : NAMES) {
      Path file = directory.resolve(name);
      if (Files.isRegularFile(file)) {
        found.put(name, read(file));
      }
    }
    return found;
  }

  private static byte[] read(Path file) {
    Downloads.check(file);
    try {
      long bytes = Files.size(file);
      if (bytes > MAX_BYTES) {
        throw new ModelLoadException(
            file, "size", bytes + " bytes, at most " + MAX_BYTES + " allowed", "check the file");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelLoadException(
          file, "file", "cannot be read: " + e.getMessage(), "check its rights", e);
    }
  }
}
