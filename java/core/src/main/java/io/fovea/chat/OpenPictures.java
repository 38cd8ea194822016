package io.fovea.chat;

import io.fovea.engine.EncodeOptions;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.image.ImageInput;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The encoded pictures of a request, held until it has begun; a stream's, until it has ended. */
public final class OpenPictures implements AutoCloseable {
  private final List<EncodedImage> images = new ArrayList<>();

  private OpenPictures() {}

  /**
   * Gets, decodes and encodes them, in their order: all or none.
   *
   * @param cache of the same engine, or null: they are encoded for this request alone
   * @param file gets the file of a picture
   */
  public static <P> OpenPictures open(
      VisionEngine engine,
      @Nullable ImageCache cache,
      List<P> pictures,
      Function<P, byte[]> file,
      EncodeOptions options) {
    OpenPictures opened = new OpenPictures();
    try {
      for (P picture : pictures) {
        byte[] bytes = file.apply(picture);
        opened.images.add(
            cache == null
                ? engine.encode(ImageInput.of(bytes), options)
                : cache.encode(bytes, options));
      }
    } catch (RuntimeException | Error e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  /** They themselves, which this closes. */
  public List<EncodedImage> images() {
    return List.copyOf(images);
  }

  @Override
  public void close() {
    images.forEach(EncodedImage::close);
  }
}
