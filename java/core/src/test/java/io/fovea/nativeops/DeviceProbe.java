package io.fovea.nativeops;

import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A process of its own: says why there is no CUDA device, then computes on the CPU. */
final class DeviceProbe {
  private DeviceProbe() {}

  public static void main(String[] arguments) {
    System.out.println("cuda: " + NativeDevices.find(DeviceKind.CUDA).absence());
    try (NativeOps ops = NativeOps.open(DeviceKind.CPU, 0, 1)) {
      ByteBuffer host = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
      host.asFloatBuffer().put(new float[] {1.5f, -2});
      Tensor x = ops.scratch(DType.F32, 1, 2);
      ops.memory().upload(host, x);
      ops.addInPlace(x, x);
      ops.memory().download(x, host);
      System.out.println("cpu: " + host.getFloat(0) + " " + host.getFloat(4));
    }
  }
}
