package io.fovea.tensor;

import java.util.Arrays;

/**
 * A view of device memory: address, dtype, shape and strides (in elements). It never owns the
 * memory; whoever allocated it frees it. Its native descriptor is written when it is made.
 */
public final class Tensor {
  /** Most axes a tensor can have ({@code FOV_MAX_RANK}). */
  public static final int MAX_RANK = 4;

  private final Descriptors descriptors;
  private final long address;
  private final DType dtype;
  private final DeviceKind device;
  private final Layout layout;
  private final long[] shape;
  private final long[] stride;
  private final long descriptor;

  private Tensor(
      Descriptors descriptors,
      long address,
      DType dtype,
      DeviceKind device,
      Layout layout,
      long[] shape,
      long[] stride) {
    this.descriptors = descriptors;
    this.address = address;
    this.dtype = dtype;
    this.device = device;
    this.layout = layout;
    this.shape = shape;
    this.stride = stride;
    this.descriptor = descriptors.write(address, dtype, device, layout, shape, stride);
  }

  /** A contiguous row-major tensor at {@code address}. */
  public static Tensor contiguous(
      Descriptors descriptors, long address, DType dtype, DeviceKind device, long... shape) {
    long[] stride = rowMajor(shape);
    return new Tensor(descriptors, address, dtype, device, Layout.STRIDED, shape.clone(), stride);
  }

  /** Weights of shape {@code [rows, columns]} in the backend's packed order. */
  public static Tensor packed(
      Descriptors descriptors,
      long address,
      DType dtype,
      DeviceKind device,
      long rows,
      long columns) {
    long[] shape = {rows, columns};
    return new Tensor(descriptors, address, dtype, device, Layout.PACKED, shape, rowMajor(shape));
  }

  /**
   * Quantised weights of shape {@code [rows, columns]} in the backend's packed order.
   *
   * @param layout {@link Layout#PACKED} or {@link Layout#PACKED_INT8}
   * @param group columns that share a scale
   * @param scaleDtype of the scales packed with them
   */
  public static Tensor packedQuantized(
      Descriptors descriptors,
      long address,
      DType dtype,
      DeviceKind device,
      Layout layout,
      long rows,
      long columns,
      long group,
      DType scaleDtype) {
    // A packed tensor has no strides; the descriptor keeps these two in their place.
    long[] stride = {group, scaleDtype.code()};
    return new Tensor(
        descriptors, address, dtype, device, layout, new long[] {rows, columns}, stride);
  }

  private static long[] rowMajor(long[] shape) {
    if (shape.length < 1 || shape.length > MAX_RANK) {
      throw new IllegalArgumentException("rank " + shape.length + " is outside 1.." + MAX_RANK);
    }
    long[] stride = new long[shape.length];
    long elements = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      stride[axis] = elements;
      elements = Math.multiplyExact(elements, shape[axis]);
    }
    return stride;
  }

  /** Rows {@code [from, to)} of the first axis. */
  public Tensor rows(long from, long to) {
    requireStrided();
    checkRange(from, to, shape[0]);
    long[] s = shape.clone();
    s[0] = to - from;
    return view(from * stride[0], s, stride);
  }

  /** Columns {@code [from, to)} of a matrix. */
  public Tensor columns(long from, long to) {
    requireStrided();
    checkRank(2);
    checkRange(from, to, shape[1]);
    return view(from * stride[1], new long[] {shape[0], to - from}, stride);
  }

  /** A matrix {@code [R, heads*K]} seen as {@code [R, heads, K]}. */
  public Tensor heads(long heads) {
    requireStrided();
    checkRank(2);
    if (heads < 1 || shape[1] % heads != 0) {
      throw new IllegalArgumentException(this + " has no " + heads + " equal heads");
    }
    long size = shape[1] / heads;
    return view(
        0, new long[] {shape[0], heads, size}, new long[] {stride[0], size * stride[1], stride[1]});
  }

  /** The same elements with two axes exchanged. Most ops want the last axis contiguous. */
  public Tensor swapAxes(int a, int b) {
    requireStrided();
    long[] s = shape.clone();
    long[] t = stride.clone();
    s[a] = shape[b];
    s[b] = shape[a];
    t[a] = stride[b];
    t[b] = stride[a];
    return view(0, s, t);
  }

  /** A contiguous tensor in another shape of as many elements. */
  public Tensor reshape(long... newShape) {
    requireStrided();
    if (!isContiguous() || elements(newShape) != elements()) {
      throw new IllegalArgumentException(this + " cannot be seen as " + Arrays.toString(newShape));
    }
    return view(0, newShape.clone(), rowMajor(newShape));
  }

  private Tensor view(long offset, long[] newShape, long[] newStride) {
    return new Tensor(
        descriptors, address + offset * dtype.bytes(), dtype, device, layout, newShape, newStride);
  }

  /** Address of the native descriptor ({@code const fov_tensor*}). */
  public long descriptor() {
    return descriptor;
  }

  /** Address of the first element, on the tensor's device. */
  public long address() {
    return address;
  }

  public DType dtype() {
    return dtype;
  }

  public DeviceKind device() {
    return device;
  }

  public Layout layout() {
    return layout;
  }

  public int rank() {
    return shape.length;
  }

  /** Length of one axis. */
  public long size(int axis) {
    return shape[axis];
  }

  /** A copy of the shape. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    return elements(shape);
  }

  /**
   * Bytes of the elements, without gaps; with packed quantised weights also of their scales, but
   * not of what the backend's order adds.
   */
  public long bytes() {
    return elements() * dtype.bits() / 8 + scaleBytes();
  }

  /** Bytes of the scales of packed quantised weights, else 0. */
  private long scaleBytes() {
    boolean quantized = dtype == DType.I8 || dtype == DType.I4 || dtype == DType.F8;
    if (layout == Layout.STRIDED || !quantized) {
      return 0;
    }
    return elements() / stride[0] * DType.ofCode((int) stride[1]).bytes();
  }

  /** Whether elements lie row-major without gaps. */
  public boolean isContiguous() {
    return layout == Layout.STRIDED && (elements() == 0 || Arrays.equals(stride, rowMajor(shape)));
  }

  private static long elements(long[] shape) {
    long n = 1;
    for (long size : shape) {
      n = Math.multiplyExact(n, size);
    }
    return n;
  }

  private void requireStrided() {
    if (layout != Layout.STRIDED) {
      throw new IllegalArgumentException(this + " is packed: it has no views");
    }
  }

  private void checkRank(int rank) {
    if (shape.length != rank) {
      throw new IllegalArgumentException(this + " is not of rank " + rank);
    }
  }

  private void checkRange(long from, long to, long size) {
    if (from < 0 || to < from || to > size) {
      throw new IndexOutOfBoundsException("[" + from + ", " + to + ") of " + this);
    }
  }

  @Override
  public String toString() {
    return dtype + Arrays.toString(shape) + " on " + device;
  }
}
