package io.fovea.image;

/**
 * Something that a picture's file says and the decoded picture does not show.
 *
 * @param text one printable line for people: what was lost, and the option that keeps it. Of a
 *     file's own words it repeats at most 80 characters
 */
public record PictureNote(Kind kind, String text) {
  /** What was lost. */
  public enum Kind {
    /** Some pixels are transparent; the colours stored there were taken. */
    TRANSPARENCY_DROPPED,
    /** Grey samples of 9 to 16 bits above 255 became white. */
    SIXTEEN_BITS_CLIPPED,
    /** The camera was held at an angle, and the picture was not turned; never of TIFF. */
    ORIENTATION_IGNORED,
    /** There are more frames or pages than the first. */
    FIRST_OF_SEVERAL,
    /** Colours are meant by another profile than sRGB. */
    PROFILE_IGNORED
  }
}
