package io.fovea.cli;

import io.fovea.ProgressListener;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Draws one progress bar a task on standard error where that is a screen; otherwise nothing. */
final class ProgressBars implements ProgressListener, AutoCloseable {
  private static final int COLUMNS = 79;
  private static final int REDRAW_MILLIS = 200;

  private final Terminal terminal;
  private final boolean bytes;
  private @Nullable ProgressBar bar;
  private String task = "";

  ProgressBars(Terminal terminal) {
    this(terminal, false);
  }

  private ProgressBars(Terminal terminal, boolean bytes) {
    this.terminal = terminal;
    this.bytes = bytes;
  }

  /** For tasks that count bytes: with the rate in MiB a second. */
  static ProgressBars ofBytes(Terminal terminal) {
    return new ProgressBars(terminal, true);
  }

  @Override
  public synchronized void progress(String nextTask, long done, long total) {
    if (!terminal.showsProgress()) {
      return;
    }
    if (bar == null || !task.equals(nextTask)) {
      close();
      task = nextTask;
      bar = open(nextTask, done, total);
    }
    bar.stepTo(done);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  private ProgressBar open(String name, long done, long total) {
    ProgressBarBuilder builder = new ProgressBarBuilder();
    if (bytes) {
      builder.setUnit(" MiB", 1 << 20).showSpeed();
    }
    return builder
        .setTaskName(name)
        .setInitialMax(total)
        .startsFrom(
            done, Duration.ZERO) // what an earlier run did says nothing about this one's rate
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REDRAW_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(terminal.err(), COLUMNS))
        .build();
  }
}
