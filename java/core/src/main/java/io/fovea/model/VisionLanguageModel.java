package io.fovea.model;

import io.fovea.ops.DeviceMemory;
import io.fovea.ops.Ops;
import io.fovea.tensor.DType;
import io.fovea.tensor.Tensor;
import java.util.List;

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
  Encoding<ImageFeatures> beginEncoding(Ops ops, byte[] rgb, int width, int height, Trace trace);

  /**
   * As {@link #beginEncoding}, all slices at once.
   *
   * @return owned by the caller
   */
  default ImageFeatures encode(Ops ops, byte[] rgb, int width, int height, Trace trace) {
    return beginEncoding(ops, rgb, width, height, trace).complete();
  }

  /**
   * Begins to read a prompt's source with the model's encoder, in slices. Nothing is computed or
   * allocated yet.
   *
   * @param source of a prompt of this model, with at least one token
   * @param pictures of the source, in the order of their numbers; stay open until the result is
   *     there
   * @return owned by the caller
   * @throws UnsupportedOperationException by a model of a decoder alone, whose prompts have none
   */
  default Encoding<CrossContext> beginSource(
      Ops ops, PromptTokens source, List<ImageFeatures> pictures, Trace trace) {
    throw new UnsupportedOperationException("this model has no encoder of sources");
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
