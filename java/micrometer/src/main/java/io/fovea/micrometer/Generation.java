package io.fovea.micrometer;

import io.fovea.engine.Answer;
import io.fovea.engine.Caption;
import io.fovea.engine.FinishReason;
import io.fovea.engine.Grounding;
import io.fovea.engine.Timings;
import io.fovea.engine.Usage;

/**
 * One answer of a request, without what it says: a request for several phrases has several.
 *
 * @param finish why it ended
 * @param usage what it took, in tokens
 * @param timings what it took, in time
 */
public record Generation(FinishReason finish, Usage usage, Timings timings) {
  static Generation of(Answer answer) {
    return new Generation(answer.finish(), answer.usage(), answer.timings());
  }

  static Generation of(Caption caption) {
    return new Generation(caption.finish(), caption.usage(), caption.timings());
  }

  static Generation of(Grounding grounding) {
    return new Generation(grounding.finish(), grounding.usage(), grounding.timings());
  }
}
