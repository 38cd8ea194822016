package io.fovea.model.cogvlm;

import io.fovea.model.Trace;
import io.fovea.model.eva02.Eva02Encoder;
import io.fovea.model.evaclip.EvaClipEncoder;
import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * A picture on its way to {@link ImageFeatures}, cut into slices of about a layer each, so that
 * other work gets its turn between them. A slice's scratch ends with it; the residual stream of the
 * tower that is running stays in memory of its own, and is freed once the tower is through. Used by
 * one thread at a time, the one that uses the ops.
 */
public final class ImageEncoding implements AutoCloseable {
  /** Packed row-major RGB. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Pixels(byte[] rgb, int width, int height) {}

  /** What outlives a slice. */
  private enum Kept {
    TOKENS, // [1 + N, Dv], residual stream of the encoder
    CROSS_PATCHES, // [U, 3*P*P], of CogAgent's second encoder, whose turn comes later
    CROSS_TOKENS, // [1 + U, Du], its residual stream
    ROWS // [n + 2, D], the result
  }

  private final Ops ops;
  private final CogVlmConfig config;
  private final CogVlmVision vision;
  private final DType dtype;
  private final Trace trace;
  private final Queue<Runnable> left = new ArrayDeque<>();
  private final int slices;
  private final Map<Kept, DeviceMemory.Allocation> kept = new EnumMap<>(Kept.class);
  private final List<DeviceMemory.Allocation> crossKeysValues = new ArrayList<>();
  private int done;

  ImageEncoding(
      Ops ops,
      CogVlmConfig config,
      CogVlmVision vision,
      List<CogVlmDecoderLayer> layers,
      Pixels pixels,
      Trace trace) {
    this.ops = ops;
    this.config = config;
    this.vision = vision;
    this.dtype = vision.encoder().dtype();
    this.trace = trace;
    planEncoder(pixels, vision.encoder());
    if (vision.crossEncoder() != null) {
      planCrossEncoder(vision.crossEncoder(), layers);
    }
    this.slices = left.size();
  }

  /** Embedding, layers, adapter. */
  private void planEncoder(Pixels pixels, EvaClipEncoder encoder) {
    left.add(() -> embed(pixels, encoder));
    for (int i = 0; i < encoder.layers().size(); i++) {
      int index = i;
      left.add(() -> encoder.layer(ops, index, tensor(Kept.TOKENS), trace));
    }
    left.add(this::adapt);
  }

  /**
   * CogAgent's second encoder: embedding, blocks, positions; then what each decoder layer keeps.
   */
  private void planCrossEncoder(Eva02Encoder encoder, List<CogVlmDecoderLayer> layers) {
    left.add(() -> embedCross(encoder));
    for (int i = 0; i < encoder.blocks().size(); i++) {
      int index = i;
      left.add(() -> encoder.block(ops, index, tensor(Kept.CROSS_TOKENS), trace));
    }
    left.add(() -> encoder.addPositions(ops, tensor(Kept.CROSS_TOKENS), trace));
    for (CogVlmDecoderLayer layer : layers) {
      left.add(() -> keepKeysValues(encoder, layer));
    }
  }

  /** Both encoders' patches, so that the pixels are needed no more; tokens of the first. */
  private void embed(Pixels pixels, EvaClipEncoder encoder) {
    Tensor rgb = ops.pixels(pixels.rgb(), pixels.width(), pixels.height());
    Tensor x = keep(Kept.TOKENS, 1L + config.vision().patches(), config.vision().hiddenSize());
    encoder.embed(ops, encoder.patches(ops, rgb), x, trace);
    if (vision.crossEncoder() != null) {
      Tensor patches = vision.crossPatches(ops, rgb, vision.crossEncoder());
      ops.convertInto(patches, keep(Kept.CROSS_PATCHES, patches.shape()));
    }
  }

  private void adapt() {
    Tensor rows = keep(Kept.ROWS, config.imageTokens(), config.hiddenSize());
    vision.adapt(ops, tensor(Kept.TOKENS), rows, trace);
    free(Kept.TOKENS);
  }

  private void embedCross(Eva02Encoder encoder) {
    long tokens = 1L + encoder.config().patches();
    Tensor x = keep(Kept.CROSS_TOKENS, tokens, encoder.config().hiddenSize());
    encoder.embed(ops, tensor(Kept.CROSS_PATCHES), x, trace);
    free(Kept.CROSS_PATCHES);
  }

  private void keepKeysValues(Eva02Encoder encoder, CogVlmDecoderLayer layer) {
    Tensor features = encoder.features(tensor(Kept.CROSS_TOKENS)); // [U, Du]
    crossKeysValues.add(layer.crossKeysValues(ops, features));
    if (left.isEmpty()) {
      free(Kept.CROSS_TOKENS);
    }
  }

  private Tensor keep(Kept name, long... shape) {
    DeviceMemory.Allocation allocation = ops.memory().allocate(dtype, shape);
    kept.put(name, allocation);
    return allocation.tensor();
  }

  private Tensor tensor(Kept name) {
    DeviceMemory.Allocation allocation = kept.get(name);
    if (allocation == null) {
      throw new IllegalStateException(name + " is not there in slice " + done);
    }
    return allocation.tensor();
  }

  private void free(Kept name) {
    DeviceMemory.Allocation allocation = kept.remove(name);
    if (allocation != null) {
      allocation.close();
    }
  }

  /** How many slices the picture takes; the same for every picture of a model. */
  public int slices() {
    return slices;
  }

  /** How many of them have run. */
  public int done() {
    return done;
  }

  /**
   * Runs the next slice, in a frame of its own. One that fails closes the encoding.
   *
   * @return whether any are left
   * @throws io.fovea.DeviceMemoryException where the device has no memory left for it
   * @throws IllegalStateException where none is left, or after {@link #close}
   */
  public boolean advance() {
    Runnable slice = left.poll();
    if (slice == null) {
      throw new IllegalStateException(
          "the encoding has ended: " + done + " of " + slices + " slices have run");
    }
    try {
      ops.frame(slice);
    } catch (RuntimeException | Error e) {
      closeAfter(e);
      throw e;
    }
    done++;
    return !left.isEmpty();
  }

  /**
   * The picture's features, once.
   *
   * @return owned by the caller
   * @throws IllegalStateException where slices are left, after {@link #close}, or the second time
   */
  public ImageFeatures result() {
    DeviceMemory.Allocation rows = done == slices ? kept.remove(Kept.ROWS) : null;
    if (rows == null) {
      throw new IllegalStateException(
          "no features to give: " + done + " of " + slices + " slices have run");
    }
    ImageFeatures features = new ImageFeatures(rows, crossKeysValues);
    crossKeysValues.clear();
    return features;
  }

  /** Ends it after any slice and frees what is not handed out; closing twice is harmless. */
  @Override
  public void close() {
    left.clear();
    List<DeviceMemory.Allocation> all = new ArrayList<>(kept.values());
    all.addAll(crossKeysValues);
    kept.clear();
    crossKeysValues.clear();
    all.forEach(DeviceMemory.Allocation::close);
  }

  /** A device that failed may fail once more here. */
  private void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
