package io.fovea.grounding;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Numbers as tokens spell them, token after token: a node stands for those that begin alike. A node
 * with a value may be the whole number or, where it has branches, go on. Immutable.
 *
 * @param ids the tokens that may follow, ascending
 * @param branches what each of them leads to
 * @param values every number that begins like this, ascending; at least one
 * @param value the number spelled so far, or {@link #NONE}
 */
@SuppressWarnings("ArrayRecordComponent") // trees are not compared
record NumberTree(int[] ids, List<NumberTree> branches, int[] values, int value) {
  /** No number ends here. */
  static final int NONE = -1;

  /**
   * The tree of all numbers.
   *
   * @param spellings spellings.get(n) are the tokens of n; no two are alike
   */
  static NumberTree of(List<int[]> spellings) {
    return of(spellings, IntStream.range(0, spellings.size()).toArray(), 0);
  }

  private static NumberTree of(List<int[]> spellings, int[] values, int depth) {
    int whole = NONE;
    TreeMap<Integer, IntStream.Builder> byToken = new TreeMap<>();
    for (int n : values) {
      int[] spelling = spellings.get(n);
      if (spelling.length == depth) {
        whole = n;
      } else {
        byToken.computeIfAbsent(spelling[depth], token -> IntStream.builder()).add(n);
      }
    }
    List<NumberTree> branches =
        byToken.values().stream()
            .map(numbers -> of(spellings, numbers.build().toArray(), depth + 1))
            .toList();
    int[] ids = byToken.keySet().stream().mapToInt(id -> id).toArray();
    return new NumberTree(ids, branches, values, whole);
  }

  /** The largest number that begins like this. */
  int largest() {
    return values[values.length - 1];
  }

  /** Whether a number can end here. */
  boolean mayEnd() {
    return value != NONE;
  }

  /** Whether nothing can follow but the end of the number. */
  boolean mustEnd() {
    return ids.length == 0;
  }

  /** Whether the notation leaves anything open here. */
  boolean isChoice() {
    return ids.length + (mayEnd() ? 1 : 0) > 1;
  }

  /** The tokens that lead to numbers of at least {@code least}, ascending. */
  IntStream idsFrom(int least) {
    return least == 0
        ? IntStream.of(ids)
        : IntStream.range(0, ids.length)
            .filter(i -> branches.get(i).largest() >= least)
            .map(i -> ids[i]);
  }

  /** Whether this token goes on with the number. */
  boolean has(int id) {
    return Arrays.binarySearch(ids, id) >= 0;
  }

  /** What this token leads to, where the tree {@link #has} it. */
  NumberTree after(int id) {
    return branches.get(Arrays.binarySearch(ids, id));
  }

  /** All tokens of the tree. */
  IntStream everyId() {
    return IntStream.concat(
        IntStream.of(ids), branches.stream().flatMapToInt(NumberTree::everyId).distinct());
  }

  /** The most tokens that a number has. */
  int depth() {
    return branches.stream().mapToInt(branch -> 1 + branch.depth()).max().orElse(0);
  }

  /** The tokens of a number. */
  int[] spell(int number) {
    IntStream.Builder spelled = IntStream.builder();
    NumberTree node = this;
    while (node.value != number) {
      int next = 0;
      while (Arrays.binarySearch(node.branches.get(next).values, number) < 0) {
        next++;
      }
      spelled.add(node.ids[next]);
      node = node.branches.get(next);
    }
    return spelled.build().toArray();
  }
}
