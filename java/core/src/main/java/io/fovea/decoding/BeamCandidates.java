package io.fovea.decoding;

import java.util.ArrayList;
import java.util.List;

/** The best continuations offered so far, best first; of equals the one offered first. */
final class BeamCandidates {
  /**
   * A hypothesis and one more token.
   *
   * @param parent the hypothesis, by its place
   * @param total log-probability of both
   */
  record Candidate(int parent, int token, float total) {}

  private final int capacity;
  private final List<Candidate> best;

  /**
   * @param capacity how many are kept, at least 1
   */
  BeamCandidates(int capacity) {
    this.capacity = capacity;
    best = new ArrayList<>(capacity + 1);
  }

  void offer(int parent, int token, float total) {
    if (best.size() == capacity && !(total > best.get(capacity - 1).total())) {
      return;
    }
    int place = best.size();
    while (place > 0 && total > best.get(place - 1).total()) {
      place--;
    }
    best.add(place, new Candidate(parent, token, total));
    if (best.size() > capacity) {
      best.remove(capacity);
    }
  }

  List<Candidate> ranked() {
    return best;
  }
}
