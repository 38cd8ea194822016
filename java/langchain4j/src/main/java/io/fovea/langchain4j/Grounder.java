package io.fovea.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import io.fovea.chat.RequestTerms;
import io.fovea.engine.Caption;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FinishReason;
import io.fovea.engine.GenerationOptions;
import io.fovea.engine.Grounding;
import io.fovea.engine.LocateOptions;
import io.fovea.engine.Usage;
import io.fovea.engine.VisionEngine;
import io.fovea.grounding.BoxSchema;
import io.fovea.grounding.Region;
import java.util.List;

/** Answers with boxes in the form of a schema. */
final class Grounder {
  private final BoxSchema schema;
  private final BoxTask task;
  private final RequestTerms terms;

  Grounder(BoxSchema schema, BoxTask task, RequestTerms terms) {
    this.schema = schema;
    this.task = task;
    this.terms = terms;
  }

  ChatResponse answer(VisionEngine engine, EncodedImage image, Responses responses) {
    return task.phrases().isEmpty()
        ? describe(engine, image, terms.generation(), responses)
        : locate(engine, image, terms.locating(), responses);
  }

  private ChatResponse describe(
      VisionEngine engine, EncodedImage image, GenerationOptions options, Responses responses) {
    Caption caption = engine.caption(image, options);
    return responses.of(
        schema.write(caption.regions(), image.size()),
        responses
            .metadata(caption.regions(), caption.finish(), caption.usage())
            .timings(caption.timings()));
  }

  private ChatResponse locate(
      VisionEngine engine, EncodedImage image, LocateOptions options, Responses responses) {
    List<Grounding> found = engine.locate(image, task.phrases(), options);
    List<Region> regions = found.stream().flatMap(each -> each.regions().stream()).toList();
    boolean cut = found.stream().anyMatch(each -> each.finish() == FinishReason.LENGTH);
    return responses.of(
        schema.write(regions, image.size()),
        responses.metadata(regions, cut ? FinishReason.LENGTH : FinishReason.STOP, sum(found)));
  }

  private static Usage sum(List<Grounding> found) {
    return found.stream().map(Grounding::usage).reduce(Usage.builder().build(), Usage::plus);
  }
}
