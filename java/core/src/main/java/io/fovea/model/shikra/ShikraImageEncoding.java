package io.fovea.model.shikra;

import io.fovea.model.ImageFeatures;
import io.fovea.model.SlicedEncoding;
import io.fovea.model.Trace;
import io.fovea.model.clip.ClipEncoder;
import io.fovea.ops.Linear;
import io.fovea.ops.Ops;
import io.fovea.tensor.Tensor;

/** CLIP on the picture in a white square, a block a slice, then the projector. */
final class ShikraImageEncoding extends SlicedEncoding<ShikraImageEncoding.Kept, ImageFeatures> {
  /** What outlives a slice. */
  enum Kept {
    TOKENS, // [1 + N, Dv], residual stream of the encoder
    ROWS // [N, D], the result
  }

  private final Ops ops;
  private final ClipEncoder encoder;
  private final Linear projector; // [D, Dv] + [D]
  private final Trace trace;

  ShikraImageEncoding(Ops ops, ClipEncoder encoder, Linear projector, Pixels pixels, Trace trace) {
    super(ops, encoder.dtype(), Kept.class);
    this.ops = ops;
    this.encoder = encoder;
    this.projector = projector;
    this.trace = trace;
    add(() -> embed(pixels));
    for (int i = 0; i < encoder.layers().size(); i++) {
      int index = i;
      add(() -> encoder.layer(ops, index, tensor(Kept.TOKENS), trace));
    }
    add(this::project);
  }

  private void embed(Pixels pixels) {
    Tensor rgb = ops.pixels(pixels.rgb(), pixels.width(), pixels.height());
    Tensor x = keep(Kept.TOKENS, 1L + encoder.config().patches(), encoder.config().hiddenSize());
    encoder.embed(ops, encoder.patches(ops, rgb, Ops.Fit.WHITE_SQUARE), x, trace);
  }

  /** The class token is left out. */
  private void project() {
    long tokens = 1L + encoder.config().patches();
    Tensor rows = keep(Kept.ROWS, tokens - 1, projector.outputs());
    ops.linearInto(tensor(Kept.TOKENS).rows(1, tokens), projector, rows);
    trace.record("vision.output", rows);
    free(Kept.TOKENS);
  }

  @Override
  protected ImageFeatures made() {
    return new ImageFeatures(take(Kept.ROWS), /* context= */ null);
  }
}
