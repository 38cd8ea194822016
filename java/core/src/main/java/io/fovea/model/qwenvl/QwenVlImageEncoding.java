package io.fovea.model.qwenvl;

import io.fovea.model.ImageFeatures;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.Trace;
import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;

/** The encoder, a block a slice, then the resampler. */
final class QwenVlImageEncoding extends SlicedEncoding<QwenVlImageEncoding.Kept, ImageFeatures> {
  /** What outlives a slice. */
  enum Kept {
    TOKENS, // [N, Dv], residual stream of the encoder
    ROWS // [Q, D], the result
  }

  private final Ops ops;
  private final VisualEncoder encoder;
  private final Resampler resampler;
  private final Trace trace;

  QwenVlImageEncoding(
      Ops ops, VisualEncoder encoder, Resampler resampler, Pixels pixels, Trace trace) {
    super(ops, encoder.dtype(), Kept.class);
    this.ops = ops;
    this.encoder = encoder;
    this.resampler = resampler;
    this.trace = trace;
    add(() -> embed(pixels));
    for (int i = 0; i < encoder.blocks().size(); i++) {
      int index = i;
      add(() -> encoder.block(ops, index, tensor(Kept.TOKENS), trace));
    }
    add(this::resample);
  }

  private void embed(Pixels pixels) {
    Tensor rgb = ops.pixels(pixels.rgb(), pixels.width(), pixels.height());
    Tensor x = keep(Kept.TOKENS, encoder.sizes().patches(), encoder.sizes().width());
    encoder.embed(ops, rgb, x, trace);
  }

  private void resample() {
    QwenVlVision sizes = encoder.sizes();
    Tensor rows = keep(Kept.ROWS, sizes.queries(), sizes.outputDim());
    resampler.forward(ops, tensor(Kept.TOKENS), rows, trace);
    free(Kept.TOKENS);
  }

  @Override
  protected ImageFeatures made() {
    return new ImageFeatures(take(Kept.ROWS), /* context= */ null);
  }
}
