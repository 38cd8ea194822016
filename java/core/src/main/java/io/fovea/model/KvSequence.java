package io.fovea.model;

import io.fovea.ops.Ops;
import java.util.Arrays;

/**
 * The cached tokens of one sequence: its pages in order and how many slots are filled. A fork
 * shares all pages; the last, half-filled one is copied by whoever appends to it first.
 */
public final class KvSequence implements AutoCloseable {
  private final KvCache cache;
  private int[] pages;
  private int pageCount;
  private int length;
  private boolean closed;

  /** An empty sequence. */
  public KvSequence(KvCache cache) {
    this(cache, new int[4], 0, 0);
  }

  private KvSequence(KvCache cache, int[] pages, int pageCount, int length) {
    this.cache = cache;
    this.pages = pages;
    this.pageCount = pageCount;
    this.length = length;
  }

  /** Slots filled. */
  public int length() {
    return length;
  }

  /** Pages held, shared ones included. */
  public int pageCount() {
    return pageCount;
  }

  /** The page that holds {@code slot}. */
  public int page(int slot) {
    return pages[slot / KvCache.PAGE_SLOTS];
  }

  /** Where in the pool {@code slot} is: page * 64 + offset. */
  public int address(int slot) {
    return page(slot) * KvCache.PAGE_SLOTS + slot % KvCache.PAGE_SLOTS;
  }

  /** Another sequence that begins with these tokens. */
  public KvSequence fork() {
    requireOpen();
    for (int i = 0; i < pageCount; i++) {
      cache.share(pages[i]);
    }
    return new KvSequence(cache, pages.clone(), pageCount, length);
  }

  /**
   * Makes room to append {@code slots} more: takes pages, and a copy of the last one where it is
   * shared. After a failure the sequence is as before.
   *
   * @throws io.fovea.DeviceMemoryException where the cache is full
   */
  public void reserve(Ops ops, int slots) {
    requireOpen();
    int before = pageCount;
    try {
      while (pageCount * KvCache.PAGE_SLOTS < length + slots) {
        if (pageCount == pages.length) {
          pages = Arrays.copyOf(pages, 2 * pageCount);
        }
        pages[pageCount] = cache.take();
        pageCount++;
      }
      ownLastPage(ops);
    } catch (RuntimeException e) {
      while (pageCount > before) {
        cache.release(pages[--pageCount]);
      }
      throw e;
    }
  }

  private void ownLastPage(Ops ops) {
    int last = length / KvCache.PAGE_SLOTS;
    if (length % KvCache.PAGE_SLOTS != 0 && cache.isShared(pages[last])) {
      int copy = cache.take();
      cache.copy(ops, pages[last], copy);
      cache.release(pages[last]);
      pages[last] = copy;
    }
  }

  /** Counts {@code slots} reserved slots as filled. */
  public void advance(int slots) {
    if (length + slots > pageCount * KvCache.PAGE_SLOTS) {
      throw new IllegalStateException("advancing past the reserved pages");
    }
    length += slots;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the sequence is closed");
    }
  }

  /** Gives the pages back; closing twice is harmless. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      for (int i = 0; i < pageCount; i++) {
        cache.release(pages[i]);
      }
    }
  }
}
