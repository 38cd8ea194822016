package io.fovea.server.picture;

import io.fovea.server.http.ApiException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
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

  private static final long ENTRY_BYTES = 512; // what an entry takes besides its file, about

  private final long mostBytes;
  private final long mostOfOne;
  private final Duration ttl;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Stored> pictures = new LinkedHashMap<>(); // the longest unused first
  private final Map<String, Long> byCaller = new HashMap<>(); // bytes; only of who has any
  private long bytes;

  /**
   * @param mostBytes of all together
   * @param mostOfOne of what one caller uploaded
   */
  public PictureStore(long mostBytes, long mostOfOne, Duration ttl, InstantSource clock) {
    this.mostBytes = mostBytes;
    this.mostOfOne = mostOfOne;
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
    long more = file.length + ENTRY_BYTES;
    if (byCaller.getOrDefault(name(caller), 0L) + more > mostOfOne) {
      throw full("your pictures take all the room that one caller gets; delete some, or send it");
    }
    if (bytes + more > mostBytes) {
      throw full("there is no room for another picture; delete some, or send it");
    }
    byte[] raw = new byte[ID_BYTES];
    random.nextBytes(raw);
    String id = ID_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    Instant now = clock.instant();
    Stored stored = new Stored(id, file, caller, now, now.plus(ttl));
    pictures.put(id, stored);
    count(stored, more);
    return stored;
  }

  private ApiException full(String problem) {
    return ApiException.later(503, "image_store_full", problem + " with the question", ttl);
  }

  private static String name(@Nullable String caller) {
    return caller == null ? "" : caller;
  }

  private void count(Stored stored, long change) {
    bytes += change;
    byCaller.merge(
        name(stored.caller()), change, (a, b) -> a + b == 0 ? null : Long.valueOf(a + b));
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
    pictures.remove(id); // to the end
    pictures.put(id, used);
    return used;
  }

  /**
   * Gives a picture up.
   *
   * @throws ApiException 404
   */
  public synchronized void remove(String id, @Nullable String caller) {
    Stored stored = get(id, caller, null);
    pictures.remove(id);
    count(stored, -stored.file().length - ENTRY_BYTES);
  }

  /** The longest unused expire first: the rest is not looked at. */
  private void dropExpired() {
    Instant now = clock.instant();
    Iterator<Stored> oldest = pictures.values().iterator();
    while (oldest.hasNext()) {
      Stored stored = oldest.next();
      if (stored.expires().isAfter(now)) {
        return;
      }
      oldest.remove();
      count(stored, -stored.file().length - ENTRY_BYTES);
    }
  }

  /** Bytes that all of them take. */
  public synchronized long bytes() {
    dropExpired();
    return bytes;
  }
}
