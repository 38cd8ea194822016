package io.fovea.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Bodies of the types that endpoints take. */
final class Bodies {
  private static final Pattern NO_TEXT = Pattern.compile("true|false|-?\\d{1,18}(\\.\\d{1,18})?");
  private static final Set<String> TEXTS =
      Set.of("model", "image", "phrase", "phrases", "presence", "prompt", "stop");

  /**
   * A JSON object, or a form that stands for one.
   *
   * @param file the picture that came with the form as a file, or null
   */
  record Input(Fields fields, byte @Nullable [] file) {}

  private Bodies() {}

  /**
   * A JSON object.
   *
   * @throws ApiException 415, or 400
   */
  static Fields json(Call call) {
    if (!call.contentType().equals("application/json")) {
      throw unsupported(call, "application/json");
    }
    return new Fields(Json.read(call.body()));
  }

  /**
   * JSON, or a form with the same fields, in which the picture may be a file.
   *
   * @throws ApiException 415, or 400
   */
  static Input input(Call call) {
    if (!call.isForm()) {
      if (!call.contentType().equals("application/json")) {
        throw unsupported(call, "application/json or multipart/form-data");
      }
      return new Input(new Fields(Json.read(call.body())), null);
    }
    ObjectNode object = Json.object();
    byte[] file = null;
    for (Call.Part part : call.parts()) {
      if (part.file()) {
        if (file != null || !part.name().equals("image")) {
          throw ApiException.invalid(
              "unknown_field", part.name(), "one file is taken, under the name image");
        }
        file = part.content();
      } else {
        add(object, part.name(), new String(part.content(), StandardCharsets.UTF_8));
      }
    }
    return new Input(new Fields(object), file);
  }

  /** A field of a form; one that is there several times is a list. */
  private static void add(ObjectNode object, String name, String value) {
    JsonNode node =
        NO_TEXT.matcher(value).matches() && !TEXTS.contains(name)
            ? Json.read(value.getBytes(StandardCharsets.UTF_8))
            : Json.of(value);
    JsonNode before = object.get(name);
    if (before == null) {
      object.set(name, node);
    } else if (before.isArray()) {
      ((com.fasterxml.jackson.databind.node.ArrayNode) before).add(node);
    } else {
      object.putArray(name).addAll(List.of(before, node));
    }
  }

  static ApiException unsupported(Call call, String wanted) {
    String given = call.contentType().isEmpty() ? "missing" : call.contentType();
    return ApiException.refused(
        415, "unsupported_media_type", null, "the content type is " + given + "; send " + wanted);
  }
}
