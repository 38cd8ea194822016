package io.fovea.image;

import java.util.List;

/** File formats that are read, told by their first bytes and never by a file's name. */
enum ImageFormat {
  JPEG(0, "\u00ff\u00d8\u00ff"),
  PNG(0, "\u0089PNG\r\n\u001a\n"),
  GIF(0, "GIF8"),
  BMP(0, "BM"),
  WEBP(8, "WEBP"),
  TIFF(0, "II*\0", "MM\0*");

  private final int at;
  private final List<String> signatures;

  ImageFormat(int at, String... signatures) {
    this.at = at;
    this.signatures = List.of(signatures);
  }

  /** Whether a file that begins with these bytes is of this format. */
  boolean matches(byte[] bytes) {
    return signatures.stream().anyMatch(signature -> matches(bytes, signature));
  }

  private boolean matches(byte[] bytes, String signature) {
    for (int i = 0; i < signature.length(); i++) {
      if (at + i >= bytes.length || (bytes[at + i] & 0xff) != signature.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
