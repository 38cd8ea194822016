package io.fovea.image;

/** How samples of 16 bits become bytes; also those of 9 to 15 bits in TIFF. */
public enum SixteenBit {
  /**
   * As in the reference: colours keep their high byte, but grey is cut off at 255, since Pillow
   * takes it for a count. A grey picture that uses the whole range comes out all but white.
   */
  REFERENCE,
  /** Grey keeps its high byte as colours do: 0..65535 becomes 0..255. */
  SCALE
}
