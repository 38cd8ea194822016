package io.fovea.spring.boot;

import io.fovea.engine.VisionEngine;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;

/**
 * Has an engine finish its requests before it is closed. By then the web server has stopped, and
 * with Spring Boot's graceful shutdown its requests were answered.
 */
final class EngineShutdown implements DestructionAwareBeanPostProcessor {
  private static final Logger LOG = LoggerFactory.getLogger(EngineShutdown.class);

  private final ObjectProvider<FoveaProperties> properties;

  EngineShutdown(ObjectProvider<FoveaProperties> properties) {
    this.properties = properties;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    return bean;
  }

  @Override
  public boolean requiresDestruction(Object bean) {
    return bean instanceof VisionEngine;
  }

  @Override
  public void postProcessBeforeDestruction(Object bean, String beanName) {
    if (bean instanceof VisionEngine engine) {
      Duration patience = properties.getObject().shutdownTimeout();
      if (!engine.shutdown(patience)) {
        LOG.warn(
            "requests were cancelled that did not end within {}; fovea.shutdown-timeout allows more",
            patience);
      }
    }
  }
}
