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
import java.util.List;
import java.util.Random;
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
      sequence.reserve(ops, 64);
      assertThat(sequence.pageCount()).isEqualTo(1);
      sequence.advance(64);
      sequence.reserve(ops, 1);
      assertThat(sequence.pageCount()).isEqualTo(2);
      assertThat(sequence.address(64)).isEqualTo(sequence.page(64) * 64);
      assertThat(cache.freePages()).isEqualTo(PAGES - 2);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  @Test
  void forkSharesPagesUntilTheFirstAppend() {
    try (KvSequence prefix = new KvSequence(cache)) {
      prefix.reserve(ops, 70);
      prefix.advance(70);
      fill(prefix.page(69), 7);
      try (KvSequence fork = prefix.fork()) {
        assertThat(cache.freePages()).isEqualTo(PAGES - 2);
        fork.reserve(ops, 1);
        assertThat(fork.page(0)).isEqualTo(prefix.page(0));
        assertThat(fork.page(69)).isNotEqualTo(prefix.page(69));
        assertThat(values(fork.page(69))).isEqualTo(values(prefix.page(69)));
        fill(fork.page(69), 9);
        assertThat(values(prefix.page(69))).containsOnly(7f);
      }
      assertThat(cache.freePages()).isEqualTo(PAGES - 2);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  @Test
  void lastHolderOfAPageWritesInPlace() {
    KvSequence prefix = new KvSequence(cache);
    prefix.reserve(ops, 10);
    prefix.advance(10);
    try (KvSequence fork = prefix.fork()) {
      int page = prefix.page(0);
      prefix.close();
      fork.reserve(ops, 1);
      assertThat(fork.page(0)).isEqualTo(page);
    }
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  @Test
  void fullPagesAreNeverCopied() {
    try (KvSequence prefix = new KvSequence(cache)) {
      prefix.reserve(ops, 128);
      prefix.advance(128);
      try (KvSequence fork = prefix.fork()) {
        fork.reserve(ops, 1);
        assertThat(fork.page(127)).isEqualTo(prefix.page(127));
        assertThat(cache.freePages()).isEqualTo(PAGES - 3);
      }
    }
  }

  @Test
  void failedReservationChangesNothing() {
    try (KvSequence sequence = new KvSequence(cache)) {
      sequence.reserve(ops, 64);
      sequence.advance(64);
      assertThatThrownBy(() -> sequence.reserve(ops, 64 * PAGES))
          .isInstanceOf(DeviceMemoryException.class)
          .hasMessageContaining("kvCacheTokens");
      assertThat(cache.freePages()).isEqualTo(PAGES - 1);
      assertThat(sequence.length()).isEqualTo(64);
    }
  }

  @Test
  void refusesToAdvancePastItsPagesAndUseAfterClose() {
    KvSequence sequence = new KvSequence(cache);
    sequence.reserve(ops, 3);
    assertThatThrownBy(() -> sequence.advance(65)).isInstanceOf(IllegalStateException.class);
    sequence.close();
    sequence.close();
    assertThatThrownBy(sequence::fork).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> sequence.reserve(ops, 1)).isInstanceOf(IllegalStateException.class);
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  /** Random appends, forks and ends: contents stay each sequence's own, and no page is lost. */
  @Test
  void anyHistoryKeepsSequencesApart() {
    long seed = 7;
    Random random = new Random(seed);
    record Live(KvSequence sequence, List<Float> written) {}
    List<Live> live = new ArrayList<>();
    float next = 1;
    for (int round = 0; round < 3000; round++) {
      int choice = random.nextInt(10);
      if (live.isEmpty() || choice == 0) {
        live.add(new Live(new KvSequence(cache), new ArrayList<>()));
      } else if (choice == 1) {
        Live source = live.get(random.nextInt(live.size()));
        live.add(new Live(source.sequence().fork(), new ArrayList<>(source.written())));
      } else if (choice == 2 || live.size() > 4) {
        live.remove(random.nextInt(live.size())).sequence().close();
      } else {
        Live target = live.get(random.nextInt(live.size()));
        try {
          target.sequence().reserve(ops, 5);
        } catch (DeviceMemoryException e) {
          live.remove(target);
          target.sequence().close();
          continue;
        }
        for (int i = 0; i < 5; i++) {
          write(target.sequence().address(target.sequence().length()), next);
          target.sequence().advance(1);
          target.written().add(next++);
        }
      }
    }
    for (Live each : live) {
      for (int slot = 0; slot < each.written().size(); slot++) {
        assertThat(read(each.sequence().address(slot)))
            .as("seed %d slot %d", seed, slot)
            .isEqualTo(each.written().get(slot));
      }
    }
    live.forEach(each -> each.sequence().close());
    assertThat(cache.freePages()).isEqualTo(PAGES);
  }

  private void fill(int page, float value) {
    for (int layer = 0; layer < LAYERS; layer++) {
      for (Tensor pages : List.of(cache.keys(layer), cache.values(layer))) {
        Tensor one = pages.rows(page, page + 1);
        ByteBuffer buffer = direct((int) one.elements());
        while (buffer.hasRemaining()) {
          buffer.putFloat(value);
        }
        ops.memory().upload(buffer.flip(), one);
      }
    }
  }

  /** All keys and values of a page, all layers. */
  private List<Float> values(int page) {
    List<Float> found = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      for (Tensor pages : List.of(cache.keys(layer), cache.values(layer))) {
        Tensor one = pages.rows(page, page + 1);
        ByteBuffer buffer = direct((int) one.elements());
        ops.memory().download(one, buffer);
        while (buffer.hasRemaining()) {
          found.add(buffer.getFloat());
        }
      }
    }
    return found;
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
