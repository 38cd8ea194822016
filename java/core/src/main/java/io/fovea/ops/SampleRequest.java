package io.fovea.ops;

import org.jspecify.annotations.Nullable;

/**
 * How to choose a token for each of R rows, as {@code fov_sample} wants it. W = ⌈V/32⌉ words hold a
 * set of tokens: token v is bit v mod 32 of word v/32.
 *
 * @param allowed [R, W] tokens that may be chosen; null: all
 * @param observed [R, W] tokens that the repetition penalty meets; null: none
 * @param options [R, 4] temperature, top-k, top-p, penalty
 * @param draws [R, 2] the upper 26 and lower 27 bits of a number in [0, 2^53)
 */
@SuppressWarnings("ArrayRecordComponent") // made for one call, never compared
public record SampleRequest(
    int @Nullable [] allowed, int @Nullable [] observed, float[] options, int[] draws) {}
