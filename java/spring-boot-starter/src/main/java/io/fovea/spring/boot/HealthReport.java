package io.fovea.spring.boot;

import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineStats;
import io.fovea.engine.VisionEngine;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An engine's health in words that Spring Boot 3.5 and 4 share.
 *
 * @param status code of Spring Boot's status
 */
record HealthReport(String status, Map<String, Object> details) {
  static HealthReport of(VisionEngine engine) {
    EngineHealth health = engine.health();
    EngineStats stats = engine.stats();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("state", health.state());
    details.put("device", engine.device().device().toString());
    details.put("running", stats.running());
    details.put("waiting", stats.waiting());
    if (health.cause() != null) {
      details.put("error", String.valueOf(health.cause().getMessage()));
    }
    String status =
        switch (health.state()) {
          case SERVING -> "UP";
          case DRAINING -> "OUT_OF_SERVICE";
          case CLOSED, FAILED -> "DOWN";
        };
    return new HealthReport(status, details);
  }
}
