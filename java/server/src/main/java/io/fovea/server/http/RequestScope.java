package io.fovea.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** What ends with a request: work for it, and the heap that it takes. Safe for any thread. */
final class RequestScope {
  private final BodyRoom room;
  private final Executor workers;
  private final List<Runnable> closing = new ArrayList<>();
  private long taken; // bytes of the room
  private boolean over;

  /**
   * @param workers run what is to be done at the end
   */
  RequestScope(BodyRoom room, Executor workers) {
    this.room = room;
    this.workers = workers;
  }

  /** Runs an action at the end; at once where it has come. */
  void onEnd(Runnable action) {
    synchronized (this) {
      if (!over) {
        closing.add(action);
        return;
      }
    }
    action.run();
  }

  /**
   * Takes room until the end.
   *
   * @throws ApiException 503 where there is none
   */
  void take(long bytes) {
    room.take(bytes);
    synchronized (this) {
      if (!over) {
        taken += bytes;
        return;
      }
    }
    room.give(bytes); // nobody waits for what takes it
  }

  synchronized boolean isOver() {
    return over;
  }

  /** Ends the work, of which nobody awaits anything any more; the answer may still be written. */
  void endWork() {
    List<Runnable> actions;
    synchronized (this) {
      actions = List.copyOf(closing);
      closing.clear();
    }
    actions.forEach(workers::execute);
  }

  /** Ends all; says whether this is the first time. */
  boolean end() {
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
    }
    room.give(taken); // nothing is added any more
    endWork();
    return true;
  }
}
