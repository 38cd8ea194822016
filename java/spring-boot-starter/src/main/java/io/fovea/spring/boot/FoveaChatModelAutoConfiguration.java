package io.fovea.spring.boot;

import io.fovea.chat.ImageFetcher;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.spring.ai.FoveaChatModel;
import io.fovea.spring.ai.FoveaChatOptions;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Spring AI's chat model over the engine, where fovea-spring-ai is. */
@AutoConfiguration(after = FoveaAutoConfiguration.class)
@ConditionalOnClass({ChatModel.class, FoveaChatModel.class})
@ConditionalOnBean(FoveaProperties.class)
@ConditionalOnSingleCandidate(VisionEngine.class)
@ConditionalOnProperty(name = "fovea.chat.enabled", matchIfMissing = true)
public class FoveaChatModelAutoConfiguration {
  /** For Spring. */
  public FoveaChatModelAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  FoveaChatModel foveaChatModel(
      VisionEngine engine,
      FoveaProperties properties,
      ObjectProvider<ImageCache> cache,
      ObjectProvider<ImageFetcher> fetcher,
      ObjectProvider<ObservationRegistry> registry,
      ObjectProvider<ChatModelObservationConvention> convention) {
    FoveaProperties.Chat chat = properties.chat();
    return FoveaChatModel.builder()
        .engine(engine)
        .imageCache(cache.getIfAvailable())
        .imageFetcher(fetcher.getIfAvailable())
        .options(
            FoveaChatOptions.builder()
                .model(properties.modelName())
                .maxTokens(chat.maxTokens())
                .temperature(chat.temperature())
                .deadline(chat.deadline())
                .build())
        .observationRegistry(observations(properties, registry))
        .observationConvention(convention.getIfAvailable())
        .build();
  }

  /** None where the engine's requests are observed: they would count twice. */
  private static ObservationRegistry observations(
      FoveaProperties properties, ObjectProvider<ObservationRegistry> registry) {
    return properties.observations()
        ? ObservationRegistry.NOOP
        : registry.getIfUnique(() -> ObservationRegistry.NOOP);
  }
}
