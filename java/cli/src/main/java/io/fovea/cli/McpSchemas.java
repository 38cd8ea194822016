package io.fovea.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each tool takes, as JSON Schema. The server checks calls against it before they get to us.
 */
final class McpSchemas {
  /**
   * Longer side of the annotated copy, in pixels: enough to read labels, small enough for a chat.
   */
  static final int USUAL_SIDE = 1024;

  private static final int MOST_PHRASES = 64;
  private static final int MOST_BOXES = 64;
  private static final int MOST_TOKENS = 4096;
  private static final int MOST_SIDE = 8192;

  private static final Map<String, Object> PHRASES =
      Map.of(
          "type",
          "array",
          "items",
          Map.of("type", "string", "minLength", 1),
          "minItems",
          1,
          "maxItems",
          MOST_PHRASES,
          "description",
          "What to look for, such as [\"the red circle\", \"the star\"].");

  static final Map<String, Object> LOCATE =
      tool(List.of("phrases"), Map.of("phrases", PHRASES, "max_boxes", boxes()));

  static final Map<String, Object> ASK =
      tool(
          List.of("question"),
          Map.of(
              "question", text("The question."),
              "max_new_tokens", tokens()));

  static final Map<String, Object> CAPTION = tool(List.of(), Map.of("max_new_tokens", tokens()));

  static final Map<String, Object> ANNOTATE =
      tool(
          List.of(),
          Map.of(
              "phrases",
              PHRASES,
              "max_boxes",
              boxes(),
              "max_side",
              number(
                  "Longer side of the copy in pixels, if the picture is larger. Default: "
                      + USUAL_SIDE
                      + ".",
                  MOST_SIDE)));

  private McpSchemas() {}

  /**
   * Of image and image_data exactly one is wanted; "oneOf" at the top is more than some clients
   * take.
   */
  private static Map<String, Object> tool(List<String> required, Map<String, Object> others) {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("image", text("Path of the picture, in an allowed folder. Or give image_data."));
    properties.put(
        "image_data", text("The picture's file in base64, or as a data: URI. Or give image."));
    properties.putAll(others);
    return Map.of(
        "type",
        "object",
        "properties",
        properties,
        "required",
        required,
        "additionalProperties",
        false);
  }

  private static Map<String, Object> text(String description) {
    return Map.of("type", "string", "minLength", 1, "description", description);
  }

  private static Map<String, Object> number(String description, int most) {
    return Map.of("type", "integer", "minimum", 1, "maximum", most, "description", description);
  }

  private static Map<String, Object> boxes() {
    return number("Most boxes for one phrase. Default: 8.", MOST_BOXES);
  }

  private static Map<String, Object> tokens() {
    return number("Longest answer in tokens. Default: 512.", MOST_TOKENS);
  }
}
