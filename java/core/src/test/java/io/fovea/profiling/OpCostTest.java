package io.fovea.profiling;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.ops.CacheRows;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.Windows;
import io.fovea.tensor.DType;
import io.fovea.tensor.Descriptors;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Layout;
import io.fovea.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Bytes and operations against sums made by hand. */
class OpCostTest {
  private static final Descriptors DESCRIPTORS = new Descriptors(buffer -> 0, 64);

  private static Tensor tensor(DType dtype, long... shape) {
    return Tensor.contiguous(DESCRIPTORS, 0, dtype, DeviceKind.CPU, shape);
  }

  private static Tensor f32(long... shape) {
    return tensor(DType.F32, shape);
  }

  private static Tensor bf16(long... shape) {
    return tensor(DType.BF16, shape);
  }

  private static Linear plain(DType dtype, long outputs, long inputs) {
    return new Linear(
        Tensor.packed(DESCRIPTORS, 0, dtype, DeviceKind.CPU, outputs, inputs), /* bias= */ null);
  }

  private static Linear quantized(DType dtype, long outputs, long inputs, long group, DType scale) {
    return new Linear(
        Tensor.packedQuantized(
            DESCRIPTORS, 0, dtype, DeviceKind.CPU, Layout.PACKED, outputs, inputs, group, scale),
        /* bias= */ null);
  }

  private static void assertCost(OpCost cost, long bytes, long flops) {
    assertThat(cost.bytes()).as("bytes").isEqualTo(bytes);
    assertThat(cost.flops()).as("flops").isEqualTo(flops);
  }

  @Test
  void linear() {
    // x 3 x 64 and y 3 x 32 of 2 bytes, weights 32 x 64 of 2; 2 * 3 * 32 * 64 operations
    assertCost(
        OpCost.linear(bf16(3, 64), plain(DType.BF16, 32, 64), bf16(3, 32)),
        384 + 192 + 4096,
        12288);
  }

  @Test
  void linearReadsItsBiasOnce() {
    Linear weights = new Linear(plain(DType.F32, 32, 64).weights(), f32(32));
    assertCost(OpCost.linear(f32(3, 64), weights, f32(3, 32)), 768 + 384 + 8192 + 128, 12288);
  }

  @Test
  void aPairMultipliesBothHalves() {
    // gate and up, 32 outputs each: y has 32, the weights 64 rows
    assertCost(
        OpCost.linear(f32(1, 64), plain(DType.F32, 64, 64), f32(1, 32)),
        256 + 128 + 16384,
        2 * 64 * 64);
  }

  @Test
  void quantisedWeightsBringTheirScales() {
    Tensor x = bf16(1, 64);
    Tensor y = bf16(1, 32);
    long rows = 128 + 64;
    // 32 x 64 values: a byte each; a group of 32 has a scale of 2 bytes
    assertCost(
        OpCost.linear(x, quantized(DType.I8, 32, 64, 32, DType.BF16), y),
        rows + 2048 + 2 * 64,
        4096);
    // half a byte each; one scale of 4 bytes for each row
    assertCost(
        OpCost.linear(x, quantized(DType.I4, 32, 64, 64, DType.F32), y),
        rows + 1024 + 4 * 32,
        4096);
    assertCost(
        OpCost.linear(x, quantized(DType.F8, 32, 64, 32, DType.F16), y),
        rows + 2048 + 2 * 64,
        4096);
  }

  @Test
  void aResidualIsReadAndAdded() {
    Tensor y = f32(3, 32);
    OpCost without = OpCost.linear(f32(3, 64), plain(DType.F32, 32, 64), y);
    assertCost(without.withResidual(y), without.bytes() + 384, without.flops() + 96);
  }

  @Test
  void expertsWithoutRowsAreNotRead() {
    ExpertPair experts = new ExpertPair(plain(DType.F32, 8, 4), plain(DType.BF16, 8, 4));
    Tensor x = f32(5, 4);
    Tensor y = f32(5, 8);
    long rows = 80 + 160;
    assertCost(OpCost.routedLinear(x, 2, experts, y), rows + 128 + 64, 2 * 5 * 32);
    assertCost(OpCost.routedLinear(x, 0, experts, y), rows + 64, 2 * 5 * 32);
    assertCost(OpCost.routedLinear(x, 5, experts, y), rows + 128, 2 * 5 * 32);
  }

  @Test
  void normsAndActivations() {
    Tensor x = bf16(3, 16); // 96 bytes
    Tensor d = f32(16); // 64 bytes
    assertCost(OpCost.rmsNorm(x, d, x), 96 + 64 + 96, 4 * 48);
    assertCost(OpCost.layerNorm(x, d, d, x), 96 + 64 + 64 + 96, 8 * 48);
    assertCost(OpCost.gelu(x, x), 192, 5 * 48);
    assertCost(OpCost.add(x, x), 288, 48);
    assertCost(OpCost.scaleColumns(x, d, x), 96 + 64 + 96, 48);
    assertCost(OpCost.scaleColumns(x, d, x).withResidual(x), 96 + 64 + 96 + 96, 96);
  }

  @Test
  void mapsAreReadOnce() {
    // a map of 4 x 6 pixels of 8 channels; 2 x 3 windows of 3 x 3 pixels
    Windows windows = Windows.square(4, 6, 3, 2, 1);
    Tensor x = bf16(24, 8); // 384 bytes
    assertCost(
        OpCost.convolution(x, plain(DType.BF16, 16, 72), bf16(6, 16)),
        384 + 192 + 2304,
        2 * 6 * 16 * 72);
    assertCost(OpCost.maxPool(x, windows, bf16(6, 8)), 384 + 96, 9 * 48);
  }

  @Test
  void ropeAppend() {
    // 3 rows of 4 query, 2 key and 2 value heads of 8
    Tensor qkv = bf16(3, 64);
    Tensor rows = tensor(DType.I32, 3);
    CacheRows cache = new CacheRows(rows, rows, rows, rows, tensor(DType.I32, 1, 1));
    RotaryTable rotary = new RotaryTable(f32(100, 4), f32(100, 4));
    // qkv read and written, two indices a row, 4 cosines and 4 sines a row
    assertCost(
        OpCost.ropeAppend(qkv, rotary, cache, 4, 2),
        2 * 384 + 2 * 12 + 3 * 8 * 4,
        3 * 3 * (4 + 2) * 8);
  }

  @Test
  void ropePairs() {
    assertCost(OpCost.ropePairs(f32(3, 2, 8), f32(3, 4), f32(3, 4)), 2 * 192 + 2 * 48, 3 * 48);
  }

  @Test
  void attentionOfAllToAll() {
    // 3 queries of 4 heads, 5 keys of 2 heads, head size 8: for each query, head and key 8 products
    // and sums twice
    Tensor keys = f32(5, 2, 8);
    assertCost(
        OpCost.attention(f32(3, 4, 8), keys, keys, f32(3, 4, 8)),
        2 * 384 + 2 * 320,
        3 * 4 * 5 * 8 * 2 * 2);
  }

  @Test
  void pagedAttentionCountsTheSlotsSeen() {
    Tensor pages = bf16(7, 2, 64, 8);
    Tensor q = bf16(4, 4, 8);
    int[] sequences = {0, 0, 2, 0};
    int[] slots = {9, 10, 99, 11};
    // rows see 10 + 11 + 100 + 12 slots; sequence 0 is read to slot 11, sequence 2 to 99
    long seen = 133;
    long cached = (12 + 100) * 2 * 2 * 8 * 2; // keys and values of two heads of 8 bf16
    assertCost(
        OpCost.pagedAttention(q, pages, sequences, slots, q),
        2 * 256 + cached + 2 * 4 * 4,
        seen * 4 * 8 * 2 * 2);
  }

  @Test
  void copies() {
    Tensor two = tensor(DType.I32, 2);
    assertCost(OpCost.copyPages(bf16(7, 2, 64, 8), two, two), 2 * 2 * 2048 + 16, 0);
    assertCost(OpCost.rows(tensor(DType.F16, 1000, 16), two, f32(2, 16)), 64 + 128 + 8, 0);
    assertCost(OpCost.moved(f32(2, 3), bf16(5)), 24 + 10, 0);
  }

  @Test
  void imagePatches() {
    // 10 x 6 pixels to 28 x 28, 4 patches of 3 * 14 * 14
    assertCost(
        OpCost.imagePatches(tensor(DType.U8, 10, 6, 3), f32(6), 28, f32(4, 588)),
        180 + 24 + 2 * 28 * 28 * 3 + 9408,
        2 * 4 * 588);
  }

  @Test
  void viewsCountTheirOwnElements() {
    Tensor x = f32(4, 12);
    assertCost(OpCost.moved(x.columns(2, 5)), 48, 0);
    assertCost(OpCost.gelu(x.rows(1, 2), x.rows(2, 3)), 96, 60);
  }
}
