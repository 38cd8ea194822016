package io.fovea.image;

/** What to do with the camera's note on which way up the picture was taken. */
public enum ExifOrientation {
  /** Pixels stay as stored, as in the reference demos; boxes refer to the stored picture. */
  IGNORE,
  /** The picture is turned upright; boxes refer to the upright picture. */
  APPLY
}
