package io.fovea.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fovea.spring.ai.FoveaChatModel;
import io.fovea.spring.ai.FoveaChatOptions;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;

/** Spring AI's chat model as a bean; Spring AI 2 needs Spring Boot 4. */
@Timeout(60)
class ChatModelBoot4Test {
  @Test
  void answersAndIsObserved() {
    Shapes.application()
        .withPropertyValues("fovea.chat.max-tokens=16", "fovea.name=shapes")
        .run(
            context -> {
              ChatModel model = context.getBean(ChatModel.class);
              assertThat(((FoveaChatOptions) model.getOptions()).getMaxTokens()).isEqualTo(16);
              UserMessage question =
                  UserMessage.builder()
                      .text("What color is the star?")
                      .media(
                          new Media(MimeTypeUtils.IMAGE_PNG, new FileSystemResource(Shapes.SCENE)))
                      .build();
              assertThat(model.call(new Prompt(question)).toString()).contains("blue");
              assertThat(
                      context
                          .getBean(MeterRegistry.class)
                          .get("gen_ai.client.operation")
                          .tag("gen_ai.request.model", "shapes")
                          .timer()
                          .count())
                  .isEqualTo(1);
            });
  }

  @Test
  void mayBeTurnedOff() {
    Shapes.lazy()
        .withPropertyValues("fovea.chat.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(FoveaChatModel.class));
  }
}
