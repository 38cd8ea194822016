package io.fovea.spring.boot;

import io.fovea.engine.ImageCache;
import io.fovea.engine.VisionEngine;
import io.fovea.micrometer.EngineMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** The engine's metrics, in whatever registries the application has. */
@AutoConfiguration(
    after = FoveaAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass({MeterRegistry.class, EngineMetrics.class})
@ConditionalOnBean({MeterRegistry.class, FoveaProperties.class})
@ConditionalOnProperty(name = "management.metrics.enable.fovea", matchIfMissing = true)
public class FoveaMetricsAutoConfiguration {
  /** For Spring. */
  public FoveaMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  EngineMetrics engineMetrics(FoveaProperties properties) {
    return new EngineMetrics(properties.modelName());
  }

  @Bean
  static BeanPostProcessor engineMetricsWatch(ObjectProvider<EngineMetrics> metrics) {
    return new Watch(metrics);
  }

  /** Tells the metrics of engine and cache when they are there, and not before. */
  private record Watch(ObjectProvider<EngineMetrics> metrics) implements BeanPostProcessor {
    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
      if (bean instanceof VisionEngine engine) {
        metrics.ifAvailable(each -> each.watch(engine));
      } else if (bean instanceof ImageCache cache) {
        metrics.ifAvailable(each -> each.watch(cache));
      }
      return bean;
    }
  }
}
