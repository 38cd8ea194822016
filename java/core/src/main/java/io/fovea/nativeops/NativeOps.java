package io.fovea.nativeops;

import static io.fovea.binding.fovea.FOV_EPILOGUE_GELU_ERF;
import static io.fovea.binding.fovea.FOV_EPILOGUE_NONE;
import static io.fovea.binding.fovea.FOV_EPILOGUE_QUICK_GELU;
import static io.fovea.binding.fovea.FOV_EPILOGUE_RELU;
import static io.fovea.binding.fovea.FOV_EPILOGUE_RESIDUAL;
import static io.fovea.binding.fovea.FOV_EPILOGUE_RESIDUAL_RELU;
import static io.fovea.binding.fovea.FOV_EPILOGUE_SWIGLU;
import static io.fovea.binding.fovea.FOV_FIT_STRETCH;
import static io.fovea.binding.fovea.FOV_FIT_WHITE;

import io.fovea.binding.fovea;
import io.fovea.ops.CacheRows;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.ExpertPair;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.ops.Products;
import io.fovea.ops.RotaryTable;
import io.fovea.ops.SampleRequest;
import io.fovea.ops.Samples;
import io.fovea.ops.StoredWeights;
import io.fovea.ops.Windows;
import io.fovea.ops.WorkClock;
import io.fovea.tensor.DType;
import io.fovea.tensor.DeviceKind;
import io.fovea.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The ops of one native context. Every method is one native call; shapes are checked there, once.
 * Used by one thread at a time; after {@link #close} every call is an {@link
 * IllegalStateException}.
 */
public final class NativeOps implements Ops, AutoCloseable {
  /** Staging memory up to here grows by doubling. */
  private static final long LARGE_STAGING = 16 << 20;

  private final long handle;
  private final DeviceKind device;
  private final WorkClock clock;
  private final NativeMemory memory;
  private final WeightPacker packer;
  private final ScratchArena arena;
  private final @Nullable Recordings recordings;
  private ByteBuffer staging = direct(1 << 12);
  private boolean closed;

  private NativeOps(long handle, DeviceKind device, Products products) {
    this.handle = handle;
    this.device = device;
    this.clock = new NativeClock(this::context, device);
    this.memory = new NativeMemory(handle, device);
    this.packer = new WeightPacker(handle, memory, device, products);
    this.arena = new ScratchArena(memory, device);
    this.recordings = device == DeviceKind.CPU ? null : new Recordings(handle);
  }

  /** {@link #open(DeviceKind, int, int, Products)} with products of floats. */
  public static NativeOps open(DeviceKind device, int ordinal, int threads) {
    return open(device, ordinal, threads, Products.FLOAT);
  }

  /**
   * Opens a device.
   *
   * @param threads CPU worker threads, the caller's included; 0 takes all processors; a GPU has
   *     none
   * @param products how quantised weights that are packed here are multiplied
   * @throws io.fovea.DeviceUnavailableException where there is no such device
   * @throws io.fovea.NativeLibraryException where the library cannot be loaded
   */
  public static NativeOps open(DeviceKind device, int ordinal, int threads, Products products) {
    NativeLibrary.load();
    return new NativeOps(
        Native.checkAddress(fovea.fov_context_create(device.code(), ordinal, threads)),
        device,
        products);
  }

  /** Worker threads in use. */
  public int threads() {
    return fovea.fov_context_threads(context());
  }

  /** The device's clock. */
  public WorkClock clock() {
    return clock;
  }

  private long context() {
    if (closed) {
      throw new IllegalStateException("the device has been closed");
    }
    return handle;
  }

  @Override
  public DeviceMemory memory() {
    context();
    return memory;
  }

  @Override
  public void frame(Runnable body) {
    ScratchArena.Mark mark = arena.mark();
    try {
      body.run();
    } finally {
      arena.release(mark);
    }
  }

  @Override
  public void replayed(Object key, Runnable body) {
    context();
    if (recordings == null) {
      body.run();
    } else {
      recordings.run(key, body);
    }
  }

  /** Recordings held; 0 where the device makes none. */
  int recordings() {
    return recordings == null ? 0 : recordings.count();
  }

  @Override
  public Tensor scratch(DType dtype, long... shape) {
    context();
    return arena.tensor(dtype, shape);
  }

  @Override
  public Tensor ints(int[] values) {
    Tensor tensor = scratch(DType.I32, values.length);
    ByteBuffer buffer = staging(4L * values.length);
    buffer.asIntBuffer().put(values);
    memory.upload(buffer, tensor);
    return tensor;
  }

  @Override
  public Tensor pixels(byte[] rgb, int width, int height) {
    Tensor tensor = scratch(DType.U8, height, width, 3);
    ByteBuffer buffer = staging(rgb.length);
    buffer.duplicate().put(rgb);
    memory.upload(buffer, tensor);
    return tensor;
  }

  /** The staging buffer's first {@code bytes}, grown where it is too small. */
  private ByteBuffer staging(long bytes) {
    if (staging.capacity() < bytes) {
      long most = Math.max(bytes, Math.min(LARGE_STAGING, 2L * staging.capacity()));
      staging = direct(0); // so that the old one's memory can serve for the new one
      staging = direct(Math.toIntExact(most));
    }
    return staging.clear().limit((int) bytes);
  }

  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  // ---- loading

  @Override
  public Linear pack(
      StoredWeights first, @Nullable StoredWeights second, @Nullable Tensor bias, DType dtype) {
    context();
    return new Linear(packer.pack(first, second, dtype), bias == null ? null : vector(bias, dtype));
  }

  @Override
  public Tensor vector(Tensor x, DType dtype) {
    Tensor y = keep(DType.F32, x.size(0));
    Tensor source = x.reshape(1, x.size(0));
    Tensor target = y.reshape(1, x.size(0));
    frame(
        () -> {
          Tensor rounded = scratch(dtype, 1, x.size(0));
          convertInto(source, rounded);
          convertInto(rounded, target);
        });
    return y;
  }

  @Override
  public Tensor matrix(Tensor x, DType dtype) {
    Tensor y = keep(dtype, x.shape());
    convertInto(x, y);
    return y;
  }

  private Tensor keep(DType dtype, long... shape) {
    return memory.allocate(dtype, shape).tensor();
  }

  @Override
  public void convertInto(Tensor x, Tensor y) {
    Native.check(fovea.fov_convert(context(), x.descriptor(), y.descriptor()));
  }

  // ---- image

  @Override
  public Tensor imagePatches(
      Tensor rgb, Tensor meanStd, Fit fit, int imageSize, int patchSize, DType dtype) {
    long grid = imageSize / patchSize;
    Tensor resized = scratch(DType.U8, imageSize, imageSize, 3);
    Tensor patches = scratch(dtype, grid * grid, 3L * patchSize * patchSize);
    Native.check(
        fovea.fov_image_patches(
            context(),
            rgb.descriptor(),
            meanStd.descriptor(),
            fit == Fit.WHITE_SQUARE ? FOV_FIT_WHITE : FOV_FIT_STRETCH,
            resized.descriptor(),
            patches.descriptor()));
    return patches;
  }

  // ---- projections

  @Override
  public Tensor linear(Tensor x, Linear weights) {
    return linear(x, weights, FOV_EPILOGUE_NONE, weights.outputs());
  }

  @Override
  public Tensor linearGelu(Tensor x, Linear weights) {
    return linear(x, weights, FOV_EPILOGUE_GELU_ERF, weights.outputs());
  }

  @Override
  public Tensor linearQuickGelu(Tensor x, Linear weights) {
    return linear(x, weights, FOV_EPILOGUE_QUICK_GELU, weights.outputs());
  }

  @Override
  public Tensor linearRelu(Tensor x, Linear weights) {
    return linear(x, weights, FOV_EPILOGUE_RELU, weights.outputs());
  }

  @Override
  public Tensor linearSwiglu(Tensor x, Linear gateUp) {
    return linear(x, gateUp, FOV_EPILOGUE_SWIGLU, gateUp.outputs() / 2);
  }

  @Override
  public void linearResidualInPlace(Tensor y, Tensor x, Linear weights) {
    linear(x, weights, FOV_EPILOGUE_RESIDUAL, y.descriptor(), y);
  }

  @Override
  public void linearResidualReluInPlace(Tensor y, Tensor x, Linear weights) {
    linear(x, weights, FOV_EPILOGUE_RESIDUAL_RELU, y.descriptor(), y);
  }

  @Override
  public void linearInto(Tensor x, Linear weights, Tensor y) {
    linear(x, weights, FOV_EPILOGUE_NONE, Native.NONE, y);
  }

  private Tensor linear(Tensor x, Linear weights, int epilogue, long outputs) {
    Tensor y = scratch(x.dtype(), x.size(0), outputs);
    linear(x, weights, epilogue, Native.NONE, y);
    return y;
  }

  private void linear(Tensor x, Linear weights, int epilogue, long residual, Tensor y) {
    Native.check(
        fovea.fov_linear(
            context(),
            x.descriptor(),
            weights.weights().descriptor(),
            Native.descriptor(weights.bias()),
            epilogue,
            residual,
            y.descriptor()));
  }

  @Override
  public Tensor routedLinear(Tensor x, int visionRows, ExpertPair weights) {
    Tensor y = scratch(x.dtype(), x.size(0), weights.language().outputs());
    routedLinear(x, visionRows, weights, FOV_EPILOGUE_NONE, Native.NONE, y);
    return y;
  }

  @Override
  public Tensor routedSwiglu(Tensor x, int visionRows, ExpertPair gateUp) {
    Tensor y = scratch(x.dtype(), x.size(0), gateUp.language().outputs() / 2);
    routedLinear(x, visionRows, gateUp, FOV_EPILOGUE_SWIGLU, Native.NONE, y);
    return y;
  }

  @Override
  public void routedLinearResidualInPlace(Tensor y, Tensor x, int visionRows, ExpertPair weights) {
    routedLinear(x, visionRows, weights, FOV_EPILOGUE_RESIDUAL, y.descriptor(), y);
  }

  private void routedLinear(
      Tensor x, int visionRows, ExpertPair weights, int epilogue, long residual, Tensor y) {
    Native.check(
        fovea.fov_routed_linear(
            context(),
            x.descriptor(),
            visionRows,
            weights.vision().weights().descriptor(),
            Native.descriptor(weights.vision().bias()),
            weights.language().weights().descriptor(),
            Native.descriptor(weights.language().bias()),
            epilogue,
            residual,
            y.descriptor()));
  }

  // ---- maps of pixels

  @Override
  public Tensor convolution(Tensor x, Windows windows, Linear weights) {
    return convolution(x, windows, weights, FOV_EPILOGUE_NONE);
  }

  @Override
  public Tensor convolutionRelu(Tensor x, Windows windows, Linear weights) {
    return convolution(x, windows, weights, FOV_EPILOGUE_RELU);
  }

  private Tensor convolution(Tensor x, Windows windows, Linear weights, int epilogue) {
    Tensor y = scratch(x.dtype(), windows.outputRows(x.size(0)), weights.outputs());
    Native.check(
        fovea.fov_convolution(
            context(),
            x.descriptor(),
            windows.height(),
            windows.width(),
            windows.windowHeight(),
            windows.windowWidth(),
            windows.stride(),
            windows.padding(),
            weights.weights().descriptor(),
            Native.descriptor(weights.bias()),
            epilogue,
            Native.NONE,
            y.descriptor()));
    return y;
  }

  @Override
  public Tensor maxPool(Tensor x, Windows windows) {
    Tensor y = scratch(x.dtype(), windows.outputRows(x.size(0)), x.size(1));
    Native.check(
        fovea.fov_max_pool(
            context(),
            x.descriptor(),
            windows.height(),
            windows.width(),
            windows.windowHeight(),
            windows.windowWidth(),
            windows.stride(),
            windows.padding(),
            y.descriptor()));
    return y;
  }

  @Override
  public Tensor groupNorm(Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps) {
    return groupNorm(x, pixels, groups, weight, bias, eps, /* relu= */ 0);
  }

  @Override
  public Tensor groupNormRelu(
      Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps) {
    return groupNorm(x, pixels, groups, weight, bias, eps, /* relu= */ 1);
  }

  private Tensor groupNorm(
      Tensor x, int pixels, int groups, Tensor weight, Tensor bias, float eps, int relu) {
    Tensor y = scratch(x.dtype(), x.shape());
    Native.check(
        fovea.fov_group_norm(
            context(),
            x.descriptor(),
            weight.descriptor(),
            bias.descriptor(),
            pixels,
            groups,
            eps,
            relu,
            y.descriptor()));
    return y;
  }

  // ---- norms and activations

  @Override
  public Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
    Tensor y = scratch(x.dtype(), x.shape());
    Native.check(
        fovea.fov_rms_norm(context(), x.descriptor(), weight.descriptor(), eps, y.descriptor()));
    return y;
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, float eps) {
    Tensor y = scratch(x.dtype(), x.shape());
    layerNorm(x, weight, bias, eps, Native.NONE, y);
    return y;
  }

  @Override
  public void layerNormResidualInPlace(Tensor y, Tensor x, Tensor weight, Tensor bias, float eps) {
    layerNorm(x, weight, bias, eps, y.descriptor(), y);
  }

  private void layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, long residual, Tensor y) {
    Native.check(
        fovea.fov_layer_norm(
            context(),
            x.descriptor(),
            weight.descriptor(),
            bias.descriptor(),
            eps,
            residual,
            y.descriptor()));
  }

  @Override
  public Tensor gelu(Tensor x) {
    Tensor y = scratch(x.dtype(), x.shape());
    Native.check(fovea.fov_gelu(context(), x.descriptor(), y.descriptor()));
    return y;
  }

  @Override
  public Tensor scaleColumns(Tensor x, Tensor gain) {
    Tensor y = scratch(x.dtype(), x.shape());
    scaleColumns(x, gain, Native.NONE, y);
    return y;
  }

  @Override
  public void scaleColumnsResidualInPlace(Tensor y, Tensor x, Tensor gain) {
    scaleColumns(x, gain, y.descriptor(), y);
  }

  private void scaleColumns(Tensor x, Tensor gain, long residual, Tensor y) {
    Native.check(
        fovea.fov_scale_columns(
            context(), x.descriptor(), gain.descriptor(), residual, y.descriptor()));
  }

  @Override
  public void addInPlace(Tensor y, Tensor x) {
    Native.check(fovea.fov_add(context(), y.descriptor(), x.descriptor(), y.descriptor()));
  }

  // ---- attention

  @Override
  public void ropeAppendInPlace(
      Tensor qkv,
      RotaryTable rotary,
      CacheRows rows,
      int heads,
      int kvHeads,
      Tensor keyPages,
      Tensor valuePages) {
    Native.check(
        fovea.fov_rope_append(
            context(),
            qkv.descriptor(),
            rotary.cos().descriptor(),
            rotary.sin().descriptor(),
            rows.positions().descriptor(),
            rows.slots().descriptor(),
            heads,
            kvHeads,
            keyPages.descriptor(),
            valuePages.descriptor()));
  }

  @Override
  public void ropePairsInPlace(Tensor x, Tensor cos, Tensor sin) {
    Native.check(
        fovea.fov_rope_pairs(context(), x.descriptor(), cos.descriptor(), sin.descriptor()));
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, float scale) {
    Tensor y = scratch(q.dtype(), q.shape());
    Native.check(
        fovea.fov_attention(
            context(), q.descriptor(), k.descriptor(), v.descriptor(), scale, y.descriptor()));
    return y;
  }

  @Override
  public Tensor pagedAttention(
      Tensor q, Tensor keyPages, Tensor valuePages, CacheRows rows, float scale) {
    Tensor y = scratch(q.dtype(), q.shape());
    Native.check(
        fovea.fov_paged_attention(
            context(),
            q.descriptor(),
            keyPages.descriptor(),
            valuePages.descriptor(),
            rows.pageTable().descriptor(),
            rows.sequences().descriptor(),
            rows.rowSlots().descriptor(),
            scale,
            y.descriptor()));
    return y;
  }

  @Override
  public void copyPagesInPlace(Tensor pages, Tensor source, Tensor target) {
    Native.check(
        fovea.fov_copy_pages(
            context(), pages.descriptor(), source.descriptor(), target.descriptor()));
  }

  // ---- tokens

  @Override
  public boolean samples() {
    return device != DeviceKind.CPU; // there the logits are in host memory anyway
  }

  @Override
  public Samples sample(Tensor logits, SampleRequest request) {
    int rows = Math.toIntExact(logits.size(0));
    long words = (logits.size(1) + 31) / 32;
    int[] tokens = new int[rows];
    float[] logProbabilities = new float[rows];
    frame(
        () -> {
          Tensor chosen = scratch(DType.I32, rows);
          Tensor logarithms = scratch(DType.F32, rows);
          Native.check(
              fovea.fov_sample(
                  context(),
                  logits.descriptor(),
                  Native.descriptor(bits(request.allowed(), rows, words)),
                  Native.descriptor(bits(request.observed(), rows, words)),
                  floats(request.options()).reshape(rows, 4).descriptor(),
                  ints(request.draws()).reshape(rows, 2).descriptor(),
                  chosen.descriptor(),
                  logarithms.descriptor()));
          ByteBuffer buffer = staging(4L * rows);
          memory.download(chosen, buffer);
          buffer.asIntBuffer().get(tokens);
          memory.download(logarithms, buffer);
          buffer.asFloatBuffer().get(logProbabilities);
        });
    return new Samples(tokens, logProbabilities);
  }

  private @Nullable Tensor bits(int @Nullable [] sets, int rows, long words) {
    return sets == null ? null : ints(sets).reshape(rows, words);
  }

  private Tensor floats(float[] values) {
    Tensor tensor = scratch(DType.F32, values.length);
    ByteBuffer buffer = staging(4L * values.length);
    buffer.asFloatBuffer().put(values);
    memory.upload(buffer, tensor);
    return tensor;
  }

  // ---- rows

  @Override
  public void embedRowsInto(Tensor table, Tensor ids, Tensor y) {
    Native.check(
        fovea.fov_embed_rows(context(), table.descriptor(), ids.descriptor(), y.descriptor()));
  }

  @Override
  public void gatherRowsInto(Tensor x, Tensor rows, Tensor y) {
    Native.check(
        fovea.fov_gather_rows(context(), x.descriptor(), rows.descriptor(), y.descriptor()));
  }

  /** Frees all memory and stops the threads; closing twice is harmless. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (recordings != null) {
        recordings.close();
      }
      try {
        memory.closeAll();
      } finally { // a device that failed may refuse to free
        fovea.fov_context_destroy(handle);
      }
    }
  }
}
