package io.fovea.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.internal.Json;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.fovea.InvalidRequestException;
import io.fovea.chat.Conversation;
import io.fovea.chat.OpenPictures;
import io.fovea.chat.PictureFiles;
import io.fovea.engine.ChatRequest;
import io.fovea.grounding.BoxSchema;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A request of LangChain4j's, read and checked, before any picture is touched.
 *
 * @param grounder what answers it, where boxes in JSON are asked for; null: the model in its words
 */
record Asked(
    Conversation<Image> conversation, GivenParameters parameters, @Nullable Grounder grounder) {
  static Asked of(dev.langchain4j.model.chat.request.ChatRequest request, Settings settings) {
    GivenParameters parameters = new GivenParameters(request.parameters(), settings.modelName());
    Conversation<Image> conversation = Messages.read(request.messages());
    JsonSchema schema = parameters.schema();
    if (schema == null) {
      return new Asked(conversation.requireQuestion(), parameters, null);
    }
    BoxTask task = BoxTask.of(conversation);
    if (!task.phrases().isEmpty()) {
      parameters.requireLocating();
    }
    Grounder grounder = new Grounder(boxes(schema, task), task, parameters.terms());
    return new Asked(conversation, parameters, grounder);
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

  OpenPictures openPictures(Settings settings) {
    PictureFiles files = new PictureFiles(settings.imageFetcher());
    return OpenPictures.open(
        settings.engine(),
        settings.imageCache(),
        conversation.pictures(),
        image -> file(image, files),
        parameters.terms().encoding());
  }

  private static byte[] file(Image image, PictureFiles files) {
    String data = image.base64Data();
    if (data != null) {
      return files.ofBase64(data);
    }
    URI url = image.url();
    if (url == null) {
      throw new InvalidRequestException("a picture is empty", "give its base64Data");
    }
    return files.at(url.toString());
  }

  /** What the engine is asked, about the pictures opened. */
  ChatRequest toEngine(OpenPictures pictures) {
    return conversation.request(
        pictures.images(), parameters.template(), parameters.terms().generation());
  }
}
