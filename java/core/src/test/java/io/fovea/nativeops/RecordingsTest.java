package io.fovea.nativeops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Work that is recorded once and replayed with other contents. */
@Tag("device")
class RecordingsTest {
  /** The device asked for; the processor records nothing, which is tested too. */
  private static NativeOps open() {
    DeviceKind kind =
        switch (System.getProperty("fovea.test.device", "cpu")) {
          case "cuda" -> DeviceKind.CUDA;
          case "cuda-emulated" -> DeviceKind.CUDA_EMULATED;
          default -> DeviceKind.CPU;
        };
    assumeTrue(NativeDevices.find(kind).obstacle(0) == null, kind + " is absent");
    return NativeOps.open(kind, 0, 1);
  }

  private static void upload(NativeOps ops, Tensor tensor, float value) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(value).put(2 * value);
    ops.memory().upload(buffer, tensor);
  }

  private static float first(NativeOps ops, Tensor tensor) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
    ops.memory().download(tensor, buffer);
    return buffer.getFloat(0);
  }

  @Test
  void eachRunSeesItsOwnContents() {
    try (NativeOps ops = open()) {
      int[] bodies = {0};
      for (int round = 1; round <= 5; round++) {
        float value = round;
        ops.frame(
            () -> {
              Tensor x = ops.scratch(DType.F32, 1, 2);
              Tensor y = ops.scratch(DType.F32, 1, 2);
              upload(ops, x, value);
              upload(ops, y, 100);
              ops.replayed(
                  "x " + x.address() + " y " + y.address(),
                  () -> {
                    bodies[0]++;
                    ops.addInPlace(y, x);
                    ops.addInPlace(y, x);
                  });
              assertThat(first(ops, y)).isEqualTo(100 + 2 * value);
            });
      }
      boolean records = ops.samples(); // as every device but the processor
      assertThat(ops.recordings()).isEqualTo(records ? 1 : 0);
      assertThat(bodies[0]).isEqualTo(records ? 2 : 5);
    }
  }

  @Test
  void aFailureWhileRecordingIsReportedAndEndsTheRecording() {
    try (NativeOps ops = open()) {
      Tensor x = ops.scratch(DType.F32, 1, 2);
      Tensor other = ops.scratch(DType.F32, 1, 3);
      ops.replayed("key", () -> ops.addInPlace(x, x));
      assertThatThrownBy(() -> ops.replayed("key", () -> ops.addInPlace(x, other)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("add");
      upload(ops, x, 1); // refused while a recording is open
      ops.addInPlace(x, x);
      assertThat(first(ops, x)).isEqualTo(2);
    }
  }
}
