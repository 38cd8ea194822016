package io.fovea.image;

import javax.imageio.IIOException;

/** Prepares a WebP file (RIFF container) for a plug-in that is too willing. */
final class WebpFile {
  private static final int FLAGS_AT = 20; // after "RIFF", size, "WEBP", "VP8X", size
  private static final int HAS_PROFILE = 0x20;

  private WebpFile() {}

  /**
   * The file, or, when it announces an ICC profile, a copy that does not, so that sample values
   * stay as stored.
   *
   * @throws IIOException when the file is shorter than its header says; half of it would be grey
   */
  static byte[] plain(byte[] file) throws IIOException {
    FileBytes bytes = new FileBytes(file);
    long end = bytes.u32Little(4) + 8;
    if (end > file.length) {
      throw new IIOException(
          "the file is truncated: it has " + file.length + " of " + end + " bytes");
    }
    boolean profile = bytes.has("VP8X", 12) && (bytes.u8(FLAGS_AT) & HAS_PROFILE) != 0;
    if (!profile) {
      return file;
    }
    byte[] plain = file.clone();
    plain[FLAGS_AT] &= (byte) ~HAS_PROFILE;
    return plain;
  }
}
