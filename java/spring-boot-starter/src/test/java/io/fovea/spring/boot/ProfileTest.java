package io.fovea.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.engine.Profile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Takes seconds, in which the device's peaks are measured: on one line of Spring Boot only. */
class ProfileTest {
  @Test
  @Timeout(60)
  void tellsWhereTheTimeOfARequestGoes() {
    Shapes.application()
        .withPropertyValues("fovea.observations=true") // a wrapper of ours
        .run(
            context -> {
              Profile profile = context.getBean(FoveaEndpoint.class).profile();
              assertThat(profile.phases())
                  .extracting(Profile.Phase::name)
                  .containsExactly("encode", "prefill", "decode");
              assertThat(profile.tokens()).isEqualTo(8);
              assertThat(profile.calls()).isEmpty();
            });
  }
}
