package io.fovea.ops;

/** The two weight sets of a routed projection; same shapes and dtypes. */
public record ExpertPair(Linear vision, Linear language) {}
