package io.fovea.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

/**
 * The images that hold memory. Their cached prefixes are a convenience: where room is short, those
 * used longest ago are dropped and computed again with the next request. Engine thread only, except
 * for {@link #wake}.
 */
final class ImageStore {
  private final List<EncodedImage> images = new ArrayList<>();
  private final Runnable wake;

  /**
   * @param wake makes the engine thread come round, so that it frees what became unused
   */
  ImageStore(Runnable wake) {
    this.wake = wake;
  }

  void add(EncodedImage image) {
    image.markUsed(System.nanoTime());
    images.add(image);
  }

  /** Some image became unused. Any thread. */
  void wake() {
    wake.run();
  }

  /** Frees the images nobody needs. */
  void freeUnused() {
    for (Iterator<EncodedImage> it = images.iterator(); it.hasNext(); ) {
      EncodedImage image = it.next();
      if (image.isUnused()) {
        image.free();
        it.remove();
      }
    }
  }

  /**
   * Drops the cached prefix used longest ago.
   *
   * @return false where there is none left
   */
  boolean dropOldestPrefix() {
    return images.stream()
        .filter(image -> image.prefix() != null)
        .min(Comparator.comparingLong(EncodedImage::lastUsed))
        .map(
            image -> {
              image.dropPrefix();
              return true;
            })
        .orElse(false);
  }

  /** Frees all images, used or not: the engine ends. */
  void freeAll() {
    images.forEach(EncodedImage::free);
    images.clear();
  }

  int size() {
    return images.size();
  }
}
