package io.fovea.spring.boot;

import io.fovea.engine.VisionEngine;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Import;

/** The engine's part of the application's health, of Spring Boot 3.5. */
@AutoConfiguration(after = FoveaAutoConfiguration.class)
@ConditionalOnClass(name = Boot3Health.INDICATOR)
@ConditionalOnSingleCandidate(VisionEngine.class)
@ConditionalOnExpression(
    "${management.health.fovea.enabled:${management.health.defaults.enabled:true}}")
@Import(Boot3Health.Registrar.class)
public class FoveaBoot3HealthAutoConfiguration {
  /** For Spring. */
  public FoveaBoot3HealthAutoConfiguration() {}
}
