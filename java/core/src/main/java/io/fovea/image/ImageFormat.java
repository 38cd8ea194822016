package io.fovea.image;

/** File formats that are read, told by their first bytes and never by a file's name. */
enum ImageFormat {
  JPEG(0, "\u00ff\u00d8\u00ff"),
  PNG(0, "\u0089PNG\r\n\u001a\n"),
  GIF(0, "GIF8"),
  BMP(0, "BM"),
  WEBP(8, "WEBP");

  private final int at;
  private final String signature;

  ImageFormat(int at, String signature) {
    this.at = at;
    this.signature = signature;
  }

  /** Whether a file that begins with these bytes is of this format. */
  boolean matches(byte[] bytes) {
    for (int i = 0; i < signature.length(); i++) {
      if (at + i >= bytes.length || (bytes[at + i] & 0xff) != signature.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
