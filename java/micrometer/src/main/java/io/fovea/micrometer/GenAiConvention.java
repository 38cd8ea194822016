package io.fovea.micrometer;

import io.fovea.sampling.SamplingOptions;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How requests are named: after OpenTelemetry's semantic conventions for generative AI, version
 * 1.41.0. A {@link io.micrometer.observation.GlobalObservationConvention} of the registry that
 * supports {@link InferenceContext} takes its place.
 */
public final class GenAiConvention implements ObservationConvention<InferenceContext> {
  /** Name of each observation. */
  public static final String NAME = "gen_ai.inference";

  /** The convention. */
  public GenAiConvention() {}

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public String getContextualName(InferenceContext context) {
    return GenAi.operation(context.kind()) + " " + context.model();
  }

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof InferenceContext;
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(InferenceContext context) {
    return KeyValues.of(
        KeyValue.of(GenAi.OPERATION, GenAi.operation(context.kind())),
        KeyValue.of(GenAi.PROVIDER, GenAi.FOVEA),
        KeyValue.of(GenAi.REQUEST_MODEL, context.model()),
        KeyValue.of(GenAi.RESPONSE_MODEL, context.model()),
        KeyValue.of("fovea.request.kind", TagValues.of(context.kind())));
  }

  /** These differ from request to request; each is left out where it is not known. */
  @Override
  public KeyValues getHighCardinalityKeyValues(InferenceContext context) {
    List<KeyValue> known = new ArrayList<>();
    add(known, GenAi.MAX_TOKENS, context.maxTokens());
    if (context.streamed()) {
      add(known, "gen_ai.request.stream", true);
    }
    SamplingOptions sampling = context.sampling();
    if (sampling != null) {
      addSampling(known, sampling);
    }
    if (!context.generations().isEmpty()) {
      addAnswers(known, context.generations());
    }
    Throwable error = context.getError();
    add(known, GenAi.ERROR, error == null ? null : GenAi.errorType(error));
    return KeyValues.of(known);
  }

  private static void addSampling(List<KeyValue> known, SamplingOptions sampling) {
    add(known, GenAi.TEMPERATURE, sampling.temperature());
    add(known, GenAi.TOP_P, sampling.topP());
    add(known, GenAi.TOP_K, sampling.topK() == 0 ? null : sampling.topK());
    add(known, GenAi.SEED, sampling.seed());
  }

  private static void addAnswers(List<KeyValue> known, List<Generation> answers) {
    String reasons =
        answers.stream()
            .map(answer -> '"' + GenAi.finishReason(answer.finish()) + '"')
            .collect(Collectors.joining(",", "[", "]"));
    add(known, GenAi.FINISH_REASONS, reasons); // key values are texts: the list as JSON
    add(known, GenAi.INPUT_TOKENS, Outputs.prompts(answers));
    add(known, GenAi.OUTPUT_TOKENS, Outputs.tokens(answers));
  }

  private static void add(List<KeyValue> known, String key, @Nullable Object value) {
    if (value != null) {
      known.add(KeyValue.of(key, value.toString()));
    }
  }
}
