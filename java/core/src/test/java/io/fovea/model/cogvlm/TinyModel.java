package io.fovea.model.cogvlm;

import static java.util.Objects.requireNonNull;

import io.fovea.ProgressListener;
import io.fovea.engine.TestDevice;
import io.fovea.family.CogVlmDescription;
import io.fovea.family.Families;
import io.fovea.model.ImageFeatures;
import io.fovea.nativeops.NativeOps;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import io.fovea.weights.Checkpoint;
import io.fovea.weights.CheckpointFiles;
import io.fovea.weights.StoredShapes;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** A checkpoint of goldens/traces, loaded on the device under test. */
record TinyModel(Path directory, NativeOps ops, CogVlmConfig config, DType dtype, CogVlmModel model)
    implements AutoCloseable {

  private static final int CONTEXT = 64; // tokens
  private static final int PICTURE_BYTES = 40 * 30 * 3;

  static TinyModel open(String checkpoint, DType dtype) {
    URL cases = TinyModel.class.getResource("/goldens/traces/cases.json");
    Path directory =
        Path.of(Objects.requireNonNull(cases).getPath())
            .resolveSibling(checkpoint)
            .resolve("checkpoint");
    CogVlmConfig config =
        ((CogVlmDescription)
                Families.describe(directory, StoredShapes.of(CheckpointFiles.list(directory))))
            .config();
    NativeOps ops = NativeOps.open(TestDevice.kind(), 0, 2);
    try (Checkpoint weights = Checkpoint.open(directory, ops.memory())) {
      CogVlmModel model =
          CogVlmModel.load(ops, weights, config, dtype, CONTEXT, ProgressListener.none());
      return new TinyModel(directory, ops, config, dtype, model);
    } catch (RuntimeException e) {
      ops.close();
      throw e;
    }
  }

  /** 40 x 30 pixels of noise. */
  byte[] picture(int seed) {
    byte[] rgb = new byte[PICTURE_BYTES];
    new Random(seed).nextBytes(rgb);
    return rgb;
  }

  /** Rows, then keys and values of each decoder layer. */
  List<ByteBuffer> bytes(ImageFeatures features) {
    List<ByteBuffer> all = new ArrayList<>(List.of(bytes(features.rows())));
    for (int i = 0; config.cross() != null && i < config.numHiddenLayers(); i++) {
      all.add(bytes(requireNonNull(features.context()).keysValues(i)));
    }
    return all;
  }

  /** A contiguous tensor's memory. */
  ByteBuffer bytes(Tensor tensor) {
    ByteBuffer buffer = direct(Math.toIntExact(tensor.bytes()));
    ops.memory().download(tensor, buffer);
    return buffer;
  }

  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    ops.close();
  }
}
