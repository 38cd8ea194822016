package io.fovea.decoding;

import io.fovea.NativeFaultException;
import io.fovea.decoding.BeamCandidates.Candidate;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search as OFA was published with it, over log-probabilities that the caller computes: for
 * each hypothesis that goes on a row of a vocabulary V. It differs from other searches of that
 * name: a forced end keeps its log-probability, an end counts only among the best B candidates of a
 * step, and the search stops with B finished hypotheses.
 *
 * <p>The caller runs the model over the beginning, then over what each {@link #next} says, until it
 * says nothing. One instance serves one sentence and one thread.
 */
public final class BeamSearch {
  /**
   * A hypothesis that goes on.
   *
   * @param parent the hypothesis it continues, by its place in the step before
   * @param token its last token
   */
  public record Continuation(int parent, int token) {}

  /**
   * A hypothesis that has ended.
   *
   * @param ids without the begin token, with the end token
   * @param score log-probability of {@code ids}, divided by what the length penalty says
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Finished(int[] ids, double score) {}

  /**
   * @param ids from the begin token on
   * @param total log-probability of all but the begin token
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Hypothesis(int[] ids, double total) {}

  private final BeamOptions options;
  private final BeamTokens tokens;
  private final List<Finished> finished = new ArrayList<>(); // in the order they were found
  private List<Hypothesis> live;
  private int length; // of the live hypotheses, without the begin token

  /**
   * @param beginning the begin token, and tokens that every answer begins with
   * @param logProbability of those behind the begin token, which counts in every score; 0 where
   *     there are none
   */
  public BeamSearch(
      BeamOptions options, BeamTokens tokens, int[] beginning, double logProbability) {
    this.options = options;
    this.tokens = tokens;
    length = beginning.length - 1;
    if (length < 0 || length > options.maxLength()) {
      throw new IllegalArgumentException(
          length + " tokens after the begin token, at most " + options.maxLength() + " allowed");
    }
    live = List.of(new Hypothesis(beginning.clone(), logProbability));
  }

  /**
   * One step.
   *
   * @param logProbabilities [n, V], read from the buffer's position to its limit: of what may
   *     follow the n hypotheses that the last step said go on; at first of the beginning alone. Of
   *     -∞ are tokens that are impossible
   * @return the hypotheses that go on, at most B, best first; empty where the search has ended
   * @throws NativeFaultException for a log-probability that is NaN or +∞
   */
  public List<Continuation> next(FloatBuffer logProbabilities) {
    int expected = Math.multiplyExact(live.size(), tokens.vocabularySize());
    if (live.isEmpty() || logProbabilities.remaining() != expected) {
      throw new IllegalArgumentException(
          logProbabilities.remaining() + " log-probabilities for " + live.size() + " hypotheses");
    }
    List<Candidate> ranked = ranked(logProbabilities);
    ranked.stream().limit(options.beams()).filter(this::ends).forEach(this::finish);
    boolean ended = length == options.maxLength() || finished.size() == options.beams();
    List<Candidate> going =
        ended
            ? List.of()
            : ranked.stream().filter(each -> !ends(each)).limit(options.beams()).toList();
    live = going.stream().map(each -> new Hypothesis(ids(each), each.total())).toList();
    length++;
    return going.stream().map(each -> new Continuation(each.parent(), each.token())).toList();
  }

  /**
   * Whether nothing goes on. With no hypothesis finished there is no answer within the options:
   * everything that could follow was impossible.
   */
  public boolean ended() {
    return live.isEmpty();
  }

  /** Finished hypotheses, best first; of equals the one that was found first. */
  public List<Finished> finished() {
    return finished.stream()
        .sorted(Comparator.comparingDouble(Finished::score).reversed())
        .toList();
  }

  /** The best 2 B: as each hypothesis has one end, B of them go on if so many can. */
  private List<Candidate> ranked(FloatBuffer rows) {
    BeamCandidates best = new BeamCandidates(2 * options.beams());
    boolean end = length >= options.minLength();
    boolean more = length < options.maxLength();
    int[] choosable = tokens.choosable(end, more);
    for (int row = 0; row < live.size(); row++) {
      Hypothesis hypothesis = live.get(row);
      BitSet banned = banned(hypothesis);
      int start = rows.position() + row * tokens.vocabularySize();
      for (int id : choosable) {
        float total = checked(rows.get(start + id), id) + (float) hypothesis.total();
        if (total > Float.NEGATIVE_INFINITY && !banned.get(id)) {
          best.offer(row, id, total);
        }
      }
    }
    return best.ranked();
  }

  private BitSet banned(Hypothesis hypothesis) {
    BitSet banned = new BitSet();
    for (int id : new NoRepeat(options.noRepeat(), hypothesis.ids()).banned()) {
      banned.set(id);
    }
    return banned;
  }

  private static float checked(float logProbability, int id) {
    if (!(logProbability < Float.POSITIVE_INFINITY)) {
      throw new NativeFaultException(
          "the model computed " + logProbability + " as log-probability of token " + id);
    }
    return logProbability;
  }

  private boolean ends(Candidate candidate) {
    return candidate.token() == tokens.end();
  }

  private void finish(Candidate candidate) {
    if (finished.size() < options.beams()) {
      int[] ids = ids(candidate);
      double penalty = Math.pow(length + 1, options.lengthPenalty());
      finished.add(
          new Finished(Arrays.copyOfRange(ids, 1, ids.length), candidate.total() / penalty));
    }
  }

  /** Those of a hypothesis and one more. */
  private int[] ids(Candidate candidate) {
    int[] before = live.get(candidate.parent()).ids();
    int[] ids = Arrays.copyOf(before, before.length + 1);
    ids[before.length] = candidate.token();
    return ids;
  }
}
