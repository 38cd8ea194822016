package io.fovea.weights;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of the tensors that a checkpoint holds: they tell the model's family, and sizes that
 * config.json leaves open.
 *
 * @param shapes by tensor name; empty where there is no checkpoint yet
 */
public record StoredShapes(Map<String, List<Long>> shapes) {
  public StoredShapes {
    shapes = Map.copyOf(shapes);
  }

  /** Of a checkpoint yet to be made. */
  public static StoredShapes none() {
    return new StoredShapes(Map.of());
  }

  /** Of tensors in safetensors files. */
  public static StoredShapes of(Map<String, CheckpointFiles.Located> tensors) {
    Map<String, List<Long>> shapes = new HashMap<>();
    tensors.forEach((name, located) -> shapes.put(name, located.tensor().shape()));
    return new StoredShapes(shapes);
  }

  /** Whether there is no checkpoint to go by. */
  public boolean isEmpty() {
    return shapes.isEmpty();
  }

  /** Whether the checkpoint has a tensor of that name. */
  public boolean has(String name) {
    return shapes.containsKey(name);
  }

  /** The shape of a tensor, outermost size first; null where there is none of that name. */
  public @Nullable List<Long> shapeOf(String name) {
    return shapes.get(name);
  }

  /** Size of one axis of a tensor, or the default where it is absent or has not that axis. */
  public long size(String name, int axis, long byDefault) {
    List<Long> shape = shapes.get(name);
    return shape == null || shape.size() <= axis ? byDefault : shape.get(axis);
  }

  /** Rows of a projection's weights, plain or packed; or the default where there are none. */
  public long outputs(String projection, long byDefault) {
    long plain = size(projection + ".weight", 0, byDefault);
    return size(projection + QuantizedNames.PACKED, 0, plain);
  }

  /** Number of blocks under a prefix such as "blocks.", or the default where there are none. */
  public long blocks(String prefix, long byDefault) {
    long found =
        shapes.keySet().stream()
            .filter(name -> name.startsWith(prefix))
            .map(name -> name.substring(prefix.length()).replaceFirst("\\..*", ""))
            .distinct()
            .count();
    return found == 0 ? byDefault : found;
  }
}
