package io.fovea.server.picture;

import io.fovea.server.ServerSettings;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** The bytes of pictures that requests name. */
public final class Pictures {
  private final PictureStore store;
  private final PictureFetcher fetcher;

  /**
   * @param vertx fetches
   */
  public Pictures(Vertx vertx, ServerSettings settings) {
    long share = settings.imageBytes() / (settings.apiKeys().size() > 1 ? 2 : 1);
    store =
        new PictureStore(settings.imageBytes(), share, settings.imageTtl(), InstantSource.system());
    fetcher = new PictureFetcher(vertx, settings);
  }

  /** Those that were uploaded. */
  public PictureStore store() {
    return store;
  }

  /**
   * The file that a request names, later.
   *
   * @param reference a data URI in base64, the id of an upload, or a URL
   * @param field where it stands, for messages
   * @param call whose uploads it may be; what is fetched for it takes room until it is answered
   * @throws ApiException where it is none of them
   */
  public CompletableFuture<byte[]> file(String reference, String field, Call call) {
    if (reference.startsWith(PictureStore.ID_PREFIX)) {
      return CompletableFuture.completedFuture(store.get(reference, call.caller(), field).file());
    }
    if (reference.regionMatches(/* ignoreCase= */ true, 0, "data:", 0, 5)) {
      return CompletableFuture.completedFuture(data(reference, field));
    }
    return fetcher.fetch(reference, field, call.connection());
  }

  private static byte[] data(String uri, String field) {
    int comma = uri.indexOf(',');
    String head = comma < 0 ? "" : uri.substring(0, comma).toLowerCase(Locale.ROOT);
    if (!head.endsWith(";base64")) {
      throw ApiException.invalid(
          "invalid_image_url",
          field,
          field + " is a data URI without base64; send data:image/png;base64,...");
    }
    try {
      return Base64.getDecoder()
          .decode(uri.substring(comma + 1).getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid(
          "invalid_image_url",
          field,
          field + " is not base64: " + e.getMessage() + "; encode the file anew");
    }
  }
}
