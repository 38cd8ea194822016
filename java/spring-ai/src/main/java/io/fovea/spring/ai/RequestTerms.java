package io.fovea.spring.ai;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.RequestOptions;
import io.fovea.prompt.PromptTemplate;
import io.fovea.sampling.SamplingOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a request's options mean to the engine. The deadline runs from the making of this. */
final class RequestTerms {
  private final FoveaChatOptions options;
  private final long begun = System.nanoTime();

  /**
   * @throws InvalidRequestException for what the engine has not
   */
  RequestTerms(FoveaChatOptions options, String modelName) {
    this.options = options;
    refuse(options.getFrequencyPenalty(), "frequencyPenalty");
    refuse(options.getPresencePenalty(), "presencePenalty");
    if (!modelName.equals(options.getModel())) {
      throw new InvalidRequestException(
          "the model asked for is '" + options.getModel() + "', this one is '" + modelName + "'",
          "leave it out, or ask a model built over the other engine");
    }
  }

  private static void refuse(@Nullable Double penalty, String name) {
    if (penalty != null && penalty != 0) {
      throw new InvalidRequestException(
          name + " is " + penalty + ", which Fovea's models have not", "leave it out");
    }
  }

  @Nullable PromptTemplate template() {
    return options.getPromptTemplate();
  }

  EncodeOptions encoding() {
    return common(EncodeOptions.builder()).build();
  }

  GenerationOptions generation() {
    SamplingOptions.Builder sampling = SamplingOptions.builder().seed(options.getSeed());
    Double temperature = options.getTemperature();
    Double topP = options.getTopP();
    Integer topK = options.getTopK();
    if (temperature != null) {
      sampling.temperature(temperature.floatValue());
    }
    if (topP != null) {
      sampling.topP(topP.floatValue());
    }
    if (topK != null) {
      sampling.topK(topK);
    }
    List<String> stop = options.getStopSequences();
    GenerationOptions.Builder generation =
        common(GenerationOptions.builder())
            .sampling(sampling.build())
            .stop(stop == null ? List.of() : stop);
    Integer most = options.getMaxTokens();
    return (most == null ? generation : generation.maxNewTokens(most)).build();
  }

  private <B extends RequestOptions.Builder<B>> B common(B builder) {
    if (options.getPriority() != null) {
      builder.priority(options.getPriority());
    }
    return builder.caller(options.getCaller()).deadline(left());
  }

  /** What is left of the deadline; at least a nanosecond, which the engine finds to be over. */
  private @Nullable Duration left() {
    Duration deadline = options.getDeadline();
    if (deadline == null || deadline.isNegative() || deadline.isZero()) {
      return deadline; // the engine refuses what is not positive
    }
    Duration left = deadline.minusNanos(System.nanoTime() - begun);
    return left.isNegative() || left.isZero() ? Duration.ofNanos(1) : left;
  }
}
