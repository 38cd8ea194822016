package io.fovea.micrometer;

import io.fovea.engine.FinishReason;
import io.fovea.engine.RequestKind;

/**
 * Names and values of OpenTelemetry's semantic conventions for generative AI, version 1.41.0:
 * https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai
 */
final class GenAi {
  static final String OPERATION = "gen_ai.operation.name";
  static final String PROVIDER = "gen_ai.provider.name";
  static final String REQUEST_MODEL = "gen_ai.request.model";
  static final String RESPONSE_MODEL = "gen_ai.response.model";
  static final String MAX_TOKENS = "gen_ai.request.max_tokens";
  static final String TEMPERATURE = "gen_ai.request.temperature";
  static final String TOP_P = "gen_ai.request.top_p";
  static final String TOP_K = "gen_ai.request.top_k";
  static final String SEED = "gen_ai.request.seed";
  static final String FINISH_REASONS = "gen_ai.response.finish_reasons";
  static final String INPUT_TOKENS = "gen_ai.usage.input_tokens";
  static final String OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
  static final String TOKEN_TYPE = "gen_ai.token.type";
  static final String ERROR = "error.type";

  /** The provider of all models here. */
  static final String FOVEA = "fovea";

  private GenAi() {}

  /** The conventions' operations, and one of Fovea's own for what they do not know. */
  static String operation(RequestKind kind) {
    return switch (kind) {
      case CHAT -> "chat";
      case LOCATE, CAPTION -> "generate_content";
      case ENCODE -> "encode_image";
      case DIAGNOSIS -> "diagnosis";
    };
  }

  static String finishReason(FinishReason reason) {
    return switch (reason) {
      case STOP, STOP_SEQUENCE -> "stop";
      case LENGTH -> "length";
      case CANCELLED -> "cancelled";
      case DEADLINE -> "deadline";
    };
  }

  /** The class of an error: Fovea's exceptions, and those of futures. */
  static String errorType(Throwable error) {
    return error.getClass().getName();
  }
}
