package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;

/**
 * A model that is loaded: a picture to rows of features, and rows of several sequences to logits.
 * Its weights belong to the device's memory. One thread at a time, the one that uses the ops.
 */
public interface VisionLanguageModel {
  /** What it takes and holds. */
  ModelSizes sizes();

  /** Dtype of activations and cache. */
  DType dtype();

  /** Decides what each token of a whole prompt is: weights, picture, position. */
  Prompt plan(PromptTokens tokens);

  /**
   * Begins to encode a picture, in slices between which other work may use {@code ops}. Nothing is
   * computed or allocated yet.
   *
   * @param rgb packed row-major pixels, 3 bytes each; unchanged until the first slice has run,
   *     which lets go of them
   * @return owned by the caller
   */
  ImageEncoding beginEncoding(Ops ops, byte[] rgb, int width, int height, Trace trace);

  /**
   * As {@link #beginEncoding}, all slices at once.
   *
   * @return owned by the caller
   */
  default ImageFeatures encode(Ops ops, byte[] rgb, int width, int height, Trace trace) {
    try (ImageEncoding encoding = beginEncoding(ops, rgb, width, height, trace)) {
      boolean more = true;
      while (more) {
        more = encoding.advance();
      }
      return encoding.result();
    }
  }

  /**
   * One forward step; keys and values of its rows are appended to {@code cache}.
   *
   * @return logits [plan.logitRows, V] f32, scratch of the caller's frame
   */
  Tensor forward(Ops ops, StepPlan plan, KvCache cache, Trace trace);

  /** A cache of {@code pages} pages for this model. */
  default KvCache newCache(DeviceMemory memory, int pages) {
    ModelSizes sizes = sizes();
    return new KvCache(
        memory, sizes.layers(), pages, sizes.keyValueHeads(), sizes.headSize(), dtype());
  }
}
