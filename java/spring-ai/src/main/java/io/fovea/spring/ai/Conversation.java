package io.fovea.spring.ai;

import io.fovea.InvalidRequestException;
import io.fovea.prompt.Turn;
import java.util.ArrayList;
import java.util.List;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;

/**
 * Messages as the engine takes them: finished turns, the question that is open, and all pictures in
 * the order in which they were shown.
 *
 * @param newPictures how many of the pictures, the last ones, came with the question
 */
record Conversation(List<Turn> history, String question, List<Media> pictures, int newPictures) {
  /**
   * Reads messages. Those of a user that follow each other without an answer are one question.
   *
   * @throws InvalidRequestException for what the engine's prompts have no place for
   */
  static Conversation of(List<Message> messages) {
    Reader reader = new Reader();
    for (int i = 0; i < messages.size(); i++) {
      reader.read(messages.get(i), "messages[" + i + "]");
    }
    return reader.end();
  }

  private static final class Reader {
    private final List<Turn> history = new ArrayList<>();
    private final List<Media> pictures = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private int newPictures;
    private boolean open;

    void read(Message message, String where) {
      if (message instanceof UserMessage user) {
        read(user, where);
      } else if (message instanceof AssistantMessage answer) {
        read(answer, where);
      } else {
        throw new InvalidRequestException(
            where + " is of type " + message.getMessageType(),
            "leave it out: Fovea's models know users and answers only");
      }
    }

    private void read(UserMessage message, String where) {
      open = true;
      texts.add(message.getText());
      for (Media media : message.getMedia()) {
        if (!media.getMimeType().getType().equals("image")) {
          throw new InvalidRequestException(
              where + " has media of type " + media.getMimeType(), "send pictures only");
        }
        pictures.add(media);
        newPictures++;
      }
    }

    private void read(AssistantMessage answer, String where) {
      if (answer.hasToolCalls() || !answer.getMedia().isEmpty()) {
        throw new InvalidRequestException(
            where + " has tool calls or media", "send answers of text only");
      }
      String text = answer.getText();
      if (text == null || !open) {
        throw new InvalidRequestException(
            where + (text == null ? " has no text" : " answers no question"),
            "let user messages and answers with text take turns");
      }
      history.add(new Turn(question(), text, newPictures));
      texts.clear();
      newPictures = 0;
      open = false;
    }

    private String question() {
      return String.join("\n", texts);
    }

    Conversation end() {
      if (!open || question().isBlank()) {
        throw new InvalidRequestException(
            open ? "the last message has no text" : "the last message is no user's",
            "end with the question to be answered");
      }
      return new Conversation(List.copyOf(history), question(), List.copyOf(pictures), newPictures);
    }
  }
}
