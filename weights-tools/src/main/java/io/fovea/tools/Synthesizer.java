package io.fovea.tools;

import io.fovea.ProgressListener;
import io.fovea.tools.output.OutputOptions;
import io.fovea.tools.synthetic.SyntheticModel;
import io.fovea.tools.synthetic.SyntheticSource;

/**
 * Writes random checkpoints, in any format and without an intermediate copy. Weights are normally
 * distributed so that activations stay of order one; equal models and seeds give equal values.
 */
public final class Synthesizer {
  private Synthesizer() {}

  /**
   * Writes a random model with a tokenizer that knows bytes or letters only.
   *
   * @param progress told bytes of tensors written, from several threads
   * @throws io.fovea.ModelLoadException where sizes do not fit each other
   * @throws io.fovea.ModelWriteException where the output cannot be written
   */
  public static Conversion synthesize(
      SyntheticModel model,
      long seed,
      Formats formats,
      OutputOptions options,
      ProgressListener progress) {
    try (SyntheticSource source = SyntheticSource.of(model, seed)) {
      String inputs = "random seed " + seed + "\n" + model.config();
      return Converter.convert(source, source.layout(), inputs, formats, options, progress);
    }
  }
}
