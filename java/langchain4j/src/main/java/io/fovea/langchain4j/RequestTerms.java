package io.fovea.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.RequestOptions;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request's parameters mean to the engine. The deadline runs from the making of this. */
final class RequestTerms {
  private final FoveaChatRequestParameters parameters;
  private final long begun = System.nanoTime();

  /**
   * @throws UnsupportedFeatureException for what the engine has not
   */
  RequestTerms(ChatRequestParameters given, String modelName) {
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

  FoveaChatRequestParameters parameters() {
    return parameters;
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

  EncodeOptions encoding() {
    return common(EncodeOptions.builder()).build();
  }

  GenerationOptions generation() {
    SamplingOptions.Builder sampling = SamplingOptions.builder().seed(parameters.seed());
    Double temperature = parameters.temperature();
    Double topP = parameters.topP();
    Integer topK = parameters.topK();
    if (temperature != null) {
      sampling.temperature(temperature.floatValue());
    }
    if (topP != null) {
      sampling.topP(topP.floatValue());
    }
    if (topK != null) {
      sampling.topK(topK);
    }
    GenerationOptions.Builder options =
        common(GenerationOptions.builder())
            .sampling(sampling.build())
            .stop(orEmpty(parameters.stopSequences()));
    Integer most = parameters.maxOutputTokens();
    return (most == null ? options : options.maxNewTokens(most)).build();
  }

  /** Boxes are decoded one way only: what would change that is refused. */
  LocateOptions locating() {
    GenerationOptions asked = generation();
    if (!asked.sampling().isGreedy() || !asked.stop().isEmpty()) {
      throw new UnsupportedFeatureException(
          "boxes are located without temperature and stopSequences; leave them out");
    }
    return common(LocateOptions.builder()).build();
  }

  private <B extends RequestOptions.Builder<B>> B common(B builder) {
    if (parameters.priority() != null) {
      builder.priority(parameters.priority());
    }
    return builder.caller(parameters.caller()).deadline(left());
  }

  /** What is left of the deadline; at least a nanosecond, which the engine finds to be over. */
  private @Nullable Duration left() {
    Duration deadline = parameters.deadline();
    if (deadline == null || deadline.isNegative() || deadline.isZero()) {
      return deadline; // the engine refuses what is not positive
    }
    Duration left = deadline.minusNanos(System.nanoTime() - begun);
    return left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left;
  }
}
