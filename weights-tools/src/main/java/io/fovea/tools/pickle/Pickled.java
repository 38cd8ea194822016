package io.fovea.tools.pickle;

import io.fovea.tools.source.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A value that a pickle describes. Lists and dictionaries may contain themselves, so nothing walks
 * a value without a bound.
 */
sealed interface Pickled {
  /** Python's None. */
  enum None implements Pickled {
    NONE
  }

  /** True or False. */
  record Bool(boolean value) implements Pickled {}

  /** An integer of at most 64 bits; longer ones are {@link Inert}. */
  record Int(long value) implements Pickled {}

  /** A float. */
  record Real(double value) implements Pickled {}

  /** A str. */
  record Text(String value) implements Pickled {}

  /** A tuple. */
  record Tuple(List<Pickled> items) implements Pickled {}

  /** A list or a set. */
  final class Items implements Pickled {
    final List<Pickled> items = new ArrayList<>();
  }

  /** A dict; its keys are None, Bool, Int, Real, Text or ClassName, which compare by value. */
  final class Dict implements Pickled {
    final Map<Pickled, Pickled> entries = new LinkedHashMap<>();
  }

  /** An allowed class or function, not called. */
  record ClassName(String module, String name) implements Pickled {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /** Something of no use for reading weights, such as bytes or a random generator's state. */
  record Inert(String what) implements Pickled {}

  /** A storage of {@code elements} of one type, in the archive under {@code key}. */
  record Storage(ElementType type, String key, long elements) implements Pickled {}

  /**
   * A view of a storage: element (i, j, ...) is at {@code offset + i * strides[0] + ...}.
   *
   * @param negative whether values are the stored ones with the other sign
   */
  record Tensor(
      Storage storage, long offset, List<Long> shape, List<Long> strides, boolean negative)
      implements Pickled {
    /** Whether its elements lie one after another. */
    boolean isContiguous() {
      long expected = 1;
      for (int i = shape.size() - 1; i >= 0; i--) {
        if (shape.get(i) != 1 && strides.get(i) != expected) {
          return false;
        }
        expected *= shape.get(i); // within the storage, so within 64 bits
      }
      return true;
    }
  }
}
