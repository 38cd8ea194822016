package io.fovea.spring.boot;

import io.fovea.engine.VisionEngine;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The engine's part of the application's health, of Spring Boot 4. */
@AutoConfiguration(after = FoveaAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnSingleCandidate(VisionEngine.class)
@ConditionalOnEnabledHealthIndicator("fovea")
public class FoveaHealthAutoConfiguration {
  /** For Spring. */
  public FoveaHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "foveaHealthIndicator")
  HealthIndicator foveaHealthIndicator(ObjectProvider<VisionEngine> engine) {
    return () -> {
      HealthReport report = HealthReport.of(engine.getObject());
      return Health.status(report.status()).withDetails(report.details()).build();
    };
  }
}
