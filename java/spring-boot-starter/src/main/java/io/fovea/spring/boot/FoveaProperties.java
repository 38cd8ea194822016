package io.fovea.spring.boot;

import io.fovea.engine.ActivationType;
import io.fovea.engine.ComputeType;
import io.fovea.engine.Device;
import io.fovea.engine.EngineBuilder;
import io.fovea.engine.FoveaEngine;
import io.fovea.prompt.PromptTemplate;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The engine's options as properties.
 *
 * @param model Folder of the model. Without it there is no engine.
 * @param name What the model is called in metrics and chats. Default is the name of its folder.
 * @param tokenizer A tokenizer.model, or a folder that holds one, where the model's has none.
 * @param device Device that computes, such as auto, cpu, cuda or cuda:1.
 * @param dtype Numbers it computes in.
 * @param activations How activations meet quantised weights.
 * @param threads Threads that compute, 0 for all processors.
 * @param contextTokens Most tokens of a request, prompt and answer, 0 for the model's own.
 * @param kvCacheTokens Tokens that the cache has room for, 0 for a size that fits.
 * @param queueCapacity Requests that may wait; more are rejected.
 * @param queueWait How long a call may wait for room in a full queue.
 * @param maxBatch Most requests in one step.
 * @param maxRunning Most requests that have begun, 0 for eight times max-batch.
 * @param decodeBytes Java heap that pictures may take together, 0 for half of it.
 * @param promptTemplate Form of prompts. Default is the model's own.
 * @param callerWeights Shares of callers, by name, beside others of weight 1.
 * @param imageCache Device memory for pictures that are kept by content. Without it none are kept.
 * @param warmUp Most time to warm up before the application takes traffic, 0 for not at all.
 * @param shutdownTimeout How long requests may take to finish when the application ends.
 * @param observations Whether requests to the engine are observed, which traces are made of.
 * @param chat Spring AI's chat model.
 */
@ConfigurationProperties("fovea")
public record FoveaProperties(
    Path model,
    @Nullable String name,
    @Nullable Path tokenizer,
    @DefaultValue("auto") String device,
    @DefaultValue("auto") ComputeType dtype,
    @DefaultValue("auto") ActivationType activations,
    @DefaultValue("0") int threads,
    @DefaultValue("0") int contextTokens,
    @DefaultValue("0") int kvCacheTokens,
    @DefaultValue("64") int queueCapacity,
    @DefaultValue("0s") Duration queueWait,
    @DefaultValue("8") int maxBatch,
    @DefaultValue("0") int maxRunning,
    @DefaultValue("0B") DataSize decodeBytes,
    @Nullable PromptTemplate promptTemplate,
    @DefaultValue Map<String, Double> callerWeights,
    @Nullable DataSize imageCache,
    @DefaultValue("0s") Duration warmUp,
    @DefaultValue("20s") Duration shutdownTimeout,
    @DefaultValue("false") boolean observations,
    @DefaultValue Chat chat) {

  /**
   * Defaults of Spring AI's chat model.
   *
   * @param enabled Whether there is a chat model, where fovea-spring-ai is.
   * @param maxTokens Most tokens of an answer.
   * @param temperature How freely tokens are drawn. Without it the likeliest is taken.
   * @param deadline Time for a whole request.
   */
  public record Chat(
      @DefaultValue("true") boolean enabled,
      @Nullable Integer maxTokens,
      @Nullable Double temperature,
      @Nullable Duration deadline) {}

  /** The name given, or the folder's. */
  String modelName() {
    return name == null ? String.valueOf(model.toAbsolutePath().normalize().getFileName()) : name;
  }

  /** An engine with these options. */
  EngineBuilder builder() {
    EngineBuilder builder =
        FoveaEngine.builder()
            .model(model)
            .tokenizer(tokenizer)
            .device(Device.parse(device))
            .dtype(dtype)
            .activations(activations)
            .threads(threads)
            .contextTokens(contextTokens)
            .kvCacheTokens(kvCacheTokens)
            .queueCapacity(queueCapacity)
            .queueWait(queueWait)
            .maxBatch(maxBatch)
            .maxRunning(maxRunning)
            .decodeBytes(decodeBytes.toBytes())
            .promptTemplate(promptTemplate);
    callerWeights.forEach(builder::callerWeight);
    return builder;
  }
}
