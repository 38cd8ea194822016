package io.fovea.cli;

import io.fovea.image.ImageInput;
import io.fovea.image.ImageLimits;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The arguments of one call, as the tool takes them. */
final class McpArguments {
  private static final Pattern DATA_URI = Pattern.compile("data:[^,]{0,200};base64,");

  private final Map<String, Object> values;

  /**
   * Checked.
   *
   * @throws CommandFailure where one is missing, unknown or of another kind
   */
  McpArguments(McpParameters parameters, @Nullable Map<String, Object> values) {
    this.values = values == null ? Map.of() : values;
    parameters.check(this.values);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  String text(String name) {
    return String.valueOf(values.get(name));
  }

  /** A list of texts; empty where there is none. */
  List<String> texts(String name) {
    return values.get(name) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  int number(String name, int otherwise) {
    return values.get(name) instanceof Number number ? number.intValue() : otherwise;
  }

  /**
   * The picture, by path or in itself.
   *
   * @throws CommandFailure where there is none, or both, or it may not be read
   */
  ImageInput picture(AllowedFolders folders, ImageLimits limits) {
    Object path = values.get("image");
    Object data = values.get("image_data");
    if ((path == null) == (data == null)) {
      throw new CommandFailure(
          path == null ? "there is no picture" : "there are image and image_data",
          "give either image, a path, or image_data, base64");
    }
    return data == null
        ? ImageInput.of(folders.file(String.valueOf(path)))
        : ImageInput.of(decoded(String.valueOf(data), limits));
  }

  private static byte[] decoded(String text, ImageLimits limits) {
    Matcher uri = DATA_URI.matcher(text);
    String base64 = uri.lookingAt() ? text.substring(uri.end()) : text;
    if (base64.length() / 4 * 3L > limits.maxBytes()) {
      throw new CommandFailure(
          "image_data has more than " + limits.maxBytes() + " bytes", "give a smaller picture");
    }
    try {
      return Base64.getMimeDecoder().decode(onlyBase64(base64));
    } catch (IllegalArgumentException e) {
      throw notBase64(e);
    }
  }

  /** The decoder for mail passes over what is not base64: it is for line breaks alone. */
  private static String onlyBase64(String text) {
    boolean other =
        text.chars()
            .anyMatch(
                c ->
                    !(c >= 'A' && c <= 'Z'
                        || c >= 'a' && c <= 'z'
                        || c >= '0' && c <= '9'
                        || "+/=\r\n".indexOf(c) >= 0));
    if (other) {
      throw notBase64(null);
    }
    return text;
  }

  private static CommandFailure notBase64(@Nullable IllegalArgumentException e) {
    return new CommandFailure(
        "image_data is not base64",
        "encode the picture's file, with or without data:...;base64,",
        e);
  }
}
