package io.fovea.engine;

import io.fovea.ProgressListener;
import io.fovea.image.ImageDecoder;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a builder collected; 0 and null stand for the defaults, which depend on the model. */
record EngineOptions(
    Path model,
    @Nullable Path tokenizer,
    Device device,
    ComputeType dtype,
    ActivationType activations,
    int threads,
    int contextTokens,
    int kvCacheTokens,
    int queueCapacity,
    Duration queueWait,
    int maxBatch,
    int maxRunning,
    Map<String, Double> callerWeights,
    Executor executor,
    int stepRows,
    ImageDecoder decoder,
    long decodeBytes,
    @Nullable PromptTemplate promptTemplate,
    ProgressListener progress,
    List<EngineListener> listeners) {}
