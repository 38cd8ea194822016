package io.fovea.spring.boot;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.InvalidRequestException;
import io.fovea.ModelLoadException;
import io.fovea.engine.Answer;
import io.fovea.engine.ComputeType;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineListener;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.ImageCache;
import io.fovea.engine.RequestEvent;
import io.fovea.engine.VisionEngine;
import io.fovea.image.ImageInput;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** On both lines of Spring Boot: see the POM. */
@Timeout(60)
class EngineBeanTest {
  @Test
  void runsOnTheLineItIsMeantToRunOn() {
    assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("spring-boot.version"));
  }

  @Test
  void withoutAModelThereIsNoEngine() {
    Shapes.bare()
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("visionEngine"));
  }

  @Test
  void anEngineAnswers() {
    Shapes.application()
        .run(
            context -> {
              VisionEngine engine = context.getBean(VisionEngine.class);
              try (EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
                assertThat(engine.locate(image, "the blue star").regions()).hasSize(1);
              }
              assertThat(context).doesNotHaveBean(ImageCache.class);
            });
  }

  @Test
  void propertiesListenersAndCustomizersMakeIt() {
    Shapes.application()
        .withUserConfiguration(Extras.class)
        .withPropertyValues(
            "fovea.dtype=bf16",
            "fovea.context-tokens=200",
            "fovea.caller-weights.gold=3",
            "fovea.image-cache=1MB",
            "fovea.warm-up=1ms")
        .run(
            context -> {
              VisionEngine engine = context.getBean(VisionEngine.class);
              assertThat(engine.model().dtype()).isEqualTo(ComputeType.BF16);
              assertThat(engine.model().contextTokens()).isEqualTo(200);
              assertThat(context.getBean(Extras.class).events).isNotEmpty(); // of warming up
              assertThat(context.getBean(Extras.class).customized).isTrue();
              try (EncodedImage image =
                  context
                      .getBean(ImageCache.class)
                      .encode(java.nio.file.Files.readAllBytes(Shapes.SCENE))) {
                assertThat(image.size().width()).isEqualTo(273);
              }
            });
  }

  /** Beans that take part in making the engine. */
  @Configuration(proxyBeanMethods = false)
  static class Extras {
    final List<RequestEvent> events = new CopyOnWriteArrayList<>();
    boolean customized;

    @Bean
    EngineListener collector() {
      return new EngineListener() {
        @Override
        public void request(RequestEvent event) {
          events.add(event);
        }
      };
    }

    @Bean
    EngineBuilderCustomizer customizer() {
      return builder -> customized = true;
    }
  }

  @Test
  void anEngineOfTheApplicationTakesItsPlace() {
    Shapes.application()
        .withUserConfiguration(OwnEngine.class)
        .run(context -> assertThat(context).hasSingleBean(VisionEngine.class).hasBean("own"));
  }

  /** An engine that the application makes. */
  @Configuration(proxyBeanMethods = false)
  static class OwnEngine {
    @Bean
    VisionEngine own() {
      return FoveaEngine.builder().model(Shapes.MODEL).threads(1).build();
    }
  }

  @Test
  void lazyWorks() {
    Shapes.lazy()
        .withUserConfiguration(User.class)
        .run(
            context -> {
              VisionEngine engine = context.getBean(User.class).engine;
              assertThat(Proxy.isProxyClass(engine.getClass())).isTrue();
              assertThat(context.getBeanFactory().containsSingleton("visionEngine")).isFalse();
              assertThat(engine.health().isServing()).isTrue();
              assertThat(context.getBeanFactory().containsSingleton("visionEngine")).isTrue();
            });
  }

  /** What uses the engine some day. */
  static class User {
    final VisionEngine engine;

    User(@Lazy VisionEngine engine) {
      this.engine = engine;
    }
  }

  @Test
  void whatWasAskedIsAnsweredBeforeTheContextCloses() {
    VisionEngine[] closed = new VisionEngine[1];
    List<CompletableFuture<Answer>> answers = new CopyOnWriteArrayList<>();
    Shapes.application()
        .run(
            context -> {
              VisionEngine engine = context.getBean(VisionEngine.class);
              closed[0] = engine;
              try (EncodedImage image = engine.encode(ImageInput.of(Shapes.SCENE))) {
                IntStream.range(0, 20)
                    .forEach(i -> answers.add(engine.askAsync(image, "What is no. " + i + "?")));
              }
            });
    assertThat(closed[0].health().state()).isEqualTo(EngineHealth.State.CLOSED);
    assertThat(answers).hasSize(20).allSatisfy(answer -> assertThat(answer.join()).isNotNull());
  }

  @Test
  void aModelThatIsNotThereIsExplained() {
    Shapes.application()
        .withPropertyValues("fovea.model=/no/such/folder")
        .run(
            context -> {
              Throwable failure = requireNonNull(context.getStartupFailure());
              assertThat(failure)
                  .isInstanceOf(BeanCreationException.class)
                  .hasRootCauseInstanceOf(ModelLoadException.class);
              FailureAnalysis analysis =
                  requireNonNull(new FoveaFailureAnalyzer().analyze(failure));
              assertThat(analysis.getDescription()).contains("/no/such/folder");
              assertThat(analysis.getAction()).contains("fovea.");
            });
  }

  /** An engine that no bean came of is nobody's to close but ours. */
  @Test
  void anEngineThatDoesNotWarmUpIsClosed() {
    Shapes.application()
        .withPropertyValues("fovea.warm-up=1s", "fovea.context-tokens=70") // holds no question
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .hasRootCauseInstanceOf(InvalidRequestException.class));
    long end = System.nanoTime() + 20_000_000_000L;
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("fovea-engine"))) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aWrongPropertyIsRefused() {
    Shapes.application()
        .withPropertyValues("fovea.device=abacus")
        .run(context -> assertThat(context.getStartupFailure()).hasStackTraceContaining("abacus"));
  }
}
