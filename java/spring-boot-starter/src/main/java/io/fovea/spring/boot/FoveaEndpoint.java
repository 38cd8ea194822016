package io.fovea.spring.boot;

import io.fovea.InvalidRequestException;
import io.fovea.engine.DeviceReport;
import io.fovea.engine.EngineHealth;
import io.fovea.engine.EngineStats;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.ModelInfo;
import io.fovea.engine.Profile;
import io.fovea.engine.ProfileOptions;
import io.fovea.engine.VisionEngine;
import io.fovea.image.ImageInput;
import io.fovea.micrometer.ObservedEngine;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Looks into the engine: {@code GET /actuator/fovea} tells what it is and does, {@code POST} where
 * the time of a request goes. The latter has the engine to itself for some requests' time.
 */
@Endpoint(id = "fovea")
public class FoveaEndpoint {
  private static final String QUESTION = "Describe the image.";
  private static final ProfileOptions OPTIONS =
      ProfileOptions.builder().tokens(8).rounds(3).build();

  private final Supplier<VisionEngine> engine;

  FoveaEndpoint(Supplier<VisionEngine> engine) {
    this.engine = engine;
  }

  /**
   * What an engine is and does.
   *
   * @param model that it serves
   * @param device that it computes on
   * @param health whether it takes requests
   * @param stats what it has done
   */
  public record State(
      ModelInfo model, DeviceReport device, EngineHealth health, EngineStats stats) {}

  /** What the engine is and does. */
  @ReadOperation
  public State state() {
    VisionEngine asked = engine.get();
    return new State(asked.model(), asked.device(), asked.health(), asked.stats());
  }

  /**
   * Times every op of a question about a grey picture of the model's size; single calls are left
   * out.
   *
   * @throws InvalidRequestException where the engine is another than Fovea's own
   */
  @WriteOperation
  public Profile profile() {
    VisionEngine asked = engine.get();
    if (asked instanceof ObservedEngine observed) {
      asked = observed.observed();
    }
    if (!(asked instanceof FoveaEngine own)) {
      throw new InvalidRequestException(
          "the engine is a wrapper, which has no profile",
          "declare the engine as a bean by itself");
    }
    int side = own.model().imageSize();
    BufferedImage grey = new BufferedImage(side, side, BufferedImage.TYPE_3BYTE_BGR);
    Profile whole = own.diagnostics().profile(ImageInput.of(grey), QUESTION, OPTIONS);
    return new Profile(
        whole.promptTokens(),
        whole.imageTokens(),
        whole.tokens(),
        whole.rounds(),
        whole.peaks(),
        whole.phases(),
        List.of());
  }
}
