package io.fovea.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What each tool takes: told to assistants as JSON Schema, and checked here in every call, since
 * the SDK's check says what is wrong and not what would be right.
 *
 * @param all in the order in which they are told
 * @param required those that must be there
 */
record McpParameters(List<McpParameter> all, List<McpParameter> required) {
  /**
   * Longer side of the annotated copy, in pixels: enough to read labels, small enough for a chat.
   */
  static final int USUAL_SIDE = 1024;

  private static final int MOST_PHRASES = 64;
  private static final int MOST_BOXES = 64;
  private static final int MOST_TOKENS = 4096;
  private static final int MOST_SIDE = 8192;

  private static final McpParameter IMAGE =
      new McpParameter.Text(
          "image", "Path of the picture, in an allowed folder. Or give image_data.");

  private static final McpParameter IMAGE_DATA =
      new McpParameter.Text(
          "image_data", "The picture's file in base64, or as a data: URI. Or give image.");

  private static final McpParameter PHRASES =
      new McpParameter.Texts(
          "phrases", MOST_PHRASES, "What to look for, such as [\"the red circle\", \"the star\"].");

  private static final McpParameter BOXES =
      new McpParameter.Count("max_boxes", MOST_BOXES, "Most boxes for one phrase. Default: 8.");

  private static final McpParameter QUESTION = new McpParameter.Text("question", "The question.");

  private static final McpParameter TOKENS =
      new McpParameter.Count(
          "max_new_tokens", MOST_TOKENS, "Longest answer in tokens. Default: 512.");

  private static final McpParameter SIDE =
      new McpParameter.Count(
          "max_side",
          MOST_SIDE,
          "Longer side of the copy in pixels, if the picture is larger. Default: "
              + USUAL_SIDE
              + ".");

  /*
   * Of image and image_data exactly one is wanted; "oneOf" at the top is more than some clients
   * take.
   */

  static final McpParameters LOCATE =
      new McpParameters(List.of(IMAGE, IMAGE_DATA, PHRASES, BOXES), List.of(PHRASES));

  static final McpParameters ASK =
      new McpParameters(List.of(IMAGE, IMAGE_DATA, QUESTION, TOKENS), List.of(QUESTION));

  static final McpParameters CAPTION =
      new McpParameters(List.of(IMAGE, IMAGE_DATA, TOKENS), List.of());

  static final McpParameters ANNOTATE =
      new McpParameters(List.of(IMAGE, IMAGE_DATA, PHRASES, BOXES, SIDE), List.of());

  /** As JSON Schema. */
  Map<String, Object> schema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    all.forEach(parameter -> properties.put(parameter.name(), parameter.schema()));
    return Map.of(
        "type",
        "object",
        "properties",
        properties,
        "required",
        required.stream().map(McpParameter::name).toList(),
        "additionalProperties",
        false);
  }

  /**
   * Checks the arguments of a call.
   *
   * @throws CommandFailure where one is missing, unknown or of another kind
   */
  void check(Map<String, Object> arguments) {
    for (McpParameter parameter : required) {
      if (!arguments.containsKey(parameter.name())) {
        throw new CommandFailure(parameter.name() + " is missing", "give " + parameter.kind());
      }
    }
    arguments.forEach(this::check);
  }

  private void check(String name, @Nullable Object value) {
    McpParameter parameter =
        all.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> unknown(name));
    if (!parameter.fits(value)) {
      throw new CommandFailure(name + " is of another kind or size", "give " + parameter.kind());
    }
  }

  private CommandFailure unknown(String name) {
    String known = all.stream().map(McpParameter::name).collect(Collectors.joining(", "));
    return new CommandFailure("there is no argument " + name, "those there are: " + known);
  }
}
