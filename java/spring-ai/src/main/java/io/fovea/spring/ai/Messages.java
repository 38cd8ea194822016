package io.fovea.spring.ai;

import io.fovea.InvalidRequestException;
import io.fovea.chat.Conversation;
import java.util.List;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;

/** Spring AI's messages as a conversation. */
final class Messages {
  private final Conversation.Reader<Media> reader = Conversation.reader();

  private Messages() {}

  /**
   * Reads them.
   *
   * @throws InvalidRequestException for what the engine's prompts have no place for
   */
  static Conversation<Media> read(List<Message> messages) {
    Messages read = new Messages();
    for (int i = 0; i < messages.size(); i++) {
      read.add(messages.get(i), "messages[" + i + "]");
    }
    return read.reader.end();
  }

  private void add(Message message, String where) {
    if (message instanceof UserMessage user) {
      add(user, where);
    } else if (message instanceof AssistantMessage answer) {
      if (answer.hasToolCalls() || !answer.getMedia().isEmpty()) {
        throw new InvalidRequestException(
            where + " has tool calls or media", "send answers of text only");
      }
      reader.answered(answer.getText(), where);
    } else {
      throw new InvalidRequestException(
          where + " is of type " + message.getMessageType(),
          "leave it out: Fovea's models know users and answers only");
    }
  }

  private void add(UserMessage message, String where) {
    reader.asked();
    if (message.getText() != null) {
      reader.text(message.getText());
    }
    for (Media media : message.getMedia()) {
      if (!media.getMimeType().getType().equals("image")) {
        throw new InvalidRequestException(
            where + " has media of type " + media.getMimeType(), "send pictures only");
      }
      reader.picture(media);
    }
  }
}
