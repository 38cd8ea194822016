package io.fovea.image;

/**
 * What to do with the camera's note on which way up a JPEG, PNG or WebP picture was taken. TIFF
 * pictures are always turned upright, since the reference's picture library turns them as it reads
 * them.
 */
public enum ExifOrientation {
  /**
   * Pixels stay as stored, as in the reference demos; boxes refer to the stored picture. A TIFF
   * picture is turned all the same, and boxes refer to the upright one.
   */
  IGNORE,
  /** The picture is turned upright; boxes refer to the upright picture. */
  APPLY
}
