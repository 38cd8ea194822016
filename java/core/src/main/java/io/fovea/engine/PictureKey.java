package io.fovea.engine;

import io.fovea.image.RgbImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What a picture is known by: a digest of its pixels. Of another size or another engine it is
 * another.
 */
record PictureKey(ByteBuffer digest) {
  /**
   * @param salt the engine's own, so that nobody outside can look for pictures with equal keys
   */
  static PictureKey of(byte[] salt, RgbImage image) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(salt);
      sha.update(
          ByteBuffer.allocate(2 * Integer.BYTES)
              .putInt(image.size().width())
              .putInt(image.size().height())
              .flip());
      sha.update(image.rgb());
      return new PictureKey(ByteBuffer.wrap(sha.digest()).asReadOnlyBuffer());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The first 64 bits; what names its tokens in the cache. */
  long number() {
    return digest.getLong(0);
  }
}
