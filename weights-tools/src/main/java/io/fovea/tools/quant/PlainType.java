package io.fovea.tools.quant;

import io.fovea.tools.numbers.BFloat16;
import io.fovea.tools.numbers.Float16;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Set;

/** The dtype of tensors that are not quantised. */
public enum PlainType {
  /** As they are stored; bf16 where they come quantised. */
  KEEP,
  /** The upper half of a binary32. */
  BF16,
  /** IEEE binary16. */
  F16,
  /** IEEE binary32. */
  F32;

  private static final Set<String> PLAIN = Set.of("BF16", "F16", "F32");

  /** The type to write a tensor in that is stored as {@code dtype}; not {@link #KEEP}. */
  public PlainType of(String dtype) {
    if (this != KEEP) {
      return this;
    }
    return PLAIN.contains(dtype) ? valueOf(dtype) : dtype.equals("F64") ? F32 : BF16;
  }

  /** Its name in options. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  int bytes() {
    return this == F32 ? 4 : 2;
  }

  /** Whether a finite value stays finite. */
  boolean holds(float value) {
    return switch (this) {
      case F16 -> Math.abs(value) <= Float16.MAX;
      case BF16 -> Float.isFinite(BFloat16.round(value));
      case F32, KEEP -> true;
    };
  }

  void put(ByteBuffer bytes, float value) {
    switch (this) {
      case F32 -> bytes.putFloat(value);
      case F16 -> bytes.putShort(Float16.fromFloat(value));
      case BF16 -> bytes.putShort(BFloat16.fromFloat(value));
      case KEEP -> throw new IllegalStateException("keep is no type");
    }
  }
}
