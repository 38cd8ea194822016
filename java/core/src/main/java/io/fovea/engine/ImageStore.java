package io.fovea.engine;

import io.fovea.image.RgbImage;
import io.fovea.model.ImageFeatures;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The images that hold memory, and their features, once for each picture. Engine thread only,
 * except for {@link #keyOf} and {@link #wake}.
 */
final class ImageStore {
  private static final int SALT_BYTES = 16;

  private final List<ImageClaim> images = new ArrayList<>();
  private final Map<PictureKey, StoredPicture> pictures = new HashMap<>();
  private final byte[] salt = new byte[SALT_BYTES];
  private final Runnable wake;

  /**
   * @param wake makes the engine thread come round, so that it frees what became unused
   */
  ImageStore(Runnable wake) {
    this.wake = wake;
    new SecureRandom().nextBytes(salt);
  }

  /** What the picture is known by here. Reads all of it; any thread. */
  PictureKey keyOf(RgbImage image) {
    return PictureKey.of(salt, image);
  }

  /** The features of an open picture, held for the caller, or null. */
  @Nullable StoredPicture find(PictureKey key) {
    StoredPicture found = pictures.get(key);
    return found == null ? null : found.hold();
  }

  /** New features, held for the caller; an equal picture's that came meanwhile take their place. */
  StoredPicture add(PictureKey key, ImageFeatures features) {
    StoredPicture open = pictures.get(key);
    if (open != null) {
      features.close();
      return open.hold();
    }
    StoredPicture added = new StoredPicture(key, features);
    pictures.put(key, added);
    return added.hold();
  }

  /** Ends a hold. */
  void release(StoredPicture picture) {
    if (picture.release()) {
      pictures.remove(picture.key());
    }
  }

  void add(ImageClaim image) {
    images.add(image);
  }

  /** Some image became unused. Any thread. */
  void wake() {
    wake.run();
  }

  /** Frees the images nobody needs. */
  void freeUnused() {
    for (Iterator<ImageClaim> it = images.iterator(); it.hasNext(); ) {
      ImageClaim image = it.next();
      if (image.isUnused()) {
        release(image.picture());
        it.remove();
      }
    }
  }

  /** Frees all images, used or not: the engine ends. */
  void freeAll() {
    images.forEach(
        image -> {
          image.end();
          release(image.picture());
        });
    images.clear();
  }

  int size() {
    return images.size();
  }
}
