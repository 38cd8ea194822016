package io.fovea.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fovea.Downloads;
import io.fovea.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Reads the JSON files of a model directory, which Python programs write: as Python's {@code json}
 * they may hold {@code NaN}, {@code Infinity} and {@code -Infinity}, numbers of any size, and a key
 * twice, of which the last counts.
 */
public final class JsonFile {
  /** Python reads integers of up to this many digits. */
  private static final int MAX_DIGITS = 4300;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNumberLength(MAX_DIGITS).build())
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonFile() {}

  /**
   * A number of an object.
   *
   * @throws ModelLoadException if it is missing, no number, or not finite
   */
  public static double finite(Path file, JsonNode object, String key) {
    JsonNode value = object.path(key);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw new ModelLoadException(
          file, key, value.isMissingNode() ? "is missing" : "is " + value, "give a finite number");
    }
    return value.doubleValue();
  }

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
      Downloads.check(file);
      return parse(file, Files.readAllBytes(file), remedy);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException(file, "file", Downloads.whyMissing(file), remedy, e);
    } catch (IOException e) {
      throw new ModelLoadException(file, "file", "cannot be read: " + e.getMessage(), remedy, e);
    }
  }

  /** The object that the text of a file holds; as {@link #read}. */
  public static JsonNode parse(Path file, String text, String remedy) {
    return parse(file, text.getBytes(StandardCharsets.UTF_8), remedy);
  }

  /** An object as a file for people and for Python: indented, numbers that are not finite bare. */
  public static String text(JsonNode root) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode parse(Path file, byte[] content, String remedy) {
    try {
      JsonNode root = JSON.readTree(utf8(file, content));
      if (!root.isObject()) {
        throw new ModelLoadException(file, "file", "is not a JSON object", remedy);
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new ModelLoadException(
          file, "file", "is not valid JSON: " + e.getOriginalMessage(), remedy, e);
    } catch (IOException e) { // bytes that are not UTF-8
      throw new ModelLoadException(file, "file", "is not valid JSON: " + e.getMessage(), remedy, e);
    }
  }

  /**
   * The text of a JSON file without a byte-order mark, which editors may put before it and parsers
   * of text stumble over.
   *
   * @throws ModelLoadException where its first bytes say that it is not UTF-8
   */
  public static byte[] utf8(Path file, byte[] content) {
    if (startsWith(content, 0xEF, 0xBB, 0xBF)) {
      return Arrays.copyOfRange(content, 3, content.length);
    }
    boolean utf32 = startsWith(content, 0, 0, 0xFE, 0xFF) || startsWith(content, 0xFF, 0xFE, 0, 0);
    boolean utf16 =
        startsWith(content, 0xFE, 0xFF)
            || startsWith(content, 0xFF, 0xFE)
            || content.length > 1 && (content[0] == 0 || content[1] == 0); // JSON begins in ASCII
    if (utf32 || utf16) {
      String encoding = utf32 ? "UTF-32" : "UTF-16";
      throw new ModelLoadException(
          file,
          "file",
          "is " + encoding + ", not UTF-8",
          "save it as UTF-8, for example with 'iconv -f " + encoding + " -t UTF-8'");
    }
    return content;
  }

  private static boolean startsWith(byte[] content, int... bytes) {
    return content.length >= bytes.length
        && IntStream.range(0, bytes.length).allMatch(i -> (content[i] & 0xff) == bytes[i]);
  }
}
