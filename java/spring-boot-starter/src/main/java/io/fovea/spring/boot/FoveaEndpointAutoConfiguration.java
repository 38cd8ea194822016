package io.fovea.spring.boot;

import io.fovea.engine.VisionEngine;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The actuator's endpoint, where the actuator is. */
@AutoConfiguration(after = FoveaAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnSingleCandidate(VisionEngine.class)
@ConditionalOnAvailableEndpoint(FoveaEndpoint.class)
public class FoveaEndpointAutoConfiguration {
  /** For Spring. */
  public FoveaEndpointAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  FoveaEndpoint foveaEndpoint(ObjectProvider<VisionEngine> engine) {
    return new FoveaEndpoint(engine::getObject);
  }
}
