package io.fovea.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.fovea.InvalidRequestException;
import io.fovea.engine.GenerationOptions;
import io.fovea.grounding.BoxSchema;
import io.fovea.prompt.Turn;
import io.fovea.sampling.SamplingOptions;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Json;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request to {@code /v1/chat/completions} asks. Read strictly: a field that nobody knows, or
 * a value that would change the answer and cannot be served, is refused.
 *
 * @param model its name, or null for the first
 * @param conversation what is said and shown
 * @param options without a deadline
 * @param deadline the client's own, or null
 * @param stream whether the answer comes in pieces
 * @param includeUsage whether the last piece tells the tokens
 * @param logprobs whether each token comes with its probability
 */
record ChatCall(
    @Nullable String model,
    Task task,
    Conversation conversation,
    GenerationOptions options,
    @Nullable Duration deadline,
    boolean stream,
    boolean includeUsage,
    boolean logprobs,
    @Nullable BoxSchema schema) {

  /** What the model is asked to do with the conversation. */
  enum Task {
    /** Answer in the model's form of conversation. */
    CHAT,
    /** Answer shortly. */
    ASK,
    /** Describe the picture, with boxes. */
    CAPTION
  }

  /**
   * A picture that a message shows.
   *
   * @param reference as in the request
   * @param field where it stands
   */
  record Shown(String reference, String field) {}

  /**
   * A conversation whose last turn is to be answered.
   *
   * @param pictures in the order in which they were shown
   * @param newPictures how many came with the query
   */
  record Conversation(List<Shown> pictures, int newPictures, List<Turn> history, String query) {}

  private static final int DEFAULT_TOKENS = 512;
  private static final int MOST_TOKENS = 1 << 20; // the context ends long before
  private static final int MOST_STOPS = 16;

  /**
   * Reads a body.
   *
   * @throws ApiException 400, naming the field
   */
  static ChatCall of(Fields fields) {
    boolean stream = fields.flag("stream");
    boolean includeUsage = includeUsage(fields, stream);
    boolean logprobs = fields.flag("logprobs");
    BoxSchema schema = schema(fields.object("response_format"));
    Task task = Task.CHAT;
    Duration deadline = null;
    Fields own = fields.object("fovea");
    if (own != null) {
      task = task(own.word("task", List.of("chat", "ask", "caption")));
      deadline = OneImage.deadline(own);
      own.done();
    }
    String model = fields.text("model");
    GenerationOptions options = options(fields);
    Conversation conversation = Messages.read(fields);
    unsupported(fields);
    fields.done();
    return new ChatCall(
        model, task, conversation, options, deadline, stream, includeUsage, logprobs, schema);
  }

  /** The form that the answer is to have; null for free text. */
  private static @Nullable BoxSchema schema(@Nullable Fields format) {
    if (format == null) {
      return null;
    }
    if (format.requiredText("type").equals("text")) {
      format.done();
      return null;
    }
    if (!format.requiredText("type").equals("json_schema")) {
      throw ApiException.invalid(
          "unsupported_value",
          format.pathOf("type"),
          "only text and json_schema are supported; give a schema for boxes");
    }
    Fields wrapper = format.object("json_schema");
    JsonNode schema = wrapper == null ? null : wrapper.any("schema");
    if (wrapper == null || schema == null) {
      throw ApiException.invalid(
          "missing_field",
          format.pathOf("json_schema.schema"),
          format.pathOf("json_schema.schema") + " is missing; give a schema for boxes");
    }
    wrapper.ignore("name");
    wrapper.ignore("description");
    wrapper.ignore("strict"); // it always is
    wrapper.done();
    format.done();
    try {
      return BoxSchema.of(Json.line(schema));
    } catch (InvalidRequestException e) {
      throw ApiException.invalid("unsupported_schema", "response_format", e.getMessage() + "");
    }
  }

  private static Task task(String word) {
    return switch (word) {
      case "ask" -> Task.ASK;
      case "caption" -> Task.CAPTION;
      default -> Task.CHAT;
    };
  }

  private static boolean includeUsage(Fields fields, boolean stream) {
    Fields options = fields.object("stream_options");
    if (options == null) {
      return false;
    }
    if (!stream) {
      throw ApiException.invalid(
          "unsupported_value",
          "stream_options",
          "stream_options is given without stream; set stream to true, or leave it out");
    }
    boolean usage = options.flag("include_usage");
    options.ignore("include_obfuscation"); // nothing is hidden by it on one's own machine
    options.done();
    return usage;
  }

  /** How the answer is generated. */
  static GenerationOptions options(Fields fields) {
    Double temperature = fields.number("temperature", 0, 2);
    Double topP = fields.number("top_p", 0, 1);
    Long seed = fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    SamplingOptions.Builder sampling = SamplingOptions.builder().seed(seed);
    if (temperature != null) {
      sampling.temperature(temperature.floatValue());
    }
    if (topP != null) {
      sampling.topP(topP.floatValue());
    }
    return GenerationOptions.builder()
        .sampling(sampling.build())
        .maxNewTokens(maxTokens(fields))
        .stop(fields.texts("stop", MOST_STOPS))
        .build();
  }

  private static int maxTokens(Fields fields) {
    Long old = fields.integer("max_tokens", 1, MOST_TOKENS);
    Long given = fields.integer("max_completion_tokens", 1, MOST_TOKENS);
    if (old != null && given != null && !old.equals(given)) {
      throw ApiException.invalid(
          "unsupported_value",
          "max_tokens",
          "max_tokens and max_completion_tokens differ; give one of them");
    }
    Long most = given == null ? old : given;
    return most == null ? DEFAULT_TOKENS : most.intValue();
  }

  /** OpenAI's fields that are taken only where they ask for nothing. */
  private static void unsupported(Fields fields) {
    fields.only("n", "1");
    fields.only("frequency_penalty", "0", "0.0");
    fields.only("presence_penalty", "0", "0.0");
    fields.only("top_logprobs", "0");
    fields.only("logit_bias", "{}");
    fields.only("tools", "[]");
    fields.only("tool_choice", "\"none\"", "\"auto\"");
    fields.only("parallel_tool_calls", "true", "false");
    fields.only("modalities", "[\"text\"]");
    fields.only("service_tier", "\"auto\"", "\"default\"");
    fields.only("store", "false");
    fields.ignore("user"); // OpenAI counts by it
    fields.ignore("metadata");
    fields.ignore("safety_identifier");
    fields.ignore("prompt_cache_key"); // prefixes are found by their contents
  }
}
