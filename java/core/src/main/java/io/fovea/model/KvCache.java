package io.fovea.model;

import io.fovea.DeviceMemoryException;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of all layers in pages of 64 slots, shared by all sequences of an engine (after
 * PagedAttention, arXiv:2309.06180). Pages are reference-counted, so that sequences with a common
 * prefix (an image) hold it once. Not thread-safe.
 */
public final class KvCache implements AutoCloseable {
  /** Slots (tokens) in a page; {@code FOV_PAGE_SLOTS} of the native contract. */
  public static final int PAGE_SLOTS = 64;

  private final List<DeviceMemory.Allocation> keys = new ArrayList<>();
  private final List<DeviceMemory.Allocation> values = new ArrayList<>();
  private final int[] references;
  private final int[] free;
  private int freeCount;

  /**
   * Reserves the pool.
   *
   * @param pages in the pool, for all sequences together
   * @param dtype of keys and values: f32 or bf16
   * @throws DeviceMemoryException where the device cannot hold it
   */
  public KvCache(
      DeviceMemory memory, int layers, int pages, int kvHeads, int headSize, DType dtype) {
    references = new int[pages];
    free = new int[pages];
    for (int page = 0; page < pages; page++) {
      free[page] = pages - 1 - page;
    }
    freeCount = pages;
    try {
      for (int layer = 0; layer < layers; layer++) {
        keys.add(memory.allocate(dtype, pages, kvHeads, PAGE_SLOTS, headSize));
        values.add(memory.allocate(dtype, pages, kvHeads, PAGE_SLOTS, headSize));
      }
    } catch (DeviceMemoryException e) {
      close();
      throw e;
    }
  }

  /** Keys of one layer, [pages, Hkv, 64, K]. */
  public Tensor keys(int layer) {
    return keys.get(layer).tensor();
  }

  /** Values of one layer, [pages, Hkv, 64, K]. */
  public Tensor values(int layer) {
    return values.get(layer).tensor();
  }

  /** Pages nobody holds. */
  public int freePages() {
    return freeCount;
  }

  /** Pages in the pool. */
  public int pages() {
    return references.length;
  }

  /** Pages that {@code slots} slots take. */
  public static int pagesFor(int slots) {
    return (slots + PAGE_SLOTS - 1) / PAGE_SLOTS;
  }

  int take() {
    if (freeCount == 0) {
      throw new DeviceMemoryException(
          "all " + references.length + " pages of the KV cache are in use",
          "ask for fewer or shorter requests at a time, close encoded images, or raise kvCacheTokens");
    }
    int page = free[--freeCount];
    references[page] = 1;
    return page;
  }

  void share(int page) {
    references[page]++;
  }

  boolean isShared(int page) {
    return references[page] > 1;
  }

  void release(int page) {
    if (--references[page] == 0) {
      free[freeCount++] = page;
    }
  }

  /** Gives {@code copy} the contents of {@code page}, in every layer. */
  void copy(Ops ops, int page, int copy) {
    ops.frame(
        () -> {
          Tensor source = ops.ints(new int[] {page});
          Tensor target = ops.ints(new int[] {copy});
          for (int layer = 0; layer < keys.size(); layer++) {
            ops.copyPagesInPlace(keys(layer), source, target);
            ops.copyPagesInPlace(values(layer), source, target);
          }
        });
  }

  /** Frees the pool; sequences must not be used any more. */
  @Override
  public void close() {
    keys.forEach(DeviceMemory.Allocation::close);
    values.forEach(DeviceMemory.Allocation::close);
  }
}
