package io.fovea.engine;

import io.fovea.InvalidRequestException;
import io.fovea.family.PromptPart;
import io.fovea.family.Tasks;
import io.fovea.model.PromptTokens;
import java.util.Arrays;

/**
 * Whether there is what was asked for, up to where yes and no part ways.
 *
 * @param prompt the question, and what both answers begin with
 * @param yes the token that goes on to yes
 * @param no the token that goes on to no
 */
record PresenceQuestion(PromptTokens prompt, int yes, int no) {
  static PresenceQuestion of(Tasks.YesNo task, EncodedImage image, Requests requests) {
    ChatRequest request =
        ChatRequest.about(image, task.question().query())
            .template(task.question().template())
            .build();
    PromptTokens yes = requests.tokens(request, 1, new PromptPart.Text(task.yes()));
    PromptTokens no = requests.tokens(request, 1, new PromptPart.Text(task.no()));
    int common = Arrays.mismatch(yes.ids(), no.ids());
    if (common < 0 || common == yes.length() || common == no.length()) {
      throw new InvalidRequestException(
          "the model's tokenizer does not tell yes from no", "choose PresenceCheck.SKIP");
    }
    return new PresenceQuestion(yes.first(common), yes.ids()[common], no.ids()[common]);
  }
}
