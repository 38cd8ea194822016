/**
 * A Fovea engine in Micrometer: {@link io.fovea.micrometer.EngineMetrics} counts what it does,
 * {@link io.fovea.micrometer.ObservedEngine} observes each request after OpenTelemetry's
 * conventions for generative AI.
 */
@NullMarked
package io.fovea.micrometer;

import org.jspecify.annotations.NullMarked;
