package io.fovea.langchain4j;

import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.fovea.InvalidRequestException;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.grounding.BoxSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of LangChain4j's, read and checked, before any picture is touched.
 *
 * @param grounder what answers it, where boxes in JSON are asked for; null: the model in its words
 */
record Asked(Conversation conversation, RequestTerms terms, @Nullable Grounder grounder) {
  static Asked of(dev.langchain4j.model.chat.request.ChatRequest request, Settings settings) {
    RequestTerms terms = new RequestTerms(request.parameters(), settings.modelName());
    Conversation conversation = Conversation.of(request.messages());
    JsonSchema schema = terms.schema();
    if (schema != null) {
      BoxTask task = BoxTask.of(conversation);
      return new Asked(conversation, terms, new Grounder(boxes(schema, task), task, terms));
    }
    if (conversation.question().isBlank()) {
      throw new InvalidRequestException("the last message has no text", "say what to ask");
    }
    return new Asked(conversation, terms, null);
  }

  /** The schema, which allows what the task may find. */
  private static BoxSchema boxes(JsonSchema schema, BoxTask task) {
    BoxSchema boxes = BoxSchema.of(json(schema));
    if (task.phrases().isEmpty()) {
      boxes.requireDescribable();
    } else {
      boxes.requireLocatable(task.phrases());
    }
    return boxes;
  }

  /** The schema as LangChain4j's own models send it. */
  private static String json(JsonSchema schema) {
    return Json.toJson(JsonSchemaElementUtils.toMap(schema.rootElement()));
  }

  Pictures openPictures(Settings settings) {
    return Pictures.open(settings, conversation.pictures(), terms.encoding());
  }

  /** What the engine is asked, about the pictures opened. */
  ChatRequest toEngine(List<EncodedImage> images) {
    ChatRequest.Builder request =
        images.isEmpty()
            ? ChatRequest.textOnly(conversation.question())
            : ChatRequest.about(images, conversation.question());
    return request
        .newImages(conversation.newPictures())
        .history(conversation.history())
        .template(terms.parameters().promptTemplate())
        .options(terms.generation())
        .build();
  }
}
