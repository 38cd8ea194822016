package io.fovea.tools.gguf;

import java.util.List;

/** A value of a GGUF file's metadata. */
sealed interface GgufValue {
  /** Any integer type; uint64 beyond 2^63 wraps. */
  record Int(long value) implements GgufValue {}

  /** float32 or float64. */
  record Real(double value) implements GgufValue {}

  /** bool. */
  record Flag(boolean value) implements GgufValue {}

  /** string. */
  record Text(String value) implements GgufValue {}

  /** array. */
  record Items(List<GgufValue> items) implements GgufValue {}
}
