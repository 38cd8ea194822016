package io.fovea.spring.ai;

import io.fovea.chat.ImageFetcher;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;

/**
 * What a model was built with.
 *
 * @param defaults with the model's name
 */
record Settings(
    VisionEngine engine,
    @Nullable ImageCache imageCache,
    @Nullable ImageFetcher imageFetcher,
    FoveaChatOptions defaults,
    ObservationRegistry observationRegistry,
    @Nullable ChatModelObservationConvention observationConvention) {}
