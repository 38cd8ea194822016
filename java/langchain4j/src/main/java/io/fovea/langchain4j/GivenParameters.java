package io.fovea.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.fovea.InvalidRequestException;
import io.fovea.chat.RequestTerms;
import io.fovea.prompt.PromptTemplate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request's parameters, read and checked. */
final class GivenParameters {
  private final FoveaChatRequestParameters parameters;
  private final RequestTerms terms;

  /**
   * @throws UnsupportedFeatureException for what the engine has not
   */
  GivenParameters(ChatRequestParameters given, String modelName) {
    parameters = FoveaChatRequestParameters.builder().overrideWith(given).build();
    refuse(!orEmpty(parameters.toolSpecifications()).isEmpty(), "toolSpecifications");
    refuse(parameters.toolChoice() != null, "toolChoice");
    refuse(isSet(parameters.frequencyPenalty()), "frequencyPenalty");
    refuse(isSet(parameters.presencePenalty()), "presencePenalty");
    String model = parameters.modelName();
    if (model != null && !model.equals(modelName)) {
      throw new InvalidRequestException(
          "modelName is '" + model + "', but this model is '" + modelName + "'",
          "leave it out, or ask a model built over the other engine");
    }
    terms =
        RequestTerms.builder()
            .temperature(parameters.temperature())
            .topP(parameters.topP())
            .topK(parameters.topK())
            .seed(parameters.seed())
            .stop(parameters.stopSequences())
            .maxNewTokens(parameters.maxOutputTokens())
            .priority(parameters.priority())
            .caller(parameters.caller())
            .deadline(parameters.deadline())
            .build();
  }

  private static void refuse(boolean given, String parameter) {
    if (given) {
      throw new UnsupportedFeatureException(
          "Fovea's models have no " + parameter + "; leave it out");
    }
  }

  private static boolean isSet(@Nullable Double penalty) {
    return penalty != null && penalty != 0;
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  /** The schema that the answer must fit; null for text. */
  @Nullable JsonSchema schema() {
    ResponseFormat format = parameters.responseFormat();
    if (format == null || format.type() == ResponseFormatType.TEXT) {
      return null;
    }
    JsonSchema schema = format.jsonSchema();
    if (schema == null) {
      throw new UnsupportedFeatureException(
          "responseFormat is JSON without a schema; give one for boxes, or ask for TEXT");
    }
    return schema;
  }

  /** What they mean to the engine; its time runs from the making of this. */
  RequestTerms terms() {
    return terms;
  }

  /** The form of the prompt; null for the model's own. */
  @Nullable PromptTemplate template() {
    return parameters.promptTemplate();
  }

  /**
   * Refuses what would be left out in silence where boxes of phrases are located. A bound on tokens
   * is none for them: a phrase's boxes come whole.
   *
   * @throws UnsupportedFeatureException for what has no meaning there
   */
  void requireLocating() {
    Double temperature = parameters.temperature();
    refuseForBoxes(temperature != null && temperature > 0, "temperature");
    refuseForBoxes(!orEmpty(parameters.stopSequences()).isEmpty(), "stopSequences");
    refuseForBoxes(parameters.promptTemplate() != null, "promptTemplate");
  }

  private static void refuseForBoxes(boolean given, String parameter) {
    if (given) {
      throw new UnsupportedFeatureException(
          "boxes are located without " + parameter + "; leave it out");
    }
  }
}
