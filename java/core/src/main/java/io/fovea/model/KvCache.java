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
 * prefix hold it once. What ended sequences leave stays in {@link CachedPrefixes} until its room is
 * needed. Not thread-safe.
 */
public final class KvCache implements AutoCloseable {
  /** Slots (tokens) in a page; {@code FOV_PAGE_SLOTS} of the native contract. */
  public static final int PAGE_SLOTS = 64;

  private final List<DeviceMemory.Allocation> keys = new ArrayList<>();
  private final List<DeviceMemory.Allocation> values = new ArrayList<>();
  private final int[] references;
  private final int[] free;
  private final CachedPrefixes prefixes = new CachedPrefixes();
  private int freeCount;
  private long evictions;

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

  /** Pages no sequence holds: what can be taken. Some of them may keep a prefix meanwhile. */
  public int freePages() {
    return freeCount + prefixes.idle();
  }

  /** Pages no sequence holds that keep a prefix for whoever begins with it. */
  public int cachedPages() {
    return prefixes.idle();
  }

  /** How often a cached page was given up for its room. */
  public long evictions() {
    return evictions;
  }

  /** Pages in the pool. */
  public int pages() {
    return references.length;
  }

  /** Pages that {@code slots} slots take. */
  public static int pagesFor(int slots) {
    return (slots + PAGE_SLOTS - 1) / PAGE_SLOTS;
  }

  /** A page to write to: one that holds nothing, else the cached one used longest ago. */
  int take() {
    if (freeCount == 0) {
      int evicted = prefixes.evict();
      if (evicted < 0) {
        throw new DeviceMemoryException(
            "all " + references.length + " pages of the KV cache are in use",
            "ask for fewer or shorter requests at a time, or raise kvCacheTokens");
      }
      evictions++;
      free[freeCount++] = evicted;
    }
    int page = free[--freeCount];
    references[page] = 1;
    return page;
  }

  CachedPrefixes prefixes() {
    return prefixes;
  }

  /** Another sequence holds a cached page. */
  void share(CachedPrefixes.Node node) {
    if (references[node.page()]++ == 0) {
      prefixes.markHeld(node);
    }
  }

  /** A sequence gives up a page of its own. */
  void release(int page) {
    if (--references[page] == 0) {
      free[freeCount++] = page;
    }
  }

  /** A sequence gives up a cached page. */
  void release(CachedPrefixes.Node node) {
    if (--references[node.page()] == 0) {
      prefixes.markIdle(node);
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
