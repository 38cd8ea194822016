package io.fovea.micrometer;

import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.FinishReason;
import io.fovea.engine.Grounding;
import io.fovea.engine.Timings;
import io.fovea.engine.Usage;
import java.util.List;

/**
 * One answer of a request, without what it says: a request for several phrases has several.
 *
 * @param finish why it ended
 * @param usage what it took, in tokens
 * @param timings what it took, in time
 */
public record Generation(FinishReason finish, Usage usage, Timings timings) {
  static List<Generation> of(Answer answer) {
    return List.of(new Generation(answer.finish(), answer.usage(), answer.timings()));
  }

  static List<Generation> of(Caption caption) {
    return List.of(new Generation(caption.finish(), caption.usage(), caption.timings()));
  }

  static List<Generation> of(Grounding grounding) {
    return List.of(new Generation(grounding.finish(), grounding.usage(), grounding.timings()));
  }

  static List<Generation> of(List<Grounding> groundings) {
    return groundings.stream().flatMap(each -> of(each).stream()).toList();
  }
}
