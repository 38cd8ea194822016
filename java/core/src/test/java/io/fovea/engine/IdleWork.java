package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Work without rows, for what only looks at who asks and when. */
class IdleWork extends Work {
  @Nullable FinishReason ended;
  int released;

  IdleWork(Priority priority, @Nullable String caller, @Nullable Duration deadline) {
    super(RequestKind.CHAT, new Terms(deadline, priority, caller));
  }

  static IdleWork of(@Nullable String caller) {
    return new IdleWork(Priority.NORMAL, caller, null);
  }

  /** Work that comes along with a request. */
  static IdleWork alongside() {
    return new IdleWork(Priority.NORMAL, null, null) {
      @Override
      int requests() {
        return 0;
      }
    };
  }

  @Override
  boolean beginsAlone() {
    return false;
  }

  @Override
  int pagesWanted() {
    return 0;
  }

  @Override
  void begin() {}

  @Override
  boolean isDone() {
    return ended != null;
  }

  @Override
  void stop(FinishReason reason) {
    ended = reason;
  }

  @Override
  void fail(Throwable error) {
    ended = FinishReason.CANCELLED;
  }

  @Override
  void release() {
    released++;
  }
}
