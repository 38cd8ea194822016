package io.fovea.spring.boot;

import static java.util.Objects.requireNonNull;

import io.fovea.engine.EngineBuilder;
import io.fovea.engine.EngineListener;
import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.micrometer.GenAiMeterHandler;
import io.fovea.micrometer.ObservedEngine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * The engine of {@link FoveaProperties}, told to all {@link EngineListener} beans, and its cache of
 * pictures. An engine or a cache of the application's own takes the place of either.
 */
@AutoConfiguration
@ConditionalOnProperty("fovea.model")
@EnableConfigurationProperties(FoveaProperties.class)
public class FoveaAutoConfiguration {
  /** For Spring. */
  public FoveaAutoConfiguration() {}

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  VisionEngine visionEngine(
      FoveaProperties properties,
      ObjectProvider<EngineListener> listeners,
      ObjectProvider<EngineBuilderCustomizer> customizers,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<MeterRegistry> meters) {
    EngineBuilder builder = properties.builder();
    listeners.orderedStream().forEach(builder::listener);
    customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
    VisionEngine engine = builder.build();
    try {
      if (!properties.warmUp().isZero()) {
        engine.warmUp(properties.warmUp());
      }
      return properties.observations()
          ? observed(engine, properties.modelName(), observations, meters)
          : engine;
    } catch (RuntimeException | Error e) {
      closeAfter(e, engine); // nobody else will
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, VisionEngine engine) {
    try {
      engine.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static VisionEngine observed(
      VisionEngine engine,
      String name,
      ObjectProvider<ObservationRegistry> observations,
      ObjectProvider<MeterRegistry> meters) {
    ObservationRegistry registry = observations.getIfUnique(() -> ObservationRegistry.NOOP);
    // As a bean the handler would take the place of Spring Boot's own for all observations.
    meters.ifUnique(
        each -> registry.observationConfig().observationHandler(new GenAiMeterHandler(each)));
    return new ObservedEngine(engine, name, registry);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnProperty("fovea.image-cache")
  ImageCache imageCache(FoveaProperties properties, VisionEngine engine) {
    return new ImageCache(engine, requireNonNull(properties.imageCache()).toBytes());
  }

  @Bean
  static EngineShutdown engineShutdown(ObjectProvider<FoveaProperties> properties) {
    return new EngineShutdown(properties);
  }
}
