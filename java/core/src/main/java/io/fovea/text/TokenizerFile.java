package io.fovea.text;

import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The whole of a tokenizer's file, if it is of a sensible size. */
final class TokenizerFile {
  static final long MAX_BYTES = 64L << 20; // Llama 3's tokenizer.json, the largest known, has 9 MB

  private TokenizerFile() {}

  /**
   * The content of a file.
   *
   * @param usual what such files are called
   * @param remedy what to do about one that is too large
   * @throws ModelLoadException if it is too large or cannot be read
   */
  static byte[] content(Path file, String usual, String remedy) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ModelLoadException(
            file, "size", size + " bytes, at most " + MAX_BYTES + " allowed", remedy);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelLoadException(
          file,
          "file",
          "cannot be read (" + e + ")",
          "put the model's " + usual + " there, or name another file",
          e);
    }
  }
}
