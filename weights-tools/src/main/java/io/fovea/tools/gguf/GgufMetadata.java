package io.fovea.tools.gguf;

import io.fovea.ModelLoadException;
import io.fovea.tools.gguf.GgufValue.Flag;
import io.fovea.tools.gguf.GgufValue.Int;
import io.fovea.tools.gguf.GgufValue.Items;
import io.fovea.tools.gguf.GgufValue.Real;
import io.fovea.tools.gguf.GgufValue.Text;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of a GGUF file. Getters without a default refuse a file that lacks the key, and
 * all refuse one whose value is of another kind.
 *
 * @param file what messages name
 */
record GgufMetadata(Path file, Map<String, GgufValue> values) {
  boolean has(String key) {
    return values.containsKey(key);
  }

  String text(String key) {
    return required(key, Text.class).value();
  }

  String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  long integer(String key) {
    return required(key, Int.class).value();
  }

  long integer(String key, long otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  /** A size or id: an integer in 0 to 2^31 - 1. */
  int count(String key) {
    long value = integer(key);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw bad(key, "is " + value);
    }
    return (int) value;
  }

  int count(String key, int otherwise) {
    return has(key) ? count(key) : otherwise;
  }

  float real(String key) {
    return (float) required(key, Real.class).value();
  }

  boolean flag(String key, boolean otherwise) {
    return has(key) ? required(key, Flag.class).value() : otherwise;
  }

  List<String> texts(String key) {
    return items(key, Text.class).stream().map(Text::value).toList();
  }

  /** As {@link #integers}, for values of float32 or float64. */
  float[] reals(String key) {
    List<Real> items = items(key, Real.class);
    float[] values = new float[items.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) items.get(i).value();
    }
    return values;
  }

  long[] integers(String key) {
    return items(key, Int.class).stream().mapToLong(Int::value).toArray();
  }

  private <T extends GgufValue> List<T> items(String key, Class<T> kind) {
    List<GgufValue> items = required(key, Items.class).items();
    for (GgufValue item : items) {
      if (!kind.isInstance(item)) {
        throw bad(key, "holds a value that is no " + kind.getSimpleName());
      }
    }
    return items.stream().map(kind::cast).toList();
  }

  private <T extends GgufValue> T required(String key, Class<T> kind) {
    @Nullable GgufValue value = values.get(key);
    if (value == null) {
      throw bad(key, "is missing");
    }
    if (!kind.isInstance(value)) {
      throw bad(key, "is no " + kind.getSimpleName());
    }
    return kind.cast(value);
  }

  ModelLoadException bad(String key, String problem) {
    return new ModelLoadException(
        file, key, problem, "convert the model again, or use another file of it");
  }
}
