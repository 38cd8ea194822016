package io.fovea.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeviceMemoryException;
import io.fovea.nativeops.NativeOps;
import io.fovea.ops.DeviceMemory;
import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvCacheTest {
  private static final int PAGES = 12;
  private static final int LAYERS = 2;
  private static final int HEADS = 2;
  private static final int HEAD_SIZE = 4;

  private NativeOps ops;
  private KvCache cache;

  @BeforeEach
  void open() {
    ops = NativeOps.open(DeviceKind.CPU, 0, 1);
    cache = new KvCache(ops.memory(), LAYERS, PAGES, HEADS, HEAD_SIZE, DType.F32);
  }

  @AfterEach
  void close() {
    cache.close();
    ops.close();
  }

  @Test
  void reservesPagesOfSixtyFourSlots() {
    try (KvSequence sequence = new KvSequence(cache)) {
      sequence.reserve(64);
      assertThat(sequence.pageCount()).isEqualTo(1);
      sequence.advance(64);
      sequence.reserve(1);
      assertThat(sequence.pageCount()).isEqualTo(2);
      assertThat(sequence.address(64)).isEqualTo(sequence.page(64) * 64);
      assertThat(cache.freePages()).isEqualTo(PAGES - 2);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  @Test
  void aSequenceBeginsWithWhatAnotherLeft() {
    long[] keys = LongStream.range(0, 75).toArray();
    List<Integer> pages = leave(Arrays.copyOf(keys, 70));
    assertThat(cache.freePages()).isEqualTo(PAGES);
    assertThat(cache.cachedPages()).isEqualTo(2);
    try (KvSequence next = KvSequence.beginning(cache, ops, keys)) {
      assertThat(next.length()).isEqualTo(70);
      assertThat(next.page(0)).isEqualTo(pages.get(0));
      assertThat(next.page(69)).isNotEqualTo(pages.get(1)); // its own copy, to write on
      assertThat(cache.freePages()).isEqualTo(PAGES - 2);
      requireContents(next, keys, 70);
    }
  }

  @Test
  void fullPagesAreSharedWhileTheirSequenceLives() {
    long[] keys = LongStream.range(0, 200).toArray();
    try (KvSequence first = new KvSequence(cache)) {
      append(first, keys, 0, 150);
      try (KvSequence second = KvSequence.beginning(cache, ops, keys)) {
        assertThat(second.length()).isEqualTo(128);
        assertThat(second.page(127)).isEqualTo(first.page(127));
        assertThat(cache.freePages()).isEqualTo(PAGES - 3);
      }
    }
  }

  /** Two that compute the same page at a time keep one of the two. */
  @Test
  void equalPagesBecomeOne() {
    long[] keys = LongStream.range(0, 64).toArray();
    try (KvSequence first = new KvSequence(cache);
        KvSequence second = new KvSequence(cache)) {
      first.reserve(64);
      second.reserve(64);
      assertThat(cache.freePages()).isEqualTo(PAGES - 2);
      first.advance(keys);
      second.advance(keys);
      assertThat(second.page(0)).isEqualTo(first.page(0));
      assertThat(cache.freePages()).isEqualTo(PAGES - 1);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
    assertThat(cache.cachedPages()).isEqualTo(1);
  }

  @Test
  void cachedPagesGoInOrderOfTheirLastUse() {
    for (int each = 0; each < PAGES / 2; each++) {
      leave(keysFrom(1000L * each, 100));
    }
    assertThat(cache.cachedPages()).isEqualTo(PAGES);
    KvSequence.beginning(cache, ops, keysFrom(0, 100)).close(); // used again
    leave(keysFrom(-1000, 100));
    assertThat(cache.evictions()).isEqualTo(2);
    assertThat(found(keysFrom(1000, 100))).isZero(); // finding one takes no page
    assertThat(found(keysFrom(0, 100))).isEqualTo(100);
  }

  @Test
  void aPageThatMatchesInPartIsNotCopiedIntoTheLastRoom() {
    leave(keysFrom(0, 40));
    try (KvSequence all = new KvSequence(cache)) {
      all.reserve(64 * (PAGES - 1));
      try (KvSequence next = KvSequence.beginning(cache, ops, keysFrom(0, 60))) {
        assertThat(next.length()).isZero();
        next.reserve(60);
      }
    }
  }

  @Test
  void failedReservationChangesNothing() {
    try (KvSequence sequence = new KvSequence(cache)) {
      sequence.reserve(64);
      sequence.advance(64);
      assertThatThrownBy(() -> sequence.reserve(64 * PAGES))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("kvCacheTokens");
      assertThat(cache.freePages()).isEqualTo(PAGES - 1);
      assertThat(sequence.length()).isEqualTo(64);
    }
  }

  @Test
  void refusesToAdvancePastItsPagesAndUseAfterClose() {
    KvSequence sequence = new KvSequence(cache);
    sequence.reserve(3);
    assertThatThrownBy(() -> sequence.advance(65)).isInstanceOf(IllegalStateException.class);
    sequence.close();
    sequence.close();
    assertThatThrownBy(() -> sequence.advance(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> sequence.reserve(1)).isInstanceOf(IllegalStateException.class);
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  /**
   * Random sequences of few different tokens, under pressure: what a slot holds follows from the
   * tokens up to it, whoever computed it; no page is lost.
   */
  @Test
  void anyHistoryGivesEachSequenceItsOwnContents() {
    long seed = 7;
    Random random = new Random(seed);
    record Live(KvSequence sequence, long[] keys) {}
    List<Live> live = new ArrayList<>();
    int cached = 0;
    for (int round = 0; round < 4000; round++) {
      int choice = random.nextInt(8);
      if (live.isEmpty() || (choice == 0 && live.size() < 5)) {
        long[] keys = keys(random);
        Live begun = new Live(KvSequence.beginning(cache, ops, keys), keys);
        cached += begun.sequence().length();
        live.add(begun);
      } else if (choice == 1) {
        live.remove(random.nextInt(live.size())).sequence().close();
      } else {
        Live target = live.get(random.nextInt(live.size()));
        int from = target.sequence().length();
        int count = Math.min(1 + random.nextInt(40), target.keys().length - from);
        try {
          append(target.sequence(), target.keys(), from, from + count);
        } catch (DeviceMemoryException e) {
          live.remove(target);
          target.sequence().close();
          continue;
        }
        requireContents(target.sequence(), target.keys(), from + count);
      }
    }
    assertThat(cached).as("seed %d: tokens found", seed).isGreaterThan(5000);
    assertThat(cache.evictions()).as("seed %d", seed).isGreaterThan(100);
    live.forEach(each -> each.sequence().close());
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  /** With room for all, exactly the longest common beginning is found. */
  @Test
  void theLongestCommonBeginningIsFound() {
    Random random = new Random(3);
    try (KvCache large = new KvCache(ops.memory(), 1, 400, 1, 2, DType.F32)) {
      List<long[]> left = new ArrayList<>();
      for (int round = 0; round < 150; round++) {
        long[] keys = keys(random);
        int common = 0;
        for (long[] other : left) {
          int differs = Arrays.mismatch(keys, other);
          common = Math.max(common, differs < 0 ? keys.length : differs);
        }
        try (KvSequence sequence = KvSequence.beginning(large, ops, keys)) {
          // A single token is not worth a copy.
          assertThat(sequence.length()).isEqualTo(common % 64 == 1 ? common - 1 : common);
          int from = sequence.length();
          sequence.reserve(keys.length - from);
          sequence.advance(Arrays.copyOfRange(keys, from, keys.length));
        }
        left.add(keys);
      }
      assertThat(large.evictions()).isZero();
    }
  }

  /** Up to 250 tokens that often begin like others: in runs of one value. */
  private static long[] keys(Random random) {
    long[] keys = new long[1 + random.nextInt(250)];
    long run = random.nextInt(2);
    for (int t = 0; t < keys.length; t++) {
      run = random.nextInt(60) == 0 ? run + 1 + random.nextInt(2) : run;
      keys[t] = run;
    }
    return keys;
  }

  private static long[] keysFrom(long first, int count) {
    return LongStream.range(first, first + count).toArray();
  }

  private int found(long[] keys) {
    try (KvSequence sequence = KvSequence.beginning(cache, ops, keys)) {
      return sequence.length();
    }
  }

  /** Computes these tokens and ends; returns the pages. */
  private List<Integer> leave(long[] keys) {
    try (KvSequence sequence = new KvSequence(cache)) {
      append(sequence, keys, 0, keys.length);
      return IntStream.range(0, sequence.pageCount())
          .mapToObj(page -> sequence.page(64 * page))
          .toList();
    }
  }

  private void append(KvSequence sequence, long[] keys, int from, int to) {
    sequence.reserve(to - from);
    for (int slot = from; slot < to; slot++) {
      write(sequence.address(slot), content(keys, slot));
    }
    sequence.advance(Arrays.copyOfRange(keys, from, to));
  }

  private void requireContents(KvSequence sequence, long[] keys, int length) {
    for (int slot = 0; slot < length; slot++) {
      assertThat(read(sequence.address(slot))).as("slot %d", slot).isEqualTo(content(keys, slot));
    }
  }

  /** Some number that depends on all tokens up to a slot, as a layer's key does. */
  private static float content(long[] keys, int slot) {
    return Arrays.hashCode(Arrays.copyOf(keys, slot + 1)) >> 8;
  }

  private void write(int address, float value) {
    ByteBuffer buffer = direct(1).putFloat(value).flip();
    ops.memory().upload(buffer, slot(address));
  }

  private float read(int address) {
    ByteBuffer buffer = direct(1);
    ops.memory().download(slot(address), buffer);
    return buffer.getFloat(0);
  }

  /** First element of a slot's first key, layer 1. */
  private Tensor slot(int address) {
    Tensor elements =
        cache.keys(1).reshape((long) PAGES * HEADS * KvCache.PAGE_SLOTS * HEAD_SIZE, 1);
    long row = (long) (address / 64) * HEADS * KvCache.PAGE_SLOTS + address % 64;
    return elements.rows(row * HEAD_SIZE, row * HEAD_SIZE + 1);
  }

  private static ByteBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(4 * floats).order(ByteOrder.nativeOrder());
  }

  @Test
  void closingFreesThePool() {
    long before = ops.memory().allocatedBytes();
    KvCache another = new KvCache(ops.memory(), 1, 3, HEADS, HEAD_SIZE, DType.BF16);
    assertThat(ops.memory().allocatedBytes()).isGreaterThan(before);
    another.close();
    assertThat(ops.memory().allocatedBytes()).isEqualTo(before);
    DeviceMemory.Allocation kept = ops.memory().allocate(DType.F32, 4);
    kept.close();
    kept.close();
    assertThat(ops.memory().allocatedBytes()).isEqualTo(before);
  }
}
