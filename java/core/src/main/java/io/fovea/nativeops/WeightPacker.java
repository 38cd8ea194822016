package io.fovea.nativeops;

import io.fovea.binding.fovea;
import io.fovea.ops.Products;
import io.fovea.ops.Quantization;
import io.fovea.ops.StoredWeights;
import io.fovea.tensor.DType;
import io.fovea.tensor.Descriptors;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Layout;
import io.fovea.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Puts weights into the backend's order; they live as long as the context's memory. */
final class WeightPacker {
  private final long context;
  private final NativeMemory memory;
  private final DeviceKind device;
  private final Products products;
  private final Descriptors descriptors = new Descriptors(Native::addressOf, 1024);

  WeightPacker(long context, NativeMemory memory, DeviceKind device, Products products) {
    this.context = context;
    this.memory = memory;
    this.device = device;
    this.products = products;
  }

  /** Packed [N, K], or [2N, K] with {@code second}; see {@link io.fovea.ops.Ops#pack}. */
  Tensor pack(StoredWeights first, @Nullable StoredWeights second, DType dtype) {
    if (second != null) {
      first.requireLike(second);
    }
    Quantization quantization = first.quantization();
    return quantization == null
        ? packPlain(first.values(), second == null ? null : second.values(), dtype)
        : packQuantized(first, second, quantization);
  }

  private Tensor packPlain(Tensor first, @Nullable Tensor second, DType dtype) {
    long outputs = (second == null ? 1 : 2) * first.size(0);
    long inputs = first.size(1);
    long address = allocate(fovea.fov_packed_bytes(context, dtype.code(), outputs, inputs));
    Tensor packed = Tensor.packed(descriptors, address, dtype, device, outputs, inputs);
    Native.check(
        fovea.fov_pack_weights(
            context, first.descriptor(), Native.descriptor(second), packed.descriptor()));
    return packed;
  }

  private Tensor packQuantized(
      StoredWeights first, @Nullable StoredWeights second, Quantization quantization) {
    DType dtype = quantization.dtype();
    DType scaleDtype = quantization.scales().dtype();
    long outputs = (second == null ? 1 : 2) * first.outputs();
    long inputs = first.inputs();
    long group = quantization.group();
    long address =
        allocate(
            fovea.fov_packed_quantized_bytes(
                context, dtype.code(), scaleDtype.code(), outputs, inputs, group));
    Layout layout =
        products == Products.INT8 && dtype != DType.F8 ? Layout.PACKED_INT8 : Layout.PACKED;
    Tensor packed =
        Tensor.packedQuantized(
            descriptors, address, dtype, device, layout, outputs, inputs, group, scaleDtype);
    Native.check(
        fovea.fov_pack_quantized(
            context,
            first.values().descriptor(),
            quantization.scales().descriptor(),
            Native.descriptor(second == null ? null : second.values()),
            Native.descriptor(scales(second)),
            packed.descriptor()));
    return packed;
  }

  private static @Nullable Tensor scales(@Nullable StoredWeights weights) {
    Quantization quantization = weights == null ? null : weights.quantization();
    return quantization == null ? null : quantization.scales();
  }

  /** Room for packed weights; {@code bytes} as the native call gave them, negative if it failed. */
  private long allocate(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(fovea.fov_last_error().getString());
    }
    return memory.allocateBytes(bytes, DType.U8, bytes).address();
  }
}
