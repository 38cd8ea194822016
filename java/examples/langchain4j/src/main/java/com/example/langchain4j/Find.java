package com.example.langchain4j;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.V;
import io.fovea.engine.FoveaEngine;
import io.fovea.langchain4j.FoveaChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** Finds a phrase in a picture by a service that LangChain4j makes of an interface. */
public final class Find {
  private Find() {}

  /** A box in pixels of the picture. */
  record Found(String label, int left, int top, int right, int bottom) {}

  /** What the model is asked, and in which form it answers. */
  interface Finder {
    @UserMessage("Where is {{phrase}}?")
    List<Found> find(@V("phrase") String phrase, @UserMessage ImageContent picture);
  }

  /** Arguments: the folder of a model, a picture, a phrase. */
  public static void main(String[] arguments) throws IOException {
    byte[] file = Files.readAllBytes(Path.of(arguments[1]));
    ImageContent picture =
        ImageContent.from(Base64.getEncoder().encodeToString(file), "image/png");
    try (FoveaEngine engine = FoveaEngine.builder().model(Path.of(arguments[0])).build()) {
      FoveaChatModel model = FoveaChatModel.builder().engine(engine).build();
      AiServices.create(Finder.class, model)
          .find(arguments[2], picture)
          .forEach(System.out::println);
    }
  }
}
