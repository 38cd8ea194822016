package io.fovea.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.VisionEngine;
import io.fovea.image.ImageInput;
import io.fovea.micrometer.EngineMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the actuator shows, on both lines of Spring Boot: see the POM. */
@Timeout(60)
class ActuatorTest {
  /** Of the actuator's own endpoint; by reflection, for its package is another in each line. */
  private static String health(ApplicationContext context) throws ReflectiveOperationException {
    Object endpoint = context.getBean("healthEndpoint");
    Object path = new String[] {"fovea"};
    Object health =
        endpoint.getClass().getMethod("healthForPath", String[].class).invoke(endpoint, path);
    return String.valueOf(health.getClass().getMethod("getStatus").invoke(health));
  }

  @Test
  void healthFollowsTheEngine() {
    Shapes.application()
        .run(
            context -> {
              assertThat(health(context)).isEqualTo("UP");
              context.getBean(VisionEngine.class).close();
              assertThat(health(context)).isEqualTo("DOWN");
            });
  }

  @Test
  void healthMayBeTurnedOff() {
    Shapes.lazy()
        .withPropertyValues("management.health.fovea.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("foveaHealthIndicator"));
    Shapes.lazy()
        .withPropertyValues("management.health.defaults.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("foveaHealthIndicator"));
  }

  @Test
  void detailsSayWhatItDoes() {
    try (FoveaEngine engine = FoveaEngine.builder().model(Shapes.MODEL).threads(1).build()) {
      HealthReport report = HealthReport.of(engine);
      assertThat(report.status()).isEqualTo("UP");
      assertThat(report.details()).containsKeys("state", "device", "running", "waiting");
    }
  }

  @Test
  void metricsAreInTheApplicationsRegistry() {
    Shapes.application()
        .withPropertyValues("fovea.name=shapes")
        .run(
            context -> {
              VisionEngine engine = context.getBean(VisionEngine.class);
              try (EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
                engine.ask(image, "What color is the star?");
              }
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              assertThat(registry.getMeters())
                  .anyMatch(meter -> "shapes".equals(meter.getId().getTag("model")));
              assertThat(
                      registry.get("fovea.engine.health").tag("state", "serving").gauge().value())
                  .isEqualTo(1);
            });
  }

  @Test
  void requestsAreObservedWhereWanted() {
    Shapes.application()
        .withPropertyValues("fovea.name=shapes", "fovea.observations=true")
        .run(
            context -> {
              VisionEngine engine = context.getBean(VisionEngine.class);
              try (EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
                engine.ask(image, "What color is the star?");
              }
              MeterRegistry registry = context.getBean(MeterRegistry.class);
              assertThat(
                      registry
                          .get("gen_ai.client.operation.duration")
                          .tag("gen_ai.operation.name", "chat")
                          .tag("gen_ai.request.model", "shapes")
                          .timer()
                          .count())
                  .isEqualTo(1);
              assertThat(registry.get("gen_ai.inference").timers()).isNotEmpty(); // Boot's own
            });
  }

  @Test
  void metricsMayBeTurnedOff() {
    Shapes.lazy()
        .withPropertyValues("management.metrics.enable.fovea=false")
        .run(context -> assertThat(context).doesNotHaveBean(EngineMetrics.class));
  }

  @Test
  void theEndpointTellsTheState() {
    Shapes.application()
        .run(
            context -> {
              FoveaEndpoint endpoint = context.getBean(FoveaEndpoint.class);
              FoveaEndpoint.State state = endpoint.state();
              assertThat(state.health().isServing()).isTrue();
              assertThat(state.model().architecture()).contains("CogVLM");
            });
  }

  @Test
  void anEndpointThatNobodySeesIsNotMade() {
    Shapes.lazy()
        .withPropertyValues("management.endpoints.web.exposure.include=health")
        .run(context -> assertThat(context).doesNotHaveBean(FoveaEndpoint.class));
  }

  @Test
  void aWrappedEngineHasNoProfile() {
    Shapes.application()
        .withUserConfiguration(Wrapped.class)
        .run(
            context -> {
              FoveaEndpoint endpoint = context.getBean(FoveaEndpoint.class);
              assertThatThrownBy(endpoint::profile).isInstanceOf(InvalidRequestException.class);
              assertThat(endpoint.state().health().isServing()).isTrue();
            });
  }

  /** An engine behind a proxy of the application's own. */
  @Configuration(proxyBeanMethods = false)
  static class Wrapped {
    @Bean
    VisionEngine wrapped(FoveaProperties properties) {
      FoveaEngine engine = properties.builder().build();
      return (VisionEngine)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {VisionEngine.class},
              (proxy, method, arguments) -> method.invoke(engine, arguments));
    }
  }
}
