package io.fovea.tools.synthetic;

import io.fovea.tools.layout.Kind;
import io.fovea.tools.layout.ModelLayout;
import io.fovea.tools.layout.ModelSizes;
import io.fovea.tools.layout.TensorSpec;
import io.fovea.tools.source.SourceCheckpoint;
import io.fovea.tools.source.SourceTensor;
import io.fovea.weights.StoredShapes;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A random model that needs no files: its values follow from sizes and a seed. */
public final class SyntheticSource implements SourceCheckpoint {
  private final ModelSizes sizes;
  private final long seed;
  private final String config;
  private final ModelLayout layout;
  private final Map<String, byte[]> tokenizer;

  private SyntheticSource(ModelSizes sizes, long seed) {
    this.sizes = sizes;
    this.seed = seed;
    this.config = SyntheticConfig.of(sizes, SpecialIds.of(sizes));
    this.tokenizer = SyntheticTokenizer.of(sizes);
    Map<String, List<Long>> shapes = new HashMap<>();
    ModelLayout.of(sizes).tensors().forEach(spec -> shapes.put(spec.name(), spec.shape()));
    this.layout =
        ModelLayout.of(Path.of("config.json"), config, new StoredShapes(Map.copyOf(shapes)));
  }

  /**
   * A model of those sizes.
   *
   * @throws io.fovea.ModelLoadException where sizes do not fit each other; it names the key of
   *     config.json
   * @throws io.fovea.InvalidRequestException where the vocabulary is too small
   */
  public static SyntheticSource of(ModelSizes sizes, long seed) {
    return new SyntheticSource(sizes, seed);
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
    return config;
  }

  @Override
  public List<SourceTensor> tensors() {
    return layout.tensors().stream().map(this::tensor).toList();
  }

  private SourceTensor tensor(TensorSpec spec) {
    return spec.kind() == Kind.BUFFER
        ? new RotaryTensor(spec, sizes)
        : RandomTensor.of(spec, sizes, seed);
  }

  @Override
  public Map<String, byte[]> companions() {
    return tokenizer;
  }

  @Override
  public void close() {}
}
