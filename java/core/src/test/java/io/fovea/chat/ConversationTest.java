package io.fovea.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.InvalidRequestException;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.GenerationOptions;
import io.fovea.prompt.Turn;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConversationTest {
  @Test
  void messagesOfAUserThatFollowEachOtherAreOneQuestion() {
    Conversation<String> read =
        Conversation.<String>reader()
            .asked()
            .picture("a")
            .text("What")
            .asked()
            .text("is it?")
            .picture("b")
            .answered("a star", "messages[2]")
            .asked()
            .text("And this?")
            .picture("c")
            .end();
    assertThat(read.history()).containsExactly(new Turn("What\nis it?", "a star", 2));
    assertThat(read.question()).isEqualTo("And this?");
    assertThat(read.pictures()).containsExactly("a", "b", "c");
    assertThat(read.newPictures()).isEqualTo(1);
  }

  @Test
  void whatDoesNotTakeTurnsIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> Conversation.reader().answered("x", "messages[0]"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("messages[0] answers no question");
    Conversation.Reader<Object> asked = Conversation.reader().asked().text("x");
    assertThatThrownBy(() -> asked.answered(null, "messages[1]"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("messages[1] has no text");
    asked.answered("y", "messages[1]");
    assertThatThrownBy(() -> asked.answered("z", "messages[2]"))
        .hasMessageContaining("messages[2] answers no question");
    assertThatThrownBy(asked::end).hasMessageContaining("the last message is no user's");
  }

  @Test
  void aBlankQuestionMayBeAllThereIs() {
    Conversation<String> blank = Conversation.<String>reader().asked().picture("a").end();
    assertThat(blank.question()).isEmpty();
    assertThatThrownBy(blank::requireQuestion)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("has no text");
  }

  @Test
  void becomesARequest() {
    Conversation<String> read =
        Conversation.<String>reader()
            .asked()
            .text("Who?")
            .answered("I", "")
            .asked()
            .text("x")
            .end();
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(7).build();
    ChatRequest request = read.requireQuestion().request(List.of(), null, options);
    assertThat(request.query()).isEqualTo("x");
    assertThat(request.history()).hasSize(1);
    assertThat(request.options()).isEqualTo(options);
  }

  @Test
  void aTextOpensTheMessageThatItIsOf() {
    Conversation<String> read =
        Conversation.<String>reader().text("a").answered("b", "").picture("p").text("c").end();
    assertThat(read.history()).containsExactly(new Turn("a", "b"));
    assertThat(read.question()).isEqualTo("c");
    assertThat(read.newPictures()).isEqualTo(1);
  }

  @Test
  void keepsCopies() {
    List<String> pictures = new ArrayList<>(List.of("a"));
    Conversation<String> made = new Conversation<>(List.of(), "x", pictures, 1);
    pictures.clear();
    assertThat(made.pictures()).containsExactly("a");
  }
}
