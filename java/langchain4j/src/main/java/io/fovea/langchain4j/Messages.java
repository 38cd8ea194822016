package io.fovea.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.fovea.chat.Conversation;
import java.util.List;

/** LangChain4j's messages as a conversation. */
final class Messages {
  private final Conversation.Reader<Image> reader = Conversation.reader();

  private Messages() {}

  /**
   * Reads them.
   *
   * @throws UnsupportedFeatureException for what the engine's prompts have no place for
   */
  static Conversation<Image> read(List<ChatMessage> messages) {
    Messages read = new Messages();
    for (int i = 0; i < messages.size(); i++) {
      read.add(messages.get(i), "messages[" + i + "]");
    }
    return read.reader.end();
  }

  private void add(ChatMessage message, String where) {
    if (message instanceof UserMessage user) {
      add(user, where);
    } else if (message instanceof AiMessage answer) {
      if (answer.hasToolExecutionRequests()) {
        throw new UnsupportedFeatureException(where + " calls tools; Fovea's models have none");
      }
      reader.answered(answer.text(), where);
    } else {
      throw new UnsupportedFeatureException(
          where + " is of type " + message.type() + "; Fovea's models know users and answers");
    }
  }

  private void add(UserMessage message, String where) {
    if (message.name() != null) {
      throw new UnsupportedFeatureException(
          where + " names its user; Fovea's models tell users not apart, leave the name out");
    }
    reader.asked();
    for (Content content : message.contents()) {
      if (content instanceof TextContent text) {
        reader.text(text.text());
      } else if (content instanceof ImageContent image) {
        reader.picture(image.image());
      } else {
        throw new UnsupportedFeatureException(
            where + " has content of type " + content.type() + "; Fovea reads TEXT and IMAGE");
      }
    }
  }
}
