package io.fovea.chat;

import io.fovea.InvalidRequestException;
import java.net.URI;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Gets the files of pictures in the forms that messages have them in. */
public final class PictureFiles {
  private final @Nullable ImageFetcher fetcher;

  /**
   * @param fetcher null: pictures named by address are refused
   */
  public PictureFiles(@Nullable ImageFetcher fetcher) {
    this.fetcher = fetcher;
  }

  /**
   * A file in base64.
   *
   * @throws InvalidRequestException where it is none
   */
  public byte[] ofBase64(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          "a picture is not base64: " + e.getMessage(), "encode the file's bytes");
    }
  }

  /**
   * A file by its address: a data URI in base64, or what the fetcher takes.
   *
   * @throws InvalidRequestException where there is no fetcher for it, or it is no address
   */
  public byte[] at(String address) {
    if (address.regionMatches(/* ignoreCase= */ true, 0, "data:", 0, 5)) {
      return ofDataUri(address);
    }
    if (fetcher == null) {
      throw new InvalidRequestException(
          "a picture is given as an address, and none is fetched",
          "send its bytes, or give the model an imageFetcher");
    }
    return fetcher.fetch(url(address));
  }

  private static URI url(String address) {
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          "a picture's address is none: " + e.getMessage(), "send its bytes, or a URL");
    }
  }

  /** Of {@code data:image/png;base64,...}. */
  private byte[] ofDataUri(String uri) {
    int comma = uri.indexOf(',');
    if (comma < 0 || !uri.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
      throw new InvalidRequestException(
          "a picture's data URI is not in base64", "write data:image/png;base64,...");
    }
    return ofBase64(uri.substring(comma + 1));
  }
}
