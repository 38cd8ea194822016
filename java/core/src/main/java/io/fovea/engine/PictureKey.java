package io.fovea.engine;

import io.fovea.image.RgbImage;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What a picture is known by: a digest of its pixels, with which it is another of another size or
 * another engine; or of its file.
 */
record PictureKey(ByteBuffer digest) {
  /**
   * @param salt the engine's own, so that nobody outside can look for pictures with equal keys
   */
  static PictureKey of(byte[] salt, RgbImage image) {
    ByteBuffer size =
        ByteBuffer.allocate(2 * Integer.BYTES)
            .putInt(image.size().width())
            .putInt(image.size().height())
            .flip();
    return digest(ByteBuffer.wrap(salt), size, ByteBuffer.wrap(image.rgb()));
  }

  /** Of the bytes of a file. */
  static PictureKey of(byte[] file) {
    return digest(ByteBuffer.wrap(file));
  }

  private static PictureKey digest(ByteBuffer... parts) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (ByteBuffer part : parts) {
        sha.update(part);
      }
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
