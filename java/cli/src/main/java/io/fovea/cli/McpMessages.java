package io.fovea.cli;

import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.INVALID_REQUEST;
import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.PARSE_ERROR;
import static io.modelcontextprotocol.spec.McpSchema.JSONRPC_VERSION;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as messages of JSON-RPC, with what the protocol adds: ids are texts or integers, params an
 * object.
 */
final class McpMessages {
  private final ObjectReader reader;

  McpMessages(JsonMapper mapper) {
    reader = mapper.readerFor(Object.class).with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /**
   * The request or notification of a line; null for a response, since nothing is ever asked.
   *
   * @throws McpRefusal where it is none of these
   */
  @Nullable JSONRPCMessage read(byte[] line) throws McpRefusal {
    if (!(json(line) instanceof Map<?, ?> message)) {
      throw invalid(null, "the message is no JSON object", "send one message on each line");
    }
    Serializable id = id(message.get("id"));
    if (!JSONRPC_VERSION.equals(message.get("jsonrpc"))) {
      throw invalid(id, "jsonrpc is not \"2.0\"", "send messages of JSON-RPC 2.0");
    }
    if (message.containsKey("method")) {
      return call(message, id);
    }
    requireResponse(message, id);
    return null;
  }

  private Object json(byte[] line) throws McpRefusal {
    try {
      return reader.readValue(line);
    } catch (IOException e) {
      String reason =
          e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
      throw new McpRefusal(
          PARSE_ERROR, null, "the message is no JSON: " + reason, "send one message on each line");
    }
  }

  private static JSONRPCMessage call(Map<?, ?> message, @Nullable Serializable id)
      throws McpRefusal {
    if (!(message.get("method") instanceof String method)) {
      throw invalid(id, "method is no text", "name a method");
    }
    Object given = message.get("params");
    Object params = given == null ? Map.of() : given; // the SDK takes no null
    if (!(params instanceof Map)) {
      throw invalid(id, "params is no object", "give each by its name, or leave params out");
    }
    if (!message.containsKey("id")) {
      return new JSONRPCNotification(method, params);
    }
    if (id == null) {
      throw invalid(null, "id is neither a text nor an integer", "give one of 64 bits at most");
    }
    return new JSONRPCRequest(method, id, params);
  }

  /** An error may come for a message whose id nobody could read. */
  private static void requireResponse(Map<?, ?> message, @Nullable Serializable id)
      throws McpRefusal {
    boolean result = message.containsKey("result");
    boolean error = isError(message.get("error"));
    if (result
        ? id == null || message.containsKey("error")
        : !error || !message.containsKey("id")) {
      throw invalid(id, "the message is no request, notification or response", "give it a method");
    }
  }

  private static boolean isError(@Nullable Object value) {
    return value instanceof Map<?, ?> error
        && error.get("code") instanceof Integer
        && error.get("message") instanceof String;
  }

  /** A valid id; else null. */
  static @Nullable Serializable id(@Nullable Object value) {
    return value instanceof String || value instanceof Integer || value instanceof Long
        ? (Serializable) value
        : null;
  }

  private static McpRefusal invalid(@Nullable Serializable id, String problem, String remedy) {
    return new McpRefusal(INVALID_REQUEST, id, problem, remedy);
  }
}
