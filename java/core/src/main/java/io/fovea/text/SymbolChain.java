package io.fovea.text;

/**
 * The symbols of one text in order, and the merging of neighbours that byte-pair encoding consists
 * of (arXiv:1508.07909): of all pairs that a rule lets merge, the one with the highest score goes
 * first, the leftmost among equals. O(n log n) for n symbols.
 *
 * <p>One instance serves one text. Symbols are numbered in the order they were added; a merged pair
 * keeps the number of its left half.
 */
final class SymbolChain {
  /** What callers get where there is no further symbol. */
  static final int NONE = -1;

  /** Which neighbours merge, and in which order. */
  interface Rule {
    /**
     * The score of merging two neighbours, NaN if they do not merge. Asked whenever two symbols
     * become neighbours.
     */
    float score(int left, int right);

    /**
     * Told before {@code right} becomes part of {@code left}. An earlier symbol may have become
     * neighbours with another right half of the same length since its score was asked.
     *
     * @return false to leave the two as they are
     */
    boolean merge(int left, int right);
  }

  private final int[] starts;
  private final int[] lengths; // bytes; 0 once merged into the symbol before
  private final int[] previous;
  private final int[] next;
  private int count;

  /**
   * @param capacity how many symbols there will be at most
   */
  SymbolChain(int capacity) {
    starts = new int[capacity];
    lengths = new int[capacity];
    previous = new int[capacity];
    next = new int[capacity];
  }

  /** Appends the symbol {@code text[start, start + length)}. */
  void add(int start, int length) {
    starts[count] = start;
    lengths[count] = length;
    previous[count] = count - 1; // NONE for the first
    next[count] = NONE;
    if (count > 0) {
      next[count - 1] = count;
    }
    count++;
  }

  int first() {
    return count == 0 ? NONE : 0;
  }

  int next(int symbol) {
    return next[symbol];
  }

  int start(int symbol) {
    return starts[symbol];
  }

  int length(int symbol) {
    return lengths[symbol];
  }

  int end(int symbol) {
    return starts[symbol] + lengths[symbol];
  }

  /** Merges until no pair is left that the rule lets merge. */
  void mergeAll(Rule rule) {
    MergeQueue queue = new MergeQueue(count);
    for (int symbol = 1; symbol < count; symbol++) {
      offer(symbol - 1, symbol, rule, queue);
    }
    while (!queue.isEmpty()) {
      int left = queue.left();
      int mergedLength = queue.mergedLength();
      queue.remove();
      int right = next[left];
      // An entry is stale once either symbol has changed; lengths only grow, so they tell.
      boolean current =
          lengths[left] > 0 && right != NONE && lengths[left] + lengths[right] == mergedLength;
      if (current && rule.merge(left, right)) {
        join(left, right);
        offer(previous[left], left, rule, queue);
        offer(left, next[left], rule, queue);
      }
    }
  }

  private void offer(int left, int right, Rule rule, MergeQueue queue) {
    if (left == NONE || right == NONE) {
      return;
    }
    float score = rule.score(left, right);
    if (!Float.isNaN(score)) {
      queue.add(score, left, lengths[left] + lengths[right]);
    }
  }

  private void join(int left, int right) {
    lengths[left] += lengths[right];
    lengths[right] = 0;
    next[left] = next[right];
    if (next[left] != NONE) {
      previous[next[left]] = left;
    }
  }
}
