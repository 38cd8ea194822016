package io.fovea.cli;

import io.fovea.ProgressListener;
import java.io.PrintStream;
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
  private @Nullable ProgressBar bar;
  private String task = "";

  ProgressBars(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public synchronized void progress(String nextTask, long done, long total) {
    if (!terminal.showsProgress()) {
      return;
    }
    if (bar == null || !task.equals(nextTask)) {
      close();
      task = nextTask;
      bar = open(terminal.err(), nextTask, total);
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

  private static ProgressBar open(PrintStream err, String task, long total) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REDRAW_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(err, COLUMNS))
        .build();
  }
}
