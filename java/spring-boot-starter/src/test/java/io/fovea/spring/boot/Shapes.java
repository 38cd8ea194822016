package io.fovea.spring.boot;

import java.nio.file.Path;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** An application over the bundled model, with whatever its class path configures. */
final class Shapes {
  static final Path MODEL =
      Path.of(System.getProperty("fovea.repository"), "weights-tools/models/cogvlm-shapes");
  static final Path SCENE = MODEL.resolve("demo/scene.png");

  private Shapes() {}

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  static ApplicationContextRunner bare() {
    return new ApplicationContextRunner().withUserConfiguration(Application.class);
  }

  /** One whose beans are made when they are needed: without an engine where nobody asks for it. */
  static ApplicationContextRunner lazy() {
    return application()
        .withInitializer(
            context ->
                context.addBeanFactoryPostProcessor(
                    new LazyInitializationBeanFactoryPostProcessor()));
  }

  static ApplicationContextRunner application() {
    return bare()
        .withPropertyValues(
            "fovea.model=" + MODEL,
            "fovea.device=cpu",
            "fovea.threads=1",
            "management.endpoints.web.exposure.include=*");
  }
}
