package io.fovea.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Work without rows, for what only looks at who asks and when. */
final class IdleWork extends Work {
  @Nullable FinishReason ended;
  int released;

  IdleWork(Priority priority, @Nullable String caller, @Nullable Duration deadline) {
    super(new Terms(deadline, priority, caller));
  }

  static IdleWork of(@Nullable String caller) {
    return new IdleWork(Priority.NORMAL, caller, null);
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
  @Nullable SequenceRun run() {
    return null;
  }

  @Override
  void proceed(Choice.@Nullable Chosen chosen) {}

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
