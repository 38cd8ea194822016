package io.fovea.grounding;

import java.util.List;

/**
 * A range of a text that its cleaned form has not. Lists of them are ascending and do not overlap.
 *
 * @param start of the first char, counted in the text as generated
 * @param end after the last
 * @param instead what stands there in its place; mostly nothing
 * @param shift how far all cuts before it move its start, in chars; mostly negative
 */
record Cut(int start, int end, String instead, int shift) {
  /** How far all cuts up to this one move what comes after. */
  int shiftAfter() {
    return shift - (end - start) + instead.length();
  }

  /**
   * Where a position of the text comes to lie. A cut that begins there does not count, one that
   * ends there does: so the ends of a range lie inside of what is cut around it.
   */
  static int moved(List<Cut> cuts, int at) {
    int low = 0; // cuts before it begin before `at`, those from `high` on do not
    int high = cuts.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (cuts.get(middle).start() < at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      return at;
    }
    Cut last = cuts.get(low - 1);
    return last.end() <= at ? at + last.shiftAfter() : last.start() + last.shift();
  }
}
