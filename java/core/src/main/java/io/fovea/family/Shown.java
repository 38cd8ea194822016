package io.fovea.family;

import io.fovea.InvalidRequestException;
import io.fovea.prompt.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the pictures of a conversation come in.
 *
 * @param withQuery how many come with the query
 * @param history the turns before it; each says how many came with its question
 */
public record Shown(int withQuery, List<Turn> history) {
  /**
   * Gives the pictures that nobody claims to the first question of all.
   *
   * @param all how many there are
   * @param withQuery how many the query claims
   * @param history the others that claim some
   * @throws InvalidRequestException where they claim more
   */
  public static Shown of(int all, int withQuery, List<Turn> history) {
    int left = unclaimed(all, withQuery, history);
    if (left == 0) {
      return new Shown(withQuery, history);
    }
    if (history.isEmpty()) {
      return new Shown(withQuery + left, history);
    }
    List<Turn> turns = new ArrayList<>(history);
    Turn first = turns.get(0);
    turns.set(0, new Turn(first.question(), first.answer(), first.pictures() + left));
    return new Shown(withQuery, List.copyOf(turns));
  }

  /** Pictures that nobody claims; parameters and exception are those of {@link #of}. */
  public static int unclaimed(int all, int withQuery, List<Turn> history) {
    long left = (long) all - withQuery - Turn.pictures(history);
    if (withQuery < 0 || left < 0) {
      throw new InvalidRequestException(
          "query and turns claim "
              + withQuery
              + " and "
              + Turn.pictures(history)
              + " pictures, and there are "
              + all,
          "count newImages and the pictures of each turn again");
    }
    return (int) left;
  }
}
