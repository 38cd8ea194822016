package io.fovea.tools.layout;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shapes of the tensors that a checkpoint holds, where config.json leaves a size open.
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

  @Nullable List<Long> shapeOf(String name) {
    return shapes.get(name);
  }

  /** Size of one axis of a tensor, or the default where it is absent or has not that axis. */
  long size(String name, int axis, long byDefault) {
    List<Long> shape = shapes.get(name);
    return shape == null || shape.size() <= axis ? byDefault : shape.get(axis);
  }

  /** Number of blocks under a prefix such as "blocks.", or the default where there are none. */
  long blocks(String prefix, long byDefault) {
    long found =
        shapes.keySet().stream()
            .filter(name -> name.startsWith(prefix))
            .map(name -> name.substring(prefix.length()).replaceFirst("\\..*", ""))
            .distinct()
            .count();
    return found == 0 ? byDefault : found;
  }
}
