package io.fovea.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fovea.ImageSize;
import io.fovea.engine.Answer;
import io.fovea.engine.FinishReason;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.Usage;
import io.fovea.server.http.Json;
import io.fovea.server.wire.FoundRegion;
import io.fovea.server.wire.Milliseconds;
import io.fovea.server.wire.Tokens;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The JSON of one chat completion, whole or in chunks. */
final class Completion {
  private final String id = "chatcmpl-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
  private final long created = Instant.now().getEpochSecond();
  private final String model;

  Completion(String model) {
    this.model = model;
  }

  private ObjectNode head(String object) {
    return Json.object()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model);
  }

  /**
   * A whole answer.
   *
   * @param content its text
   * @param grounding what stands beside the message
   * @param tokens for their probabilities; null where nobody asked
   */
  ObjectNode whole(
      String content,
      Answer answer,
      ObjectNode grounding,
      @Nullable List<TokenEvent.Token> tokens) {
    ObjectNode body = head("chat.completion");
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    choice.putObject("message").put("role", "assistant").put("content", content).putNull("refusal");
    choice.set("fovea", grounding);
    if (tokens == null) {
      choice.putNull("logprobs");
    } else {
      choice.set("logprobs", logprobs(tokens));
    }
    choice.put("finish_reason", finish(answer.finish()));
    body.set("usage", usage(answer.usage()));
    return body;
  }

  /**
   * A chunk.
   *
   * @param grounding what stands beside the delta, or null
   * @param token for its probability, or null
   * @param finish why the answer ended, or null
   */
  String chunk(
      ObjectNode delta,
      @Nullable ObjectNode grounding,
      TokenEvent.@Nullable Token token,
      @Nullable FinishReason finish) {
    ObjectNode body = head("chat.completion.chunk");
    ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    if (grounding != null) {
      choice.set("fovea", grounding);
    }
    if (token != null) {
      choice.set("logprobs", logprobs(List.of(token)));
    }
    choice.put("finish_reason", finish == null ? null : finish(finish));
    return Json.line(body);
  }

  /** The chunk that tells the tokens. */
  String usageChunk(Usage usage) {
    ObjectNode body = head("chat.completion.chunk");
    body.putArray("choices");
    body.set("usage", usage(usage));
    return Json.line(body);
  }

  private static ObjectNode logprobs(List<TokenEvent.Token> tokens) {
    ObjectNode logprobs = Json.object();
    ArrayNode content = logprobs.putArray("content");
    for (TokenEvent.Token token : tokens) {
      ObjectNode entry =
          content.addObject().put("token", token.text()).put("logprob", token.logProbability());
      ArrayNode bytes = entry.putArray("bytes");
      for (byte each : token.text().getBytes(StandardCharsets.UTF_8)) {
        bytes.add(each & 0xff);
      }
      entry.putArray("top_logprobs");
    }
    return logprobs.putNull("refusal");
  }

  static String finish(FinishReason reason) {
    return reason == FinishReason.LENGTH ? "length" : "stop";
  }

  /**
   * Tokens as OpenAI counts them: all of the answer, whether the model chose them or a form did.
   */
  static ObjectNode usage(Usage usage) {
    int completion = usage.completionTokens() + usage.forcedTokens();
    ObjectNode node =
        Json.object()
            .put("prompt_tokens", usage.promptTokens())
            .put("completion_tokens", completion)
            .put("total_tokens", usage.promptTokens() + completion);
    node.putObject("prompt_tokens_details").put("cached_tokens", usage.cachedTokens());
    return node;
  }

  /** What an answer took, and how it may be had again. */
  static ObjectNode cost(Answer answer) {
    ObjectNode node = Json.object();
    if (answer.seed() != null) {
      node.put("seed", answer.seed());
    }
    node.set("tokens", Json.of(Tokens.of(answer.usage())));
    node.set("milliseconds", Json.of(Milliseconds.of(answer.timings())));
    return node;
  }

  /** The picture that boxes are on. */
  static ObjectNode image(ImageSize size) {
    return Json.object().put("width", size.width()).put("height", size.height());
  }

  /** Regions as JSON. */
  static ArrayNode regions(List<FoundRegion> regions) {
    return (ArrayNode) Json.of(regions);
  }
}
