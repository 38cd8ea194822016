package io.fovea.tools.synthetic;

import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import java.util.List;
import java.util.Map;

/** A random model that needs no files: its values follow from sizes and a seed. */
public final class SyntheticSource implements SourceCheckpoint {
  private final SyntheticModel model;
  private final long seed;
  private final ModelLayout layout;
  private final Map<String, byte[]> companions;

  private SyntheticSource(SyntheticModel model, long seed) {
    this.model = model;
    this.seed = seed;
    this.companions = model.companions();
    this.layout = model.layout();
  }

  /**
   * A model of those sizes.
   *
   * @throws io.fovea.ModelLoadException where sizes do not fit each other; it names the key of
   *     config.json
   * @throws io.fovea.InvalidRequestException where the vocabulary is too small
   */
  public static SyntheticSource of(SyntheticModel model, long seed) {
    return new SyntheticSource(model, seed);
  }

  /** Its tensors. */
  public ModelLayout layout() {
    return layout;
  }

  @Override
  public String format() {
    return "random";
  }

  @Override
  public String config() {
    return model.config();
  }

  @Override
  public List<SourceTensor> tensors() {
    return layout.tensors().stream().filter(model::has).map(this::tensor).toList();
  }

  private SourceTensor tensor(TensorSpec spec) {
    return spec.kind() == Kind.BUFFER
        ? model.constant(spec)
        : RandomTensor.of(spec, model.spread(spec), seed);
  }

  @Override
  public Map<String, byte[]> companions() {
    return companions;
  }

  @Override
  public void close() {}
}
