package io.fovea.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Whose rows a step takes when there are more than it holds. Each caller has an account of the
 * service it got, divided by its weight; the next is the one with the least (start-time fair
 * queueing, Goyal, Vin and Cheng, SIGCOMM 1996). Who comes anew starts with those who got least and
 * with some service free, so that a short answer is through before it competes with long ones. A
 * work that others overtook for too long goes first, whatever its priority. Engine thread only.
 *
 * <p>The unit of service is a decoded token; a prompt's row costs an eighth of one, as rows beside
 * each other share the reading of the weights.
 */
final class FairShare {
  /** A prompt's row, measured in decoded tokens. */
  static final double PROMPT_ROW = 1.0 / 8;

  /** Service that a newcomer gets before it competes as an equal. */
  private static final double FREE_SERVICE = 64;

  /** Steps without a row, for each work, after which one goes first. */
  private static final int PATIENCE = 3;

  /** A caller's service so far. */
  static final class Account {
    private final double weight;
    private double service;
    private double free = FREE_SERVICE;
    private double left; // the time when its last work ended
    private int works;

    private Account(double weight) {
      this.weight = weight;
    }

    /** Begins to take turns again: no claims from the time it was away. */
    private void enter(double now) {
      service = Math.max(service, now);
      free = Math.min(FREE_SERVICE, free + now - left);
    }

    /** Whether it would come back as a newcomer. */
    private boolean isForgotten(double now) {
      return service <= now && free + now - left >= FREE_SERVICE;
    }

    private double key() {
      return service - free / weight;
    }

    private void take(double amount) {
      double free = Math.min(this.free, amount);
      this.free -= free;
      service += (amount - free) / weight;
    }
  }

  private record Candidate(Work work, double key) {}

  private final Map<String, Double> weights;
  private final Map<String, Account> named = new HashMap<>();
  private final List<Account> active = new ArrayList<>();
  private double now; // the least service of those that take turns and have none free
  private long begun;
  private long step;

  /**
   * @param weights of callers; others have 1
   */
  FairShare(Map<String, Double> weights) {
    this.weights = Map.copyOf(weights);
  }

  /** {@code work} takes turns from now on. */
  void join(Work work) {
    Turn turn = work.turn();
    Account account = account(turn);
    if (account.works++ == 0) {
      account.enter(now);
      active.add(account);
    }
    turn.account = account;
    turn.number = begun++;
    turn.lastStep = step;
  }

  private Account account(Turn turn) {
    String caller = turn.caller();
    return caller == null
        ? new Account(1)
        : named.computeIfAbsent(caller, name -> new Account(weights.getOrDefault(name, 1.0)));
  }

  /** {@code work} takes no more turns; harmless where it took none. */
  void leave(Work work) {
    Account account = work.turn().account;
    if (account == null) {
      return;
    }
    work.turn().account = null;
    if (--account.works == 0) {
      active.remove(account);
      account.left = now;
      named.values().removeIf(each -> each.works == 0 && each.isForgotten(now));
    }
  }

  /** The order in which {@code works}, all of which joined, are served by the next step. */
  List<Work> order(List<Work> works) {
    Map<Account, Integer> seen = new HashMap<>();
    List<Work> oldestFirst = new ArrayList<>(works);
    oldestFirst.sort(
        Comparator.comparingDouble((Work work) -> work.turn().served)
            .thenComparingLong(work -> work.turn().number));
    List<Candidate> candidates = new ArrayList<>();
    for (Work work : oldestFirst) {
      Account account = Objects.requireNonNull(work.turn().account);
      int before = seen.merge(account, 1, Integer::sum) - 1;
      candidates.add(new Candidate(work, account.key() + before / account.weight));
    }
    candidates.sort(
        Comparator.comparing((Candidate each) -> each.work().turn().priority())
            .thenComparingDouble(Candidate::key)
            .thenComparingLong(each -> each.work().turn().number));
    List<Work> ordered = new ArrayList<>(candidates.size());
    candidates.forEach(each -> ordered.add(each.work()));
    moveForgottenFirst(ordered);
    return ordered;
  }

  /** The work that got nothing for longest, where that is too long. */
  private void moveForgottenFirst(List<Work> ordered) {
    ordered.stream()
        .min(Comparator.comparingLong(work -> work.turn().lastStep))
        .filter(work -> step - work.turn().lastStep > (long) PATIENCE * ordered.size())
        .ifPresent(
            work -> {
              ordered.remove(work);
              ordered.add(0, work);
            });
  }

  /** {@code work} got service in the step under way. */
  void serve(Work work, double service) {
    Turn turn = work.turn();
    Account account = Objects.requireNonNull(turn.account);
    account.take(service);
    turn.served += service;
    turn.lastStep = step;
  }

  /** The step has ended. */
  void endStep() {
    step++;
    active.stream()
        .filter(each -> each.free == 0)
        .mapToDouble(each -> each.service)
        .min()
        .ifPresent(least -> now = Math.max(now, least));
  }
}
