package io.fovea.image;

import javax.imageio.IIOException;

/** Reads what a colour profile calls itself (ICC.1:2022, 9.2.41; ICC.1:2001, 6.5.17). */
final class IccProfile {
  private static final int TAGS_AT = 128;
  private static final int MOST_TAGS = 100;
  private static final int MOST_CHARACTERS = 80;

  private IccProfile() {}

  /**
   * Description of the profile that begins at {@code file[at]}; "unnamed" where it has none or is
   * damaged.
   */
  static String name(byte[] file, int at, int end) {
    byte[] profile = new byte[Math.max(0, end - at)];
    System.arraycopy(file, at, profile, 0, profile.length);
    try {
      String name = description(new FileBytes(profile));
      return name.isEmpty() ? "unnamed" : name;
    } catch (IIOException damaged) {
      return "unnamed";
    }
  }

  private static String description(FileBytes profile) throws IIOException {
    long tags = Math.min(MOST_TAGS, profile.u32(TAGS_AT));
    for (int i = 0; i < tags; i++) {
      int entry = TAGS_AT + 4 + 12 * i;
      long at = profile.u32(entry + 4);
      if (profile.has("desc", entry) && at < profile.length()) {
        return text(profile, (int) at);
      }
    }
    return "";
  }

  private static String text(FileBytes profile, int at) throws IIOException {
    if (profile.has("desc", at)) {
      return characters(profile, at + 12, profile.u32(at + 8), 1);
    }
    if (profile.has("mluc", at)) { // the first language; UTF-16
      return characters(profile, at + (int) profile.u32(at + 24), profile.u32(at + 20), 2);
    }
    return "";
  }

  /** Printable ASCII only, for it goes into a message. */
  private static String characters(FileBytes profile, int at, long bytes, int width)
      throws IIOException {
    StringBuilder text = new StringBuilder();
    long count = Math.min(MOST_CHARACTERS, bytes / width);
    for (int i = 0; i < count; i++) {
      int character = profile.u8(at + width * i + width - 1);
      if (character >= ' ' && character < 0x7f) {
        text.append((char) character);
      }
    }
    return text.toString();
  }
}
