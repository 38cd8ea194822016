package io.fovea.spring.ai;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodeOptions;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.ImageCache;
import io.fovea.image.ImageInput;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.content.Media;

/** The encoded pictures of a request, held until it has ended. */
final class Pictures implements AutoCloseable {
  private final List<EncodedImage> images = new ArrayList<>();

  private Pictures() {}

  /** Fetches, decodes and encodes them, in their order: all or none. */
  static Pictures open(Settings settings, List<Media> sources, EncodeOptions options) {
    Pictures opened = new Pictures();
    try {
      for (Media source : sources) {
        opened.images.add(encode(settings, bytes(source, settings.imageFetcher()), options));
      }
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  private static EncodedImage encode(Settings settings, byte[] file, EncodeOptions options) {
    ImageCache cache = settings.imageCache();
    return cache == null
        ? settings.engine().encode(ImageInput.of(file), options)
        : cache.encode(file, options);
  }

  private static byte[] bytes(Media source, @Nullable ImageFetcher fetcher) {
    Object data = source.getData();
    if (data instanceof byte[] file) {
      return file;
    }
    String address = data.toString();
    if (address.startsWith("data:")) {
      return ofDataUri(address);
    }
    if (fetcher == null) {
      throw new InvalidRequestException(
          "a picture is given as an address, and none is fetched",
          "send its bytes, or give the model an imageFetcher");
    }
    return fetcher.fetch(URI.create(address));
  }

  /** Of {@code data:image/png;base64,...}. */
  private static byte[] ofDataUri(String uri) {
    int comma = uri.indexOf(',');
    if (comma < 0 || !uri.substring(0, comma).endsWith(";base64")) {
      throw new InvalidRequestException(
          "a picture's data URI is not in base64", "write data:image/png;base64,...");
    }
    try {
      return Base64.getDecoder().decode(uri.substring(comma + 1));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          "a picture's data URI is not base64: " + e.getMessage(), "encode the file's bytes");
    }
  }

  List<EncodedImage> images() {
    return images;
  }

  @Override
  public void close() {
    images.forEach(EncodedImage::close);
  }
}
