package io.fovea.profiling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.nativeops.NativeOps;
import io.fovea.ops.CacheRows;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.SampleRequest;
import io.fovea.ops.Samples;
import io.fovea.ops.StoredWeights;
import io.fovea.ops.Windows;
import io.fovea.ops.WorkClock;
import io.fovea.tensor.DType;
import io.fovea.tensor.Descriptors;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProfilingOpsTest {
  /** Ticks a millisecond a mark, and writes down what it is told. */
  private static final class FakeClock implements WorkClock {
    private final double[] times = new double[MARKS];
    private final List<String> ranges = new ArrayList<>();
    private int open;
    private int ticks;

    @Override
    public void mark(int number) {
      times[number] = ticks++;
    }

    @Override
    public double milliseconds(int from, int to) {
      return times[to] - times[from];
    }

    @Override
    public void beginRange(String name) {
      ranges.add(name);
      open++;
    }

    @Override
    public void endRange() {
      open--;
    }
  }

  private static final Tensor ANY =
      Tensor.contiguous(new Descriptors(buffer -> 0, 4), 0, DType.F32, DeviceKind.CPU, 2, 2, 64, 4);
  private static final SampleRequest REQUEST =
      new SampleRequest(null, null, new float[4], new int[2]);
  private static final Samples SAMPLES = new Samples(new int[1], new float[1]);
  private static final Linear LINEAR = new Linear(ANY, ANY);

  /** A value of each type that ops take or give; null for void. */
  private static @Nullable Object value(Class<?> type, Tensor ints) {
    Map<Class<?>, Object> values =
        Map.ofEntries(
            Map.entry(Tensor.class, ANY),
            Map.entry(Linear.class, LINEAR),
            Map.entry(ExpertPair.class, new ExpertPair(LINEAR, LINEAR)),
            Map.entry(RotaryTable.class, new RotaryTable(ANY, ANY)),
            Map.entry(CacheRows.class, new CacheRows(ANY, ANY, ints, ints, ANY)),
            Map.entry(StoredWeights.class, StoredWeights.plain(matrix())),
            Map.entry(SampleRequest.class, REQUEST),
            Map.entry(Samples.class, SAMPLES),
            Map.entry(Windows.class, Windows.square(1, 2, 1, 1, 0)),
            Map.entry(boolean.class, true),
            Map.entry(DType.class, DType.F32),
            Map.entry(Runnable.class, (Runnable) () -> {}),
            Map.entry(int[].class, new int[] {1, 0}),
            Map.entry(long[].class, new long[] {2, 3}),
            Map.entry(byte[].class, new byte[12]),
            Map.entry(int.class, 1),
            Map.entry(float.class, 0.5f));
    return values.get(type);
  }

  private static Tensor matrix() {
    return Tensor.contiguous(new Descriptors(buffer -> 0, 1), 0, DType.F32, DeviceKind.CPU, 2, 2);
  }

  /** Every method reaches the ops beneath with the same arguments, and gives what they gave. */
  @Test
  void everyOpIsPassedOn() throws ReflectiveOperationException {
    List<Object> seen = new ArrayList<>();
    DeviceMemory memory =
        (DeviceMemory)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DeviceMemory.class},
                (proxy, method, arguments) -> 0L);
    Ops below =
        (Ops)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Ops.class},
                (proxy, method, arguments) -> {
                  seen.add(method.getName());
                  seen.addAll(arguments == null ? List.of() : Arrays.asList(arguments));
                  return method.getReturnType() == DeviceMemory.class
                      ? memory
                      : value(method.getReturnType(), ANY);
                });
    ProfilingOps ops = new ProfilingOps(below, new FakeClock());
    for (Method method : Ops.class.getMethods()) {
      if (method.getName().equals("memory") || method.getName().equals("replayed")) {
        continue; // its copies are timed; a replay would run no ops
      }
      ops.begin("test");
      Tensor ints = ops.ints(new int[] {1, 0});
      seen.clear();
      List<Object> expected = new ArrayList<>(List.of(method.getName()));
      Object[] arguments =
          Arrays.stream(method.getParameterTypes()).map(type -> value(type, ints)).toArray();
      expected.addAll(Arrays.asList(arguments));
      Object result = method.invoke(ops, arguments);
      assertThat(seen).as(method.getName()).isEqualTo(expected);
      assertThat(result).as(method.getName()).isEqualTo(value(method.getReturnType(), ANY));
    }
  }

  @Test
  void opsAreNamedByPhaseStageAndOp() {
    FakeClock clock = new FakeClock();
    try (NativeOps device = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ProfilingOps ops = new ProfilingOps(device, clock);
      ops.begin("decode");
      ops.stage("language.layers.3");
      Tensor x = ops.scratch(DType.F32, 2, 8);
      ops.gelu(x);
      ops.stage("output");
      ops.addInPlace(x, x);
      TimedStep step = ops.end();
      assertThat(clock.ranges)
          .containsExactly("decode.language.layers.3.gelu", "decode.output.add");
      assertThat(clock.open).isZero();
      assertThat(step.ops())
          .containsExactly(
              // marks: begin, two of gelu, two of add
              new TimedOp("gelu", "language.layers.3", "F32[2, 8]", new OpCost(128, 80), 1, 1),
              new TimedOp("add", "output", "F32[2, 8] F32[2, 8]", new OpCost(192, 16), 3, 1));
    }
  }

  @Test
  void aRefusedOpLeavesNoRangeOpen() {
    FakeClock clock = new FakeClock();
    try (NativeOps device = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ProfilingOps ops = new ProfilingOps(device, clock);
      ops.begin("decode");
      Tensor x = ops.scratch(DType.F32, 2, 8);
      Tensor y = ops.scratch(DType.F32, 2, 9);
      assertThatThrownBy(() -> ops.addInPlace(x, y)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ops.rmsNorm(x, y, 1)).isInstanceOf(IllegalArgumentException.class);
      assertThat(clock.open).isZero();
      assertThat(ops.end().ops()).isEmpty();
    }
  }

  @Test
  void aStepMayHaveMoreOpsThanThereAreMarks() {
    int calls = WorkClock.MARKS / 2 + 100;
    try (NativeOps device = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ProfilingOps ops = new ProfilingOps(device, device.clock());
      ops.begin("decode");
      Tensor x = ops.scratch(DType.F32, 1, 8);
      for (int i = 0; i < calls; i++) {
        ops.addInPlace(x, x);
      }
      TimedStep step = ops.end();
      assertThat(step.ops()).hasSize(calls);
      double end = 0;
      for (TimedOp op : step.ops()) {
        assertThat(op.begin()).isGreaterThanOrEqualTo(end - 1e-6); // doubles of a large clock
        assertThat(op.milliseconds()).isGreaterThanOrEqualTo(0);
        end = op.begin() + op.milliseconds();
      }
      assertThat(end).isLessThanOrEqualTo(step.milliseconds());
    }
  }

  @Test
  void theDevicesClockMeasuresTheOps() {
    try (NativeOps device = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ProfilingOps ops = new ProfilingOps(device, device.clock());
      ops.begin("test");
      Tensor large = ops.scratch(DType.F32, 2048, 1024);
      ops.addInPlace(large, large); // touches its pages
      ops.addInPlace(large, large);
      ByteBuffer host =
          ByteBuffer.allocateDirect((int) large.bytes()).order(ByteOrder.nativeOrder());
      ops.memory().upload(host, large);
      ops.memory().download(large, host);
      TimedStep step = ops.end();
      assertThat(step.ops())
          .extracting(TimedOp::op)
          .containsExactly("add", "add", "upload", "download");
      // no memory moves 8 MiB within 10 microseconds
      assertThat(step.ops()).allSatisfy(op -> assertThat(op.milliseconds()).isGreaterThan(0.01));
      assertThat(step.ops()).allSatisfy(op -> assertThat(op.cost().bytes()).isPositive());
    }
  }

  @Test
  void attentionNeedsIndicesThatTheHostKnows() {
    try (NativeOps device = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ProfilingOps ops = new ProfilingOps(device, device.clock());
      ops.begin("test");
      Tensor indices = device.ints(new int[] {0});
      Tensor q = ops.scratch(DType.F32, 1, 2, 8);
      Tensor pages = ops.scratch(DType.F32, 1, 2, 64, 8);
      CacheRows rows = new CacheRows(indices, indices, indices, indices, indices.reshape(1, 1));
      assertThatThrownBy(() -> ops.pagedAttention(q, pages, pages, rows, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ints()");
    }
  }
}
