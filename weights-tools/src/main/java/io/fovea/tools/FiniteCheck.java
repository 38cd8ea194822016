package io.fovea.tools;

import io.fovea.FoveaException;
import io.fovea.ProgressListener;
import io.fovea.tools.source.SourceTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Reads all values of tensors and reports those that are no finite numbers, or unreadable. */
final class FiniteCheck {
  private static final int BLOCK_ELEMENTS = 1 << 20;

  private final ProgressListener progress;
  private final long total;
  private long done;

  private FiniteCheck(ProgressListener progress, long total) {
    this.progress = progress;
    this.total = total;
  }

  /** One line for each tensor with such values, in the tensors' order. */
  static List<String> run(List<SourceTensor> tensors, int threads, ProgressListener progress) {
    long total = tensors.stream().mapToLong(SourceTensor::storedBytes).sum();
    FiniteCheck check = new FiniteCheck(progress, total);
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try {
      List<Future<@Nullable String>> found = new ArrayList<>();
      for (SourceTensor tensor : tensors) {
        found.add(workers.submit(() -> check.problem(tensor)));
      }
      List<String> problems = new ArrayList<>();
      for (Future<@Nullable String> problem : found) {
        String line = problem.get();
        if (line != null) {
          problems.add(line);
        }
      }
      return problems;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      workers.shutdownNow();
    }
  }

  private @Nullable String problem(SourceTensor tensor) {
    float[] values = new float[(int) Math.min(BLOCK_ELEMENTS, tensor.elements())];
    long bad = 0;
    long first = -1;
    try {
      for (long at = 0; at < tensor.elements(); at += values.length) {
        int count = (int) Math.min(values.length, tensor.elements() - at);
        tensor.read(at, values, count);
        for (int i = 0; i < count; i++) {
          if (!Float.isFinite(values[i])) {
            first = bad == 0 ? at + i : first;
            bad++;
          }
        }
      }
    } catch (IOException e) {
      return tensor.file() + ": " + tensor.name() + ": cannot be read: " + e.getMessage();
    } catch (FoveaException e) {
      return String.valueOf(e.getMessage());
    }
    advance(tensor.storedBytes());
    return bad == 0
        ? null
        : tensor.file()
            + ": "
            + tensor.name()
            + ": "
            + bad
            + " values are not finite, the first is element "
            + first;
  }

  private synchronized void advance(long bytes) {
    done += bytes;
    progress.progress("checking", done, total);
  }
}
