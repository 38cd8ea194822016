package io.fovea.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the JSON files of a model directory. */
public final class JsonFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonFile() {}

  /**
   * The object that a file holds.
   *
   * @param maxBytes longer files are refused before they are read
   * @param remedy what the user can do about a bad file
   * @throws ModelLoadException if the file is missing, too long, or no JSON object
   */
  public static JsonNode read(Path file, long maxBytes, String remedy) {
    try {
      long bytes = Files.size(file);
      if (bytes > maxBytes) {
        throw new ModelLoadException(
            file, "size", bytes + " bytes, at most " + maxBytes + " allowed", remedy);
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw new ModelLoadException(file, "file", "is not a JSON object", remedy);
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "file", "is not valid JSON: " + e.getOriginalMessage(), remedy, e);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException(file, "file", "cannot be read: it does not exist", remedy, e);
    } catch (IOException e) {
      throw new ModelLoadException(file, "file", "cannot be read: " + e.getMessage(), remedy, e);
    }
  }
}
