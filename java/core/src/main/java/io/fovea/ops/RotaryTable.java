package io.fovea.ops;

import io.fovea.tensor.Tensor;

/** Cosines and sines of the rotary embedding: both {@code [positions, K/2]} f32. */
public record RotaryTable(Tensor cos, Tensor sin) {}
