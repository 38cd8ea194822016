package io.fovea.server.http;

import io.fovea.server.ServerSettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who may ask: API keys, and pages of other origins. */
final class Gate {
  private static final String BEARER = "bearer ";
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern ADDRESS = Pattern.compile("\\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*]");

  /** The beginning of a URL, and its authority. */
  private static final Pattern URL =
      Pattern.compile("https?://([^/?#]*)", Pattern.CASE_INSENSITIVE);

  private static final Pattern PORT = Pattern.compile(":\\d*$");

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
    boolean bare = name.indexOf(':') >= 0 && !name.startsWith("[");
    return alike(bare ? "[" + name.replaceFirst("%.*", "") + "]" : name);
  }

  /** The same for all spellings of a name or an IPv6 address in brackets. */
  private static String alike(String name) {
    if (ADDRESS.matcher(name).matches()) {
      try {
        return InetAddress.getByName(name).getHostAddress(); // nothing is looked up: it is no name
      } catch (UnknownHostException e) {
        return name; // no address either
      }
    }
    return name.toLowerCase(Locale.ROOT);
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
   * @param host as {@link #host} tells
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

  /**
   * What a request calls the server: a target that is a whole URL counts, or else the header (RFC
   * 9112, 3.2.2). Null where it does not say.
   *
   * @param headers all that are called {@code Host}
   * @throws ApiException 400 where there are several: others may read another one
   */
  static @Nullable String host(String target, List<String> headers) {
    if (headers.size() > 1) {
      throw ApiException.invalid("invalid_host", null, "there are several headers Host; send one");
    }
    Matcher url = URL.matcher(target);
    return url.lookingAt() ? url.group(1) : headers.isEmpty() ? null : headers.get(0);
  }

  /** Without its port. */
  private static String name(String host) {
    return alike(PORT.matcher(host).replaceFirst(""));
  }
}
