package io.fovea.model;

import io.fovea.model.CachedPrefixes.Match;
import io.fovea.model.CachedPrefixes.Node;
import io.fovea.ops.Ops;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cached tokens of one sequence: its pages in order and how many slots are filled. A sequence
 * whose tokens have keys begins with what is cached of them, and leaves its own pages to those that
 * come after it.
 */
public final class KvSequence implements AutoCloseable {
  /** Fewer tokens are sooner computed than copied: a begin token alone. */
  private static final int FEWEST_COPIED = 2;

  private final KvCache cache;
  private final List<Node> shared = new ArrayList<>(4); // the first pages: cached, full
  private int[] pages = new int[4];
  private long[] keys = new long[0]; // of the filled slots, with room to grow
  private int keyCount; // the length, or 0 where tokens have none
  private int pageCount;
  private int length;
  private boolean closed;

  /** An empty sequence of tokens without keys: its pages are its own. */
  public KvSequence(KvCache cache) {
    this.cache = cache;
  }

  /**
   * A sequence that begins with as many of these tokens as are cached. Full pages are shared; of
   * one that matches in part a copy is taken, where there is a page for it.
   *
   * @param keys of tokens to come: what their keys and values depend on besides the tokens before
   */
  public static KvSequence beginning(KvCache cache, Ops ops, long[] keys) {
    KvSequence sequence = new KvSequence(cache);
    Match match = sequence.next(keys);
    while (match != null && match.slots() == KvCache.PAGE_SLOTS) {
      cache.share(match.node());
      sequence.shared.add(match.node());
      sequence.addPage(match.node().page());
      sequence.length += KvCache.PAGE_SLOTS;
      match = sequence.next(keys);
    }
    if (match != null && match.slots() >= FEWEST_COPIED) {
      sequence.copy(ops, match);
    }
    sequence.keys = keys.clone();
    sequence.keyCount = sequence.length;
    return sequence;
  }

  private @Nullable Match next(long[] sought) {
    return cache.prefixes().longest(lastShared(), sought, length, sought.length);
  }

  private void copy(Ops ops, Match match) {
    cache.share(match.node()); // not to be given up for its own copy
    try {
      if (cache.freePages() > 0) {
        int page = cache.take();
        addPage(page);
        cache.copy(ops, match.node().page(), page);
        length += match.slots();
      }
    } finally {
      cache.release(match.node());
    }
  }

  private @Nullable Node lastShared() {
    return shared.isEmpty() ? null : shared.get(shared.size() - 1);
  }

  /** Slots filled. */
  public int length() {
    return length;
  }

  /** Pages held, shared ones included. */
  public int pageCount() {
    return pageCount;
  }

  /** Pages that {@link #reserve} would take. */
  public int missingPages(int slots) {
    return Math.max(0, KvCache.pagesFor(length + slots) - pageCount);
  }

  /** The page that holds {@code slot}. */
  public int page(int slot) {
    return pages[slot / KvCache.PAGE_SLOTS];
  }

  /** Where in the pool {@code slot} is: page * 64 + offset. */
  public int address(int slot) {
    return page(slot) * KvCache.PAGE_SLOTS + slot % KvCache.PAGE_SLOTS;
  }

  /**
   * Makes room to append {@code slots} more. After a failure the sequence is as before.
   *
   * @throws io.fovea.DeviceMemoryException where the cache is full
   */
  public void reserve(int slots) {
    requireOpen();
    int before = pageCount;
    try {
      while (pageCount * KvCache.PAGE_SLOTS < length + slots) {
        addPage(cache.take());
      }
    } catch (RuntimeException e) {
      while (pageCount > before) {
        cache.release(pages[--pageCount]);
      }
      throw e;
    }
  }

  private void addPage(int page) {
    if (pageCount == pages.length) {
      pages = Arrays.copyOf(pages, 2 * pageCount);
    }
    pages[pageCount++] = page;
  }

  /** Counts {@code slots} reserved slots as filled with tokens that have no keys. */
  public void advance(int slots) {
    if (keyCount > 0) {
      throw new IllegalStateException("the sequence's tokens have keys");
    }
    fill(slots);
  }

  /**
   * Counts reserved slots as filled. Pages that became full can be shared from now on; where an
   * equal one is cached already, it takes the place of the sequence's own.
   *
   * @param added keys of the tokens, one a slot
   */
  public void advance(long[] added) {
    if (keyCount != length) {
      throw new IllegalStateException("the sequence's tokens have no keys");
    }
    if (keyCount + added.length > keys.length) {
      keys = Arrays.copyOf(keys, Math.max(2 * keys.length, keyCount + added.length));
    }
    System.arraycopy(added, 0, keys, keyCount, added.length);
    keyCount += added.length;
    fill(added.length);
    while ((shared.size() + 1) * KvCache.PAGE_SLOTS <= length) {
      shareFullPage();
    }
  }

  private void fill(int slots) {
    requireOpen();
    if (length + slots > pageCount * KvCache.PAGE_SLOTS) {
      throw new IllegalStateException("advancing past the reserved pages");
    }
    length += slots;
  }

  private void shareFullPage() {
    int index = shared.size();
    int from = index * KvCache.PAGE_SLOTS;
    int to = from + KvCache.PAGE_SLOTS;
    Match same = cache.prefixes().longest(lastShared(), keys, from, to);
    if (same == null || same.slots() < KvCache.PAGE_SLOTS) {
      long[] own = Arrays.copyOfRange(keys, from, to);
      shared.add(cache.prefixes().add(lastShared(), own, pages[index]));
      return;
    }
    cache.share(same.node());
    cache.release(pages[index]);
    pages[index] = same.node().page();
    shared.add(same.node());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the sequence is closed");
    }
  }

  /**
   * Gives the pages back, the last first. Those of tokens with keys stay cached until their room is
   * needed. Closing twice is harmless.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    leaveLastPage();
    while (pageCount > shared.size()) {
      cache.release(pages[--pageCount]);
    }
    for (int i = shared.size() - 1; i >= 0; i--) {
      cache.release(shared.get(i));
    }
    pageCount = 0;
  }

  /** Lets the last page, filled in part, stay cached where it adds something. */
  private void leaveLastPage() {
    int from = shared.size() * KvCache.PAGE_SLOTS;
    if (keyCount - from < FEWEST_COPIED) {
      return;
    }
    Match same = cache.prefixes().longest(lastShared(), keys, from, keyCount);
    if (same != null && same.slots() == keyCount - from) {
      return;
    }
    // Pages reserved beyond it go first: the cached ones are given back from the end.
    while (pageCount > shared.size() + 1) {
      cache.release(pages[--pageCount]);
    }
    long[] own = Arrays.copyOfRange(keys, from, keyCount);
    shared.add(cache.prefixes().add(lastShared(), own, pages[shared.size()]));
  }
}
