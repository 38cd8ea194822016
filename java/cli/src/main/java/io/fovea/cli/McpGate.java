package io.fovea.cli;

import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.INVALID_PARAMS;
import static io.modelcontextprotocol.spec.McpSchema.ErrorCodes.INVALID_REQUEST;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_INITIALIZE;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_LOGGING_SET_LEVEL;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_NOTIFICATION_INITIALIZED;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_PING;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_TOOLS_CALL;
import static io.modelcontextprotocol.spec.McpSchema.METHOD_TOOLS_LIST;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.PaginatedRequest;
import io.modelcontextprotocol.spec.McpSchema.SetLevelRequest;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the SDK gets to see of a session's messages. It would keep requests from before the session
 * has begun for good, and answers params of another kind with names of its own classes.
 */
final class McpGate {
  /** What the SDK makes of the params of those methods that have any. */
  private static final Map<String, Class<?>> PARAMS =
      Map.of(
          METHOD_INITIALIZE, InitializeRequest.class,
          METHOD_TOOLS_LIST, PaginatedRequest.class,
          METHOD_TOOLS_CALL, CallToolRequest.class,
          METHOD_LOGGING_SET_LEVEL, SetLevelRequest.class);

  private final ObjectMapper mapper;
  private final List<String> tools;
  private boolean greeted;
  private boolean begun;

  /**
   * For one session.
   *
   * @param mapper the SDK's
   * @param tools their names
   */
  McpGate(ObjectMapper mapper, List<String> tools) {
    this.mapper = mapper;
    this.tools = List.copyOf(tools);
  }

  /**
   * Lets a request pass.
   *
   * @throws McpRefusal where it must not
   */
  void admit(JSONRPCRequest request) throws McpRefusal {
    String method = request.method();
    greeted |= method.equals(METHOD_INITIALIZE);
    if (!begun && !method.equals(METHOD_INITIALIZE) && !method.equals(METHOD_PING)) {
      throw refused(
          request,
          INVALID_REQUEST,
          "the session has not begun",
          "send initialize, and after its response " + METHOD_NOTIFICATION_INITIALIZED);
    }
    requireParams(request);
    if (method.equals(METHOD_TOOLS_CALL)) {
      requireTool(request);
    }
  }

  private void requireParams(JSONRPCRequest request) throws McpRefusal {
    Class<?> type = PARAMS.getOrDefault(request.method(), Object.class);
    try {
      mapper.convertValue(request.params(), type);
    } catch (IllegalArgumentException e) {
      throw refused(
          request,
          INVALID_PARAMS,
          place(e) + " is not what " + request.method() + " takes",
          "see the protocol's schema");
    }
  }

  /** Such as {@code params.arguments}. */
  private static String place(IllegalArgumentException e) {
    List<JsonMappingException.Reference> path =
        e.getCause() instanceof JsonMappingException mapping ? mapping.getPath() : List.of();
    return Stream.concat(
            Stream.of("params"), path.stream().map(each -> String.valueOf(each.getFieldName())))
        .collect(Collectors.joining("."));
  }

  private void requireTool(JSONRPCRequest request) throws McpRefusal {
    Object name = request.params() instanceof Map<?, ?> params ? params.get("name") : null;
    if (!(name instanceof String) || !tools.contains(name)) {
      throw refused(
          request,
          INVALID_PARAMS,
          name == null ? "params.name is missing" : "there is no tool " + name,
          "give one of " + String.join(", ", tools));
    }
  }

  private static McpRefusal refused(
      JSONRPCRequest request, int code, String problem, String remedy) {
    return new McpRefusal(code, (Serializable) request.id(), problem, remedy);
  }

  /** Whether a notification passes: only after its request can a session begin. */
  boolean admits(JSONRPCNotification notification) {
    boolean begins = notification.method().equals(METHOD_NOTIFICATION_INITIALIZED);
    begun |= begins && greeted;
    return !begins || greeted;
  }
}
