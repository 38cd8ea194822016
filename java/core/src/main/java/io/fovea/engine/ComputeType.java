package io.fovea.engine;

import java.util.Locale;

/** The dtype an engine computes in. */
public enum ComputeType {
  /**
   * bf16 where the checkpoint has more than a thousand million parameters, most of them stored in
   * 16 bits; f32 otherwise. Large models are bound by memory, small ones gain nothing from bf16.
   */
  AUTO,
  /** Single precision: the reference. Weights of any dtype are widened exactly. */
  F32,
  /** bfloat16 with f32 sums, rounding where the published model rounds. Half the memory. */
  BF16;

  /** As files and commands name it: {@code f32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
