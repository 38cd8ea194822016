package io.fovea.model;

import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;

/** How CLIP and all that grew out of it normalise pixels (openai/CLIP preprocessing). */
public final class ClipPixels {
  /** Channel means, then standard deviations. */
  @SuppressWarnings("FloatingPointLiteralPrecision") // the digits as published
  private static final float[] MEAN_STD = {
    0.48145466f, 0.4578275f, 0.40821073f, 0.26862954f, 0.26130258f, 0.27577711f
  };

  private ClipPixels() {}

  /** Means of red, green, blue, then standard deviations: [6], kept on the device. */
  public static Tensor meanStd(Ops ops) {
    return FloatTensors.allocate(ops, MEAN_STD, MEAN_STD.length).tensor();
  }
}
