package io.fovea.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.prompt.Turn;
import io.fovea.server.http.ApiException;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code messages}: user and assistant in turns, the user first and last. */
final class Messages {
  /** A message's text, and how many pictures it shows. */
  private record Message(String text, int pictures) {}

  private static final int MOST_PICTURES = 16;

  private final List<ChatCall.Shown> pictures = new ArrayList<>();

  private Messages() {}

  /**
   * The conversation.
   *
   * @throws ApiException naming the message
   */
  static ChatCall.Conversation read(Fields body) {
    List<Fields> messages = body.objects("messages");
    if (messages == null || messages.isEmpty()) {
      throw ApiException.invalid(
          "missing_field",
          "messages",
          "messages is missing or empty; give at least one of role user");
    }
    if (messages.size() % 2 == 0) {
      throw ApiException.invalid(
          "invalid_messages",
          "messages",
          "messages has an even number of entries; user and assistant take turns, and the user has"
              + " the last word");
    }
    Messages reader = new Messages();
    List<Turn> history = new ArrayList<>();
    for (int i = 0; i + 1 < messages.size(); i += 2) {
      Message question = reader.message(messages.get(i), "user");
      Message answer = reader.message(messages.get(i + 1), "assistant");
      history.add(new Turn(question.text(), answer.text(), question.pictures()));
    }
    Message last = reader.message(messages.get(messages.size() - 1), "user");
    return new ChatCall.Conversation(
        List.copyOf(reader.pictures), last.pictures(), history, last.text());
  }

  private Message message(Fields message, String wanted) {
    String role = message.requiredText("role");
    if (!role.equals(wanted)) {
      boolean other = List.of("system", "developer", "tool", "function").contains(role);
      throw ApiException.invalid(
          "unsupported_role",
          message.pathOf("role"),
          message.pathOf("role")
              + " is \""
              + role
              + (other
                  ? "\", which grounding models are not trained on; put it into the question"
                  : "\"; user and assistant take turns, the user first"));
    }
    message.ignore("name");
    if (wanted.equals("assistant")) {
      message.only("refusal");
      message.only("audio");
      message.only("annotations", "[]");
      message.only("tool_calls", "[]");
      message.only("function_call");
      message.ignore("fovea"); // an answer of this server, sent back
    }
    int before = pictures.size();
    String text = content(message, wanted);
    message.done();
    return new Message(text, pictures.size() - before);
  }

  private String content(Fields message, String role) {
    JsonNode content = message.any("content");
    if (content == null) {
      throw message.missing("content");
    }
    if (content.isTextual()) {
      return content.textValue();
    }
    List<Fields> parts = message.objects("content");
    List<String> texts = new ArrayList<>();
    for (Fields part : parts == null ? List.<Fields>of() : parts) {
      String type = part.requiredText("type");
      if (type.equals("text")) {
        texts.add(part.requiredText("text"));
      } else if (type.equals("image_url") && role.equals("user")) {
        if (pictures.size() == MOST_PICTURES) {
          throw ApiException.invalid(
              "too_many_images",
              part.pathOf("image_url"),
              "there are more than " + MOST_PICTURES + " pictures; show fewer");
        }
        pictures.add(picture(part));
      } else {
        throw ApiException.invalid(
            "unsupported_part",
            part.pathOf("type"),
            part.pathOf("type")
                + " is \""
                + type
                + "\"; "
                + (role.equals("user")
                    ? "give text or image_url"
                    : "an assistant's message takes text"));
      }
      part.done();
    }
    return String.join("\n", texts);
  }

  private static ChatCall.Shown picture(Fields part) {
    Fields image = part.object("image_url");
    if (image == null) {
      throw part.missing("image_url");
    }
    image.only("detail", "\"auto\"", "\"low\"", "\"high\""); // the encoder has one size
    ChatCall.Shown shown = new ChatCall.Shown(image.requiredText("url"), image.pathOf("url"));
    image.done();
    return shown;
  }
}
