package io.fovea.grounding;

import io.fovea.ImageSize;
import io.fovea.InvalidRequestException;
import java.util.Arrays;
import java.util.List;

/**
 * A mask as COCO's tools write it, {@code {"size": [480, 640], "counts": "..."}}: the lengths of
 * its runs, column after column, in a compressed text. Each length is a signed number, from the
 * fourth on less the one two before, in groups of 5 bits, lowest first, two's complement; a group
 * is the character of code 48 + group, 32 more where another follows.
 *
 * @param size height and width in pixels
 * @param counts the compressed lengths; checked by {@link Mask#of(CocoRle)}
 */
public record CocoRle(List<Integer> size, String counts) {
  private static final int FIRST_CHAR = '0';
  private static final int GROUP = 5; // bits
  private static final int GROUP_BITS = (1 << GROUP) - 1;
  private static final int SIGN = 1 << (GROUP - 1);
  private static final int MORE = 1 << GROUP;
  private static final int MOST_GROUPS = 7; // 35 bits: the difference of two ints takes 33
  private static final int FIRST_DIFFERENCE = 3; // index of a length

  /**
   * @throws InvalidRequestException where {@code size} is not two positive numbers
   */
  public CocoRle {
    size = List.copyOf(size);
    if (size.size() != 2 || size.get(0) < 1 || size.get(1) < 1) {
      throw new InvalidRequestException(
          "'size' of a mask is " + size, "give its height and its width, each at least 1");
    }
  }

  /** The picture's size. */
  ImageSize imageSize() {
    return new ImageSize(size.get(1), size.get(0));
  }

  /** The mask whose runs have these lengths. */
  static CocoRle of(ImageSize size, int[] lengths) {
    StringBuilder counts = new StringBuilder();
    for (int i = 0; i < lengths.length; i++) {
      long base = i < FIRST_DIFFERENCE ? 0 : lengths[i - 2];
      append(counts, lengths[i] - base);
    }
    return new CocoRle(List.of(size.height(), size.width()), counts.toString());
  }

  private static void append(StringBuilder counts, long number) {
    long rest = number;
    boolean more = true;
    while (more) {
      int group = (int) rest & GROUP_BITS;
      rest >>= GROUP;
      more = rest != ((group & SIGN) == 0 ? 0 : -1); // the last group must tell the sign
      counts.append((char) (FIRST_CHAR + group + (more ? MORE : 0)));
    }
  }

  /**
   * The lengths of the runs.
   *
   * @throws InvalidRequestException where {@link #counts} is no such text or a length is not in
   *     0..{@link Integer#MAX_VALUE}
   */
  int[] lengths() {
    int[] lengths = new int[counts.length()]; // a length takes at least one char
    int count = 0;
    for (int at = 0; at < counts.length(); count++) {
      int end = numberEnd(at);
      long length = number(at, end) + (count < FIRST_DIFFERENCE ? 0 : lengths[count - 2]);
      if (length < 0 || length > Integer.MAX_VALUE) {
        throw unreadable("run " + count + " of a length of " + length);
      }
      lengths[count] = (int) length;
      at = end;
    }
    return Arrays.copyOf(lengths, count);
  }

  /** After the last group of the number that begins at {@code start}. */
  private int numberEnd(int start) {
    for (int at = start; at < Math.min(counts.length(), start + MOST_GROUPS); at++) {
      if ((group(at) & MORE) == 0) {
        return at + 1;
      }
    }
    throw unreadable("a number at character " + start + " that does not end");
  }

  private long number(int start, int end) {
    long number = (group(end - 1) & SIGN) == 0 ? 0 : -1;
    for (int at = end - 1; at >= start; at--) {
      number = number << GROUP | (group(at) & GROUP_BITS);
    }
    return number;
  }

  private int group(int at) {
    int group = counts.charAt(at) - FIRST_CHAR;
    if (group < 0 || group >= 2 * MORE) {
      throw unreadable("a character at " + at + " that is not in '0' to 'o'");
    }
    return group;
  }

  private static InvalidRequestException unreadable(String problem) {
    return new InvalidRequestException(
        "'counts' of a mask has " + problem, "give it as COCO's tools write it");
  }
}
