package io.fovea.model.kosmos2;

import io.fovea.model.FloatTensors;
import io.fovea.model.ImageFeatures;
import io.fovea.model.LayerNorm;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.Trace;
import io.fovea.model.clip.ClipEncoder;
import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;

/** CLIP, a layer a slice, then the resampler. */
final class Kosmos2ImageEncoding extends SlicedEncoding<Kosmos2ImageEncoding.Kept, ImageFeatures> {
  /** What outlives a slice. */
  enum Kept {
    TOKENS, // [1 + N, Dv], residual stream of the encoder
    ROWS // [Q, D], the result
  }

  private final Ops ops;
  private final Kosmos2Config config;
  private final ClipEncoder encoder;
  private final LayerNorm postLayernorm;
  private final Resampler resampler;
  private final Trace trace;

  Kosmos2ImageEncoding(
      Ops ops,
      Kosmos2Config config,
      ClipEncoder encoder,
      LayerNorm postLayernorm,
      Resampler resampler,
      Pixels pixels,
      Trace trace) {
    super(ops, encoder.dtype(), Kept.class);
    this.ops = ops;
    this.config = config;
    this.encoder = encoder;
    this.postLayernorm = postLayernorm;
    this.resampler = resampler;
    this.trace = trace;
    add(() -> embed(pixels));
    for (int i = 0; i < encoder.layers().size(); i++) {
      int index = i;
      add(() -> encoder.layer(ops, index, tensor(Kept.TOKENS), trace));
    }
    add(this::resample);
  }

  private void embed(Pixels pixels) {
    Tensor rgb = ops.pixels(pixels.rgb(), pixels.width(), pixels.height());
    Tensor x = keep(Kept.TOKENS, 1L + config.vision().patches(), config.vision().hiddenSize());
    encoder.embed(ops, encoder.patches(ops, rgb, Ops.Fit.STRETCH), x, trace);
  }

  /** Rows are scaled as words are: the published model scales them after they took their places. */
  private void resample() {
    Tensor features = postLayernorm.forward(ops, tensor(Kept.TOKENS)); // class token included
    Tensor rows = ops.scratch(encoder.dtype(), config.latentQueryNum(), config.embedDim());
    resampler.forward(ops, features, rows, trace);
    Tensor scaled = keep(Kept.ROWS, config.latentQueryNum(), config.embedDim());
    FloatTensors.scale(ops, rows, config.embedScale(), scaled);
    free(Kept.TOKENS);
  }

  @Override
  protected ImageFeatures made() {
    return new ImageFeatures(take(Kept.ROWS), /* context= */ null);
  }
}
