package io.fovea.server.picture;

import io.fovea.server.http.ApiException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Uploaded pictures, each kept until nobody has used it for a while. Safe for any thread. */
public final class PictureStore {
  private static final int ID_BYTES = 18; // nobody guesses it

  /** How ids begin. */
  public static final String ID_PREFIX = "img_";

  /**
   * A picture that was uploaded.
   *
   * @param file as it came
   * @param caller who uploaded it, and may use it
   * @param expires when it goes unless it is used before
   */
  public record Stored(
      String id, byte[] file, @Nullable String caller, Instant created, Instant expires) {}

  private final long mostBytes;
  private final Duration ttl;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Stored> pictures = new HashMap<>();
  private long bytes;

  /**
   * @param mostBytes of all files together
   */
  public PictureStore(long mostBytes, Duration ttl, InstantSource clock) {
    this.mostBytes = mostBytes;
    this.ttl = ttl;
    this.clock = clock;
  }

  /**
   * Keeps a picture.
   *
   * @throws ApiException 503 where there is no room
   */
  public synchronized Stored put(byte[] file, @Nullable String caller) {
    dropExpired();
    if (bytes + file.length > mostBytes) {
      throw ApiException.later(
          503,
          "image_store_full",
          "there is no room for another picture; delete some, or send it with the question",
          ttl);
    }
    byte[] raw = new byte[ID_BYTES];
    random.nextBytes(raw);
    String id = ID_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    Instant now = clock.instant();
    Stored stored = new Stored(id, file, caller, now, now.plus(ttl));
    pictures.put(id, stored);
    bytes += file.length;
    return stored;
  }

  /**
   * A picture, which stays for another while.
   *
   * @param field of the request, for messages; null where it stands in the path
   * @throws ApiException 404
   */
  public synchronized Stored get(String id, @Nullable String caller, @Nullable String field) {
    dropExpired();
    Stored stored = pictures.get(id);
    if (stored == null || !Objects.equals(stored.caller(), caller)) {
      throw ApiException.refused(
          404,
          "image_not_found",
          field,
          "there is no image " + id + ", or no more; upload it again");
    }
    Stored used =
        new Stored(id, stored.file(), caller, stored.created(), clock.instant().plus(ttl));
    pictures.put(id, used);
    return used;
  }

  /**
   * Gives a picture up.
   *
   * @throws ApiException 404
   */
  public synchronized void remove(String id, @Nullable String caller) {
    bytes -= get(id, caller, null).file().length;
    pictures.remove(id);
  }

  private void dropExpired() {
    Instant now = clock.instant();
    pictures
        .values()
        .removeIf(
            each -> {
              boolean expired = !each.expires().isAfter(now);
              bytes -= expired ? each.file().length : 0;
              return expired;
            });
  }

  /** Bytes of all files. */
  public synchronized long bytes() {
    dropExpired();
    return bytes;
  }
}
