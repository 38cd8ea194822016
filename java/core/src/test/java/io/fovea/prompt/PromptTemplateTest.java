package io.fovea.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptTemplateTest {
  private static final List<Turn> HISTORY =
      List.of(new Turn("What is it?", "A cup."), new Turn("Which colour?", "Red."));

  @Test
  void withoutHistory() {
    assertThat(PromptTemplate.BASE.render("Where is it?")).isEqualTo("Where is it?");
    assertThat(PromptTemplate.CHAT.render("Where?")).isEqualTo("Question: Where? Answer:");
    assertThat(PromptTemplate.VQA.render("Where?")).isEqualTo("Question: Where? Short answer:");
  }

  @Test
  void chatKeepsTheHistory() {
    assertThat(PromptTemplate.CHAT.render("Whose?", HISTORY))
        .isEqualTo(
            """
            Question: What is it? Answer: A cup.
            Question: Which colour? Answer: Red.
            Question: Whose? Answer:\
            """);
  }

  @Test
  void vqaKeepsTheHistory() {
    assertThat(PromptTemplate.VQA.render("Whose?", HISTORY))
        .isEqualTo(
            """
            Question: What is it? Short answer: A cup.
            Question: Which colour? Short answer: Red.
            Question: Whose? Short answer:\
            """);
  }

  @Test
  void baseIgnoresTheHistory() {
    assertThat(PromptTemplate.BASE.render("Whose?", HISTORY)).isEqualTo("Whose?");
  }

  @Test
  void queriesAreTakenVerbatim() {
    assertThat(PromptTemplate.CHAT.render(" {q}\n$1\\ </s> "))
        .isEqualTo("Question:  {q}\n$1\\ </s>  Answer:");
  }

  @Test
  void instructionsStandBetweenSpaces() {
    assertThat(PromptTemplate.INSTRUCTION.render("Where?")).isEqualTo(" [INST] Where? [/INST] ");
    assertThat(PromptTemplate.INSTRUCTION.render("Whose?", HISTORY))
        .isEqualTo(
            " [INST] What is it? [/INST] A cup."
                + " [INST] Which colour? [/INST] Red."
                + " [INST] Whose? [/INST] ");
  }

  @Test
  void namesAreThoseOfTheConfiguration() {
    for (PromptTemplate template : PromptTemplate.values()) {
      assertThat(PromptTemplate.fromName(template.configName())).isEqualTo(template);
    }
    assertThat(PromptTemplate.CHAT.configName()).isEqualTo("chat");
    assertThat(PromptTemplate.fromName("chat_old")).isEqualTo(PromptTemplate.CHAT);
    assertThatThrownBy(() -> PromptTemplate.fromName("chat2"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("'chat2'")
        .hasMessageContaining("base, chat, vqa")
        .hasMessageContaining("template_version");
  }

  @Test
  void cogAgentMeansTheInstructionFormByChat() {
    assertThat(PromptTemplate.fromCogAgentName("chat")).isEqualTo(PromptTemplate.INSTRUCTION);
    assertThat(PromptTemplate.fromCogAgentName("chat_old")).isEqualTo(PromptTemplate.CHAT);
    assertThat(PromptTemplate.fromCogAgentName("vqa")).isEqualTo(PromptTemplate.VQA);
    assertThat(PromptTemplate.fromCogAgentName("base")).isEqualTo(PromptTemplate.BASE);
    assertThatThrownBy(() -> PromptTemplate.fromCogAgentName("Chat"))
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void guiQuestionsQuoteTheTask() {
    assertThat(GuiQuestion.steps("search for \"CogVLM\""))
        .isEqualTo("What steps do I need to take to \"search for \"CogVLM\"\"?");
    assertThat(GuiQuestion.groundedSteps("log in"))
        .isEqualTo("What steps do I need to take to \"log in\"?(with grounding)");
    assertThatThrownBy(() -> GuiQuestion.groundedSteps(" "))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("task");
  }
}
