package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who may ask: API keys, and pages of other origins. */
final class Gate {
  private static final String BEARER = "bearer ";
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private final List<byte[]> keys;
  private final Set<String> origins;
  private final Set<String> names;

  Gate(ServerSettings settings) {
    keys = settings.apiKeys().stream().map(Gate::digest).toList();
    origins = Set.copyOf(settings.corsOrigins());
    names =
        Stream.of(LOOPBACK.stream(), settings.hostNames().stream(), Stream.of(settings.host()))
            .flatMap(stream -> stream)
            .map(Gate::asInHeader)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** A name as the header {@code Host} has it: IPv6 addresses in brackets, without a zone. */
  private static String asInHeader(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.indexOf(':') < 0 || lower.startsWith("[")
        ? lower
        : "[" + lower.replaceFirst("%.*", "") + "]";
  }

  /** Equal lengths, so that comparing takes equally long. */
  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A name for the caller: the number of the key; null where there are none.
   *
   * @param authorization the header, or null
   * @throws ApiException 401
   */
  @Nullable String caller(@Nullable String authorization) {
    if (keys.isEmpty()) {
      return null;
    }
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      throw ApiException.refused(
          401,
          "missing_api_key",
          null,
          "there is no API key; send it as Authorization: Bearer KEY");
    }
    byte[] given = digest(authorization.substring(BEARER.length()).strip());
    int found = -1;
    for (int i = 0; i < keys.size(); i++) { // all of them: the time says nothing
      found = MessageDigest.isEqual(keys.get(i), given) ? i : found;
    }
    if (found < 0) {
      throw ApiException.refused(
          401,
          "invalid_api_key",
          null,
          "the API key is not known here; ask who runs the server for one");
    }
    return "key-" + found;
  }

  /** Whether pages of an origin may read answers. */
  boolean allows(String origin) {
    return origins.contains(origin) || origins.contains("*");
  }

  /**
   * Refuses pages of origins that are not allowed, and names that are not this server's: a page may
   * have pointed its own name here.
   *
   * @param host the header {@code Host}, or null
   * @param origin the header {@code Origin}, or null
   * @throws ApiException 403, 421
   */
  void require(@Nullable String host, @Nullable String origin) {
    if (origin != null && !allows(origin) && !isOwn(origin, host)) {
      throw ApiException.refused(
          403,
          "origin_not_allowed",
          null,
          "pages of " + origin + " may not call; allow it as CORS origin");
    }
    if (keys.isEmpty() && (host == null || !names.contains(name(host)))) {
      throw ApiException.refused(
          421,
          "unknown_host",
          null,
          "this server is not known as " + host + "; name it as a host, or ask for API keys");
    }
  }

  private static boolean isOwn(String origin, @Nullable String host) {
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Without its port. */
  private static String name(String host) {
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return name.toLowerCase(Locale.ROOT);
  }
}
