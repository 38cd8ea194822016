package io.fovea.decoding;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Tokens that may not follow, because an n-gram would come again. */
final class NoRepeat {
  private static final int[] NONE = {};

  private final int n;
  private final Deque<Integer> last = new ArrayDeque<>(); // at most n - 1
  private final Map<List<Integer>, TreeSet<Integer>> followers = new HashMap<>(); // of n - 1 tokens

  /**
   * @param n length of what may not come again; 0: anything may
   * @param prompt the tokens so far
   */
  NoRepeat(int n, int[] prompt) {
    this.n = n;
    for (int id : prompt) {
      add(id);
    }
  }

  /** One more token. */
  void add(int id) {
    if (n == 0) {
      return;
    }
    if (last.size() == n - 1) {
      followers.computeIfAbsent(new ArrayList<>(last), before -> new TreeSet<>()).add(id);
      last.poll();
    }
    if (n > 1) {
      last.add(id);
    }
  }

  /** What may not be the next token, ascending. */
  int[] banned() {
    if (n == 0 || last.size() < n - 1) {
      return NONE;
    }
    TreeSet<Integer> seen = followers.get(new ArrayList<>(last));
    return seen == null ? NONE : seen.stream().mapToInt(Integer::intValue).toArray();
  }
}
