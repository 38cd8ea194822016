package io.fovea.langchain4j;

import dev.langchain4j.data.image.Image;
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

/** The encoded pictures of a request, held until it has begun. */
final class Pictures implements AutoCloseable {
  private final List<EncodedImage> images = new ArrayList<>();

  private Pictures() {}

  /** Fetches, decodes and encodes them, in their order: all or none. */
  static Pictures open(Settings settings, List<Image> sources, EncodeOptions options) {
    Pictures opened = new Pictures();
    try {
      for (Image source : sources) {
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

  private static byte[] bytes(Image source, @Nullable ImageFetcher fetcher) {
    String data = source.base64Data();
    if (data != null) {
      return decode(data);
    }
    URI url = source.url();
    if (url == null) {
      throw new InvalidRequestException("a picture is empty", "give its base64Data");
    }
    if ("data".equals(url.getScheme())) {
      return decode(base64OfDataUri(url.getSchemeSpecificPart()));
    }
    if (fetcher == null) {
      throw new InvalidRequestException(
          "a picture is given as an address, and none is fetched",
          "send its base64Data, or give the model an imageFetcher");
    }
    return fetcher.fetch(url);
  }

  /** Of {@code image/png;base64,...}. */
  private static String base64OfDataUri(String rest) {
    int comma = rest.indexOf(',');
    if (comma < 0 || !rest.substring(0, comma).endsWith(";base64")) {
      throw new InvalidRequestException(
          "a picture's data URI is not in base64", "write data:image/png;base64,...");
    }
    return rest.substring(comma + 1);
  }

  private static byte[] decode(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          "a picture's base64Data is not base64: " + e.getMessage(), "encode the file's bytes");
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
