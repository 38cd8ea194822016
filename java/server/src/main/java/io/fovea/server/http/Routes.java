package io.fovea.server.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint answers what. Paths are exact, or end in one variable part: {@code /things/{id}}.
 */
public final class Routes {
  private static final String VARIABLE = "/{id}";

  /**
   * An endpoint and whom it lets in.
   *
   * @param path as registered, for metrics and documentation
   * @param keyed whether it wants an API key, where there are keys
   */
  public record Route(String method, String path, boolean keyed, Endpoint endpoint) {}

  /** A route and what stands in its variable part. */
  record Found(Route route, String argument) {}

  private final Map<String, Map<String, Route>> byPath = new LinkedHashMap<>();

  /** Adds an endpoint that wants a key. */
  public Routes add(String method, String path, Endpoint endpoint) {
    return add(new Route(method, path, /* keyed= */ true, endpoint));
  }

  /** Adds an endpoint that lets everybody in. */
  public Routes addOpen(String method, String path, Endpoint endpoint) {
    return add(new Route(method, path, /* keyed= */ false, endpoint));
  }

  private Routes add(Route route) {
    byPath.computeIfAbsent(route.path(), path -> new TreeMap<>()).put(route.method(), route);
    return this;
  }

  /** All of them. */
  public List<Route> all() {
    return byPath.values().stream().flatMap(methods -> methods.values().stream()).toList();
  }

  /**
   * The route of a request.
   *
   * @throws ApiException 404 or 405
   */
  Found find(String method, String path) {
    Map<String, Route> methods = methods(path);
    boolean exact = byPath.containsKey(path);
    String last = path.substring(path.lastIndexOf('/') + 1);
    String argument = exact || methods == null ? "" : decoded(last);
    if (methods == null) {
      throw ApiException.refused(
          404, "unknown_url", null, "there is no " + path + "; see /openapi.json");
    }
    Route route = methods.get(method.equals("HEAD") ? "GET" : method);
    if (route == null) {
      throw ApiException.refused(
          405, "method_not_allowed", null, path + " takes " + String.join(", ", methods.keySet()));
    }
    return new Found(route, argument);
  }

  /** Of {@code %2F} a slash, and so on. */
  private static String decoded(String encoded) {
    try {
      return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid(
          "invalid_url",
          null,
          encoded + " has a % without two hexadecimal digits; write it as %25");
    }
  }

  private @Nullable Map<String, Route> methods(String path) {
    int slash = path.lastIndexOf('/');
    boolean variable = slash >= 0 && slash + 1 < path.length() && !byPath.containsKey(path);
    return byPath.get(variable ? path.substring(0, slash) + VARIABLE : path);
  }

  /** The methods that a path takes, for {@code Allow}; null where there is no such path. */
  @Nullable String allowed(String path) {
    Map<String, Route> methods = methods(path);
    return methods == null ? null : String.join(", ", methods.keySet());
  }
}
