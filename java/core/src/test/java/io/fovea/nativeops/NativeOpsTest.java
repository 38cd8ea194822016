package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.DeviceUnavailableException;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Linear;
import io.fovea.ops.Products;
import io.fovea.ops.Quantization;
import io.fovea.ops.StoredWeights;
import io.fovea.ops.Windows;
import io.fovea.ops.WorkClock;
import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Layout;
import io.fovea.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lifetimes, memory and errors of the native binding; the arithmetic has its tests in native/. */
class NativeOpsTest {
  private static NativeOps open() {
    return NativeOps.open(DeviceKind.CPU, 0, 1);
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  private static float[] download(NativeOps ops, Tensor tensor) {
    ByteBuffer buffer = floats(new float[(int) tensor.elements()]);
    ops.memory().download(tensor, buffer);
    float[] values = new float[(int) tensor.elements()];
    buffer.asFloatBuffer().get(values);
    return values;
  }

  @Test
  void loadReportNamesTheBuildAndTheCpu() {
    NativeLoadReport report = NativeLibrary.load();
    assertThat(report.buildId()).isNotBlank();
    assertThat(report.cpuFeatures()).isNotBlank();
    assertThat(Files.isRegularFile(Path.of(report.location(), "libfovea.so"))).isTrue();
    assertThat(NativeLibrary.load()).isSameAs(report);
  }

  @Test
  void anOpComputesThroughTheBinding() {
    try (NativeOps ops = open()) {
      Tensor x = ops.scratch(DType.F32, 1, 2);
      ops.memory().upload(floats(3, 4), x);
      Tensor weight = ops.scratch(DType.F32, 2);
      ops.memory().upload(floats(1, 2), weight);
      float[] y = download(ops, ops.rmsNorm(x, weight, 0));
      // 3 and 4 over their root mean square, sqrt(12.5)
      assertThat(y[0]).isCloseTo(0.8485281f, org.assertj.core.data.Offset.offset(1e-6f));
      assertThat(y[1]).isCloseTo(2.2627418f, org.assertj.core.data.Offset.offset(1e-6f));
    }
  }

  @Test
  void refusedArgumentsCarryTheNativeMessage() {
    try (NativeOps ops = open()) {
      Tensor x = ops.scratch(DType.F32, 1, 2);
      Tensor weight = ops.scratch(DType.F32, 3);
      assertThatThrownBy(() -> ops.rmsNorm(x, weight, 1e-5f))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("rms_norm")
          .hasMessageContaining("weight");
    }
  }

  @Test
  void framesReuseTheSameMemory() {
    try (NativeOps ops = open()) {
      long[] addresses = new long[2];
      ops.frame(() -> addresses[0] = ops.scratch(DType.F32, 1000).address());
      ops.frame(() -> addresses[1] = ops.scratch(DType.F32, 1000).address());
      assertThat(addresses[1]).isEqualTo(addresses[0]);
    }
  }

  @Test
  void aSteadyStateAllocatesNothing() {
    try (NativeOps ops = open()) {
      Runnable step =
          () -> {
            for (int i = 0; i < 300; i++) {
              ops.scratch(DType.F32, 1 << 16).rows(0, 10);
            }
          };
      ops.frame(step);
      long before = ops.memory().allocatedBytes();
      for (int i = 0; i < 20; i++) {
        ops.frame(step);
      }
      assertThat(ops.memory().allocatedBytes()).isEqualTo(before);
    }
  }

  @Test
  void scratchTensorsDoNotOverlap() {
    try (NativeOps ops = open()) {
      Tensor big = ops.scratch(DType.U8, 9L << 20); // larger than a chunk
      Tensor a = ops.scratch(DType.U8, 3);
      Tensor b = ops.scratch(DType.F32, 5);
      assertThat(a.address() >= big.address() + big.bytes() || a.address() < big.address())
          .isTrue();
      assertThat(b.address()).isGreaterThanOrEqualTo(a.address() + 64);
      assertThat(b.address() % 64).isZero();
    }
  }

  @Test
  void allocationsAreCountedAndFreed() {
    try (NativeOps ops = open()) {
      long before = ops.memory().allocatedBytes();
      DeviceMemory.Allocation allocation = ops.memory().allocate(DType.F32, 16, 16);
      assertThat(ops.memory().allocatedBytes()).isEqualTo(before + 1024);
      allocation.close();
      allocation.close();
      assertThat(ops.memory().allocatedBytes()).isEqualTo(before);
      assertThatThrownBy(allocation::tensor).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void useAfterCloseIsRefused() {
    NativeOps ops = open();
    ops.close();
    ops.close();
    assertThatThrownBy(() -> ops.scratch(DType.F32, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(ops::memory).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ops.clock().mark(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theCudaDeviceIsAbsentByName() {
    assertThatThrownBy(() -> NativeOps.open(DeviceKind.CUDA, 0, 0))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessageContaining("doctor");
  }

  @Test
  void theDevicesOfAKindAreListedOrTheirAbsenceExplained() {
    NativeDevices cpu = NativeDevices.find(DeviceKind.CPU);
    assertThat(cpu.devices()).hasSize(1);
    assertThat(cpu.obstacle(0)).isNull();
    assertThat(cpu.obstacle(1)).contains("1 device");
    NativeDevices emulated = NativeDevices.find(DeviceKind.CUDA_EMULATED);
    assertThat(emulated.devices()).isEmpty();
    assertThat(emulated.obstacle(0)).contains("libfovea_cuda_emulated.so");
  }

  @Test
  void memoryIsCounted() {
    try (NativeOps ops = open()) {
      assertThat(ops.memory().totalBytes()).isGreaterThan(1 << 20);
      assertThat(ops.memory().freeBytes()).isBetween(1L, ops.memory().totalBytes());
    }
  }

  @Test
  void buffersAreReadInPlaceAndWithinTheirBounds() {
    try (NativeOps ops = open()) {
      ByteBuffer host = floats(1, 2, 3, 4);
      Tensor y = ops.scratch(DType.F32, 2, 2);
      ops.convertInto(ops.memory().hostView(host, DType.F32, 2, 2), y);
      assertThat(download(ops, y)).containsExactly(1, 2, 3, 4);
      assertThatThrownBy(() -> ops.memory().hostView(host, DType.F32, 5))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("16 bytes");
    }
  }

  @Test
  void uploadsMustFit() {
    try (NativeOps ops = open()) {
      Tensor x = ops.scratch(DType.F32, 3);
      assertThatThrownBy(() -> ops.memory().upload(floats(1, 2), x))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void intsAndPixelsArriveAsWritten() {
    try (NativeOps ops = open()) {
      Tensor ints = ops.ints(new int[] {7, -1, 1 << 30});
      ByteBuffer buffer = ByteBuffer.allocateDirect(12).order(ByteOrder.nativeOrder());
      ops.memory().download(ints, buffer);
      assertThat(new int[] {buffer.getInt(0), buffer.getInt(4), buffer.getInt(8)})
          .containsExactly(7, -1, 1 << 30);
      byte[] rgb = new byte[6000];
      rgb[5999] = (byte) 200;
      Tensor pixels = ops.pixels(rgb, 50, 40);
      assertThat(pixels.shape()).containsExactly(40, 50, 3);
      ByteBuffer back = ByteBuffer.allocateDirect(6000);
      ops.memory().download(pixels, back);
      assertThat(back.get(5999)).isEqualTo((byte) 200);
    }
  }

  @Test
  void marksMeasureWhatRanBetweenThem() {
    try (NativeOps ops = open()) {
      WorkClock clock = ops.clock();
      Tensor x = ops.scratch(DType.F32, 1024, 1024);
      clock.mark(7);
      ops.addInPlace(x, x);
      clock.mark(65535);
      clock.beginRange("work");
      clock.endRange();
      double milliseconds = clock.milliseconds(7, 65535);
      assertThat(milliseconds).isGreaterThan(0.001); // nobody adds a million numbers in 1 us
      assertThat(clock.milliseconds(65535, 7)).isEqualTo(-milliseconds);
      assertThat(clock.milliseconds(7, 8)).isNaN();
      assertThatThrownBy(() -> clock.mark(65536)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void filesAreMappedWhole(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bytes");
    Files.write(file, new byte[12345]);
    try (NativeOps ops = open()) {
      DeviceMemory.Mapping mapping = ops.memory().map(file);
      assertThat(mapping.bytes()).isEqualTo(12345);
      mapping.close();
      mapping.close();
      assertThatThrownBy(mapping::address).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> ops.memory().map(folder.resolve("missing")))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessageContaining("missing");
    }
  }

  @Test
  void vectorsRoundThroughTheModelsDtype() {
    try (NativeOps ops = open()) {
      ByteBuffer host = floats(1.00390625f, -2f); // 1 + 2^-8 lies between two bf16 values
      Tensor source = ops.memory().hostView(Native.addressOf(host), DType.F32, 2);
      assertThat(download(ops, ops.vector(source, DType.F32))).containsExactly(1.00390625f, -2f);
      assertThat(download(ops, ops.vector(source, DType.BF16))).containsExactly(1f, -2f);
    }
  }

  private static NativeOps open(Products products) {
    return NativeOps.open(DeviceKind.CPU, 0, 1, products);
  }

  private static Tensor host(NativeOps ops, ByteBuffer buffer, DType dtype, long... shape) {
    return ops.memory().hostView(Native.addressOf(buffer), dtype, shape);
  }

  /** [2, 32] as int8: row 0 is 1..32, row 1 its negation; scales 0.5 and 0.25. */
  private static StoredWeights bytes(NativeOps ops) {
    ByteBuffer values = ByteBuffer.allocateDirect(64);
    for (int k = 0; k < 32; k++) {
      values.put(k, (byte) (k + 1)).put(32 + k, (byte) (-k - 1));
    }
    Tensor scales = host(ops, floats(0.5f, 0.25f), DType.F32, 2, 1);
    return new StoredWeights(
        host(ops, values, DType.I8, 2, 32), new Quantization(DType.I8, scales, 32));
  }

  private static float[] timesOnes(NativeOps ops, Linear weights, int inputs) {
    Tensor x = ops.scratch(DType.F32, 1, inputs);
    float[] ones = new float[inputs];
    Arrays.fill(ones, 1);
    ops.memory().upload(floats(ones), x);
    return download(ops, ops.linear(x, weights));
  }

  @Test
  void quantisedWeightsArePackedForEitherProduct() {
    for (Products products : Products.values()) {
      try (NativeOps ops = open(products)) {
        Linear packed = ops.pack(bytes(ops), null, null, DType.F32);
        assertThat(packed.weights().layout())
            .isEqualTo(products == Products.INT8 ? Layout.PACKED_INT8 : Layout.PACKED);
        assertThat(packed.outputs()).isEqualTo(2);
        // 1 + ... + 32 = 528; the int8 form of 1 is 127 of 1/127
        float[] y = timesOnes(ops, packed, 32);
        assertThat(y[0]).isCloseTo(264, org.assertj.core.data.Offset.offset(1e-3f));
        assertThat(y[1]).isCloseTo(-132, org.assertj.core.data.Offset.offset(1e-3f));
      }
    }
  }

  @Test
  void fourBitWeightsHaveEightValuesAWord() {
    try (NativeOps ops = open(Products.FLOAT)) {
      ByteBuffer words = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
      words.putInt(0, 0x0123_cdef); // 7, 6, 5, 4, -5, -6, -7, -8 from the lowest bits up
      Tensor scales = host(ops, floats(2), DType.F32, 1, 1);
      StoredWeights stored =
          new StoredWeights(
              host(ops, words, DType.I32, 1, 1), new Quantization(DType.I4, scales, 8));
      assertThat(stored.inputs()).isEqualTo(8);
      Linear packed = ops.pack(stored, null, null, DType.BF16);
      assertThat(packed.weights().dtype()).isEqualTo(DType.I4);
      assertThat(timesOnes(ops, packed, 8)).containsExactly(-8f); // 2 (22 - 26)
    }
  }

  @Test
  void eightBitFloatsAreNeverMultipliedAsIntegers() {
    try (NativeOps ops = open(Products.INT8)) {
      ByteBuffer codes = ByteBuffer.allocateDirect(2);
      codes.put(0, (byte) 0x38).put(1, (byte) 0xc0); // 1 and -2
      Tensor scales = host(ops, floats(3), DType.F32, 1, 1);
      StoredWeights stored =
          new StoredWeights(
              host(ops, codes, DType.F8, 1, 2), new Quantization(DType.F8, scales, 2));
      Linear packed = ops.pack(stored, null, null, DType.F32);
      assertThat(packed.weights().layout()).isEqualTo(Layout.PACKED);
      assertThat(timesOnes(ops, packed, 2)).containsExactly(-3f);
    }
  }

  @Test
  void aPairMustBeQuantisedAlike() {
    try (NativeOps ops = open()) {
      StoredWeights quantised = bytes(ops);
      StoredWeights plain = StoredWeights.plain(host(ops, floats(new float[64]), DType.F32, 2, 32));
      assertThatThrownBy(() -> ops.pack(quantised, plain, null, DType.F32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("quantised alike", "I8 in groups of 32", "plain");
      assertThat(ops.pack(quantised, quantised, null, DType.F32).outputs()).isEqualTo(4);
    }
  }

  @Test
  void storedWeightsMustBeWhatTheirQuantizationSays() {
    try (NativeOps ops = open()) {
      Tensor scales = host(ops, floats(1), DType.F32, 1, 1);
      Tensor values = host(ops, floats(new float[32]), DType.F32, 1, 32);
      Quantization quantization = new Quantization(DType.I8, scales, 32);
      assertThatThrownBy(() -> new StoredWeights(values, quantization))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("I8", "F32");
      assertThatThrownBy(() -> new Quantization(DType.U8, scales, 32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("U8");
      ByteBuffer codes = ByteBuffer.allocateDirect(32);
      Tensor infinite = host(ops, floats(Float.POSITIVE_INFINITY), DType.F32, 1, 1);
      StoredWeights stored =
          new StoredWeights(
              host(ops, codes, DType.I8, 1, 32), new Quantization(DType.I8, infinite, 32));
      assertThatThrownBy(() -> ops.pack(stored, null, null, DType.F32))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("first_scales[0,0] finite");
    }
  }

  @Test
  void fourBitElementsHaveNoByteSize() {
    assertThat(DType.I4.bits()).isEqualTo(4);
    assertThatThrownBy(DType.I4::bytes).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void swappedAxesAreReadInPlace() {
    try (NativeOps ops = open()) {
      Tensor x = host(ops, floats(1, 2, 3, 4, 5, 6), DType.F32, 2, 3);
      Tensor y = ops.scratch(DType.F32, 3, 2);
      ops.convertInto(x.swapAxes(0, 1), y);
      assertThat(download(ops, y)).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(x.swapAxes(0, 1).isContiguous()).isFalse();
      assertThat(x.swapAxes(0, 1).swapAxes(1, 0).isContiguous()).isTrue();
    }
  }

  @Test
  void neighboursTurnTogether() {
    try (NativeOps ops = open()) {
      Tensor x = ops.scratch(DType.F32, 1, 1, 2);
      ops.memory().upload(floats(3, 4), x);
      Tensor cos = ops.scratch(DType.F32, 1, 1);
      ops.memory().upload(floats(0), cos);
      Tensor sin = ops.scratch(DType.F32, 1, 1);
      ops.memory().upload(floats(1), sin);
      ops.ropePairsInPlace(x, cos, sin);
      assertThat(download(ops, x)).containsExactly(-4f, 3f); // a quarter turn
    }
  }

  @Test
  void windowsSlideOverMaps() {
    try (NativeOps ops = open()) {
      Tensor x = host(ops, floats(1, -2, 3, 4, -5, 6), DType.F32, 6, 1); // 2 lines of 3 pixels
      Windows windows = new Windows(2, 3, 2, 2, 1, 1); // 3 lines of 4 windows
      Tensor taps = host(ops, floats(1, 10, 100, 1000), DType.F32, 1, 4);
      Linear weights = ops.pack(StoredWeights.plain(taps), null, null, DType.F32);
      float[] y = {1000, -1900, 2800, 300, 4010, -4619, 5528, 603, 40, -46, 55, 6};
      assertThat(download(ops, ops.convolution(x, windows, weights))).containsExactly(y);
      float[] positive = {1000, 0, 2800, 300, 4010, 0, 5528, 603, 40, 0, 55, 6};
      assertThat(download(ops, ops.convolutionRelu(x, windows, weights))).containsExactly(positive);
      assertThat(download(ops, ops.maxPool(x, windows)))
          .containsExactly(1, 1, 3, 3, 4, 4, 6, 6, 4, 4, 6, 6);
      Windows others = Windows.square(4, 1, 1, 1, 0);
      assertThatThrownBy(() -> ops.maxPool(x, others))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("whole maps of 4 rows");
    }
  }

  @Test
  void reluComesAloneOrAfterTheResidual() {
    try (NativeOps ops = open()) {
      Tensor x = host(ops, floats(1, -2), DType.F32, 2, 1);
      Tensor three = host(ops, floats(3), DType.F32, 1, 1);
      Linear weights = ops.pack(StoredWeights.plain(three), null, null, DType.F32);
      assertThat(download(ops, ops.linearRelu(x, weights))).containsExactly(3, 0);
      Tensor y = ops.scratch(DType.F32, 2, 1);
      ops.memory().upload(floats(-5, 7), y);
      ops.linearResidualReluInPlace(y, x, weights);
      assertThat(download(ops, y)).containsExactly(0, 1);
    }
  }

  @Test
  void groupsAreNormalisedByMap() {
    try (NativeOps ops = open()) {
      // 2 maps of 1 pixel, 2 groups of 2 channels
      Tensor x = host(ops, floats(1, 3, 5, 5, 8, 4, -1, 1), DType.F32, 2, 4);
      Tensor weight = host(ops, floats(1, 1, 2, 2), DType.F32, 4);
      Tensor bias = host(ops, floats(0, 0, 7, 7), DType.F32, 4);
      float eps = 0; // the variance of 5, 5 is 0: 0 / 0
      assertThat(download(ops, ops.groupNorm(x, 1, 2, weight, bias, eps)))
          .containsExactly(-1, 1, Float.NaN, Float.NaN, 1, -1, 5, 9);
      assertThat(download(ops, ops.groupNormRelu(x, 1, 2, weight, bias, eps)))
          .containsExactly(0, 1, Float.NaN, Float.NaN, 1, 0, 5, 9);
    }
  }

  @Test
  void columnsAreScaled() {
    try (NativeOps ops = open()) {
      Tensor x = host(ops, floats(1, 2, 3, 4), DType.F32, 2, 2);
      Tensor gain = host(ops, floats(10, -1), DType.F32, 2);
      assertThat(download(ops, ops.scaleColumns(x, gain))).containsExactly(10, -2, 30, -4);
      Tensor y = ops.scratch(DType.F32, 2, 2);
      ops.memory().upload(floats(5, 5, 5, 5), y);
      ops.scaleColumnsResidualInPlace(y, x, gain);
      assertThat(download(ops, y)).containsExactly(15, 3, 35, 1);
    }
  }
}
