package io.fovea.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Applies a {@link CharacterMap} as the Hugging Face tokenizers library does, which is not quite
 * how SentencePiece applies it: a grapheme cluster of less than six bytes whose beginning has a
 * rule is replaced as a whole, by what the shortest such rule says; of any other cluster each
 * character is replaced by itself. So a mark after a character with a rule of its own is lost where
 * SentencePiece keeps it.
 *
 * <p>Which characters make a cluster is up to the JDK's Unicode version.
 */
final class CharacterMapNormalizer {
  private static final int MAX_CLUSTER_BYTES = 5;
  private static final Pattern CLUSTER = Pattern.compile("\\X");

  private final CharacterMap map;

  CharacterMapNormalizer(CharacterMap map) {
    this.map = map;
  }

  String normalize(String text) {
    byte[] utf8 = Utf8.encode(text);
    ByteAppender output = new ByteAppender(utf8.length + 16);
    Matcher clusters = CLUSTER.matcher(text);
    int at = 0; // in the text
    int byteAt = 0;
    while (at < text.length()) {
      int end = clusterEnd(text, at, clusters);
      int byteEnd = byteAt + utf8Length(text, at, end);
      boolean whole =
          byteEnd - byteAt <= MAX_CLUSTER_BYTES && replace(utf8, byteAt, byteEnd, output);
      if (!whole) {
        replaceEach(utf8, byteAt, byteEnd, output);
      }
      at = end;
      byteAt = byteEnd;
    }
    return Utf8.decode(output.toArray());
  }

  /** ASCII characters are clusters by themselves, but for a line end of two. */
  private static int clusterEnd(String text, int at, Matcher clusters) {
    boolean plain = at + 1 < text.length() && text.charAt(at) < 0x80 && text.charAt(at + 1) < 0x80;
    if (plain && text.charAt(at) != '\r') {
      return at + 1;
    }
    return clusters.region(at, text.length()).lookingAt() ? clusters.end() : text.length();
  }

  private static int utf8Length(String text, int from, int to) {
    int length = 0;
    for (int i = from; i < to; ) {
      int codePoint = text.codePointAt(i);
      length += Utf8.length(codePoint);
      i += Character.charCount(codePoint);
    }
    return length;
  }

  private void replaceEach(byte[] utf8, int from, int to, ByteAppender output) {
    for (int at = from; at < to; ) {
      int end = at + Utf8.expectedLength(utf8[at]);
      if (!replace(utf8, at, end, output)) {
        output.append(utf8, at, end);
      }
      at = end;
    }
  }

  private boolean replace(byte[] utf8, int from, int to, ByteAppender output) {
    long rule = map.shortestRule(utf8, from, to);
    if (rule == 0) {
      return false;
    }
    int start = (int) (rule >>> 32);
    output.append(map.replacements(), start, map.replacementEnd(start));
    return true;
  }
}
