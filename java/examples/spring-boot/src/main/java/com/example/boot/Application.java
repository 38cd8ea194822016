package com.example.boot;

import io.fovea.engine.FoveaEngine;
import io.fovea.engine.VisionEngine;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A service that finds things in pictures. */
@SpringBootApplication
public class Application {
  public static void main(String[] arguments) {
    SpringApplication.run(Application.class, arguments);
  }

  /** One engine for all requests: it is made for many threads, and batches what they ask. */
  @Bean(destroyMethod = "close")
  VisionEngine engine(@Value("${fovea.model}") Path model) {
    return FoveaEngine.builder().model(model).build();
  }
}
