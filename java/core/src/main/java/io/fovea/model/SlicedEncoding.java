package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;

/**
 * An encoding as a list of slices, each of about a layer. A slice's scratch ends with it; what
 * outlives it, such as the residual stream of a tower, stays in memory of its own under a name.
 *
 * @param <K> names of what outlives a slice
 * @param <R> what comes of it
 */
public abstract class SlicedEncoding<K extends Enum<K>, R> implements Encoding<R> {
  /** A picture, packed row-major RGB. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Pixels(byte[] rgb, int width, int height) {}

  private final Ops ops;
  private final DType dtype;
  private final Queue<Runnable> left = new ArrayDeque<>();
  private final Map<K, DeviceMemory.Allocation> kept;
  private int slices;
  private int done;
  private boolean over; // the result was handed out, or this is closed

  /**
   * An encoding without slices yet.
   *
   * @param dtype of what outlives a slice
   */
  protected SlicedEncoding(Ops ops, DType dtype, Class<K> names) {
    this.ops = ops;
    this.dtype = dtype;
    kept = new EnumMap<>(names);
  }

  /** Adds a slice behind the others, before the first has run. */
  protected final void add(Runnable slice) {
    left.add(slice);
    slices++;
  }

  /** Whether the slice that runs is the last. */
  protected final boolean isLast() {
    return left.isEmpty();
  }

  /** New memory under a name. */
  protected final Tensor keep(K name, long... shape) {
    DeviceMemory.Allocation allocation = ops.memory().allocate(dtype, shape);
    kept.put(name, allocation);
    return allocation.tensor();
  }

  /** What is kept under a name. */
  protected final Tensor tensor(K name) {
    DeviceMemory.Allocation allocation = kept.get(name);
    if (allocation == null) {
      throw new IllegalStateException(name + " is not there in slice " + done);
    }
    return allocation.tensor();
  }

  /** Frees what is kept under a name, if it is. */
  protected final void free(K name) {
    DeviceMemory.Allocation allocation = kept.remove(name);
    if (allocation != null) {
      allocation.close();
    }
  }

  /** What is kept under a name; whoever asks owns it from then on. */
  protected final DeviceMemory.Allocation take(K name) {
    tensor(name); // must be there
    return Objects.requireNonNull(kept.remove(name));
  }

  /** Memory that is kept elsewhere; whoever asks owns it from then on. */
  protected List<DeviceMemory.Allocation> others() {
    return List.of();
  }

  /** The result of all slices, which owns its memory from now on. */
  protected abstract R made();

  @Override
  public final int slices() {
    return slices;
  }

  @Override
  public final int done() {
    return done;
  }

  @Override
  public final boolean advance() {
    Runnable slice = left.poll();
    if (slice == null) {
      throw new IllegalStateException(
          "the encoding has ended: " + done + " of " + slices + " slices have run");
    }
    try {
      ops.frame(slice);
    } catch (RuntimeException | Error e) {
      closeAfter(e);
      throw e;
    }
    done++;
    return !left.isEmpty();
  }

  @Override
  public final R result() {
    if (done < slices || over) {
      throw new IllegalStateException(
          "nothing to give: " + done + " of " + slices + " slices have run");
    }
    over = true;
    return made();
  }

  @Override
  public final void close() {
    over = true;
    left.clear();
    List<DeviceMemory.Allocation> all = new ArrayList<>(kept.values());
    all.addAll(others());
    kept.clear();
    all.forEach(DeviceMemory.Allocation::close);
  }

  /** A device that failed may fail once more here. */
  private void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
