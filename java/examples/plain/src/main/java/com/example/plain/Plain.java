package com.example.plain;

import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.Grounding;
import io.fovea.engine.TokenEvent;
import io.fovea.engine.TokenStream;
import io.fovea.image.ImageInput;
import java.nio.file.Path;

/** Finds a phrase in a picture, asks about it, and streams an answer. */
public final class Plain {
  private Plain() {}

  /** Arguments: the folder of a model, a picture, a phrase. */
  public static void main(String[] arguments) {
    Path model = Path.of(arguments[0]);
    Path picture = Path.of(arguments[1]);
    String phrase = arguments[2];

    // An engine holds the weights: make one, share it among all threads, close it at the end.
    try (FoveaEngine engine = FoveaEngine.builder().model(model).build();
        EncodedImage image = engine.encode(ImageInput.of(picture))) { // encode once, ask many
      Grounding found = engine.locate(image, phrase);
      found.regions().forEach(r -> System.out.println(r.phrase() + ": " + r.pixels()));
      if (found.absent()) {
        System.out.println(phrase + ": not there");
      }

      System.out.println(engine.ask(image, "How many circles are there?").text());

      ChatRequest request = ChatRequest.about(image, "What color is the star?").build();
      try (TokenStream answer = engine.stream(request)) {
        for (TokenEvent event : answer) {
          System.out.print(event.text()); // as it is generated
        }
      }
      System.out.println();
    }
  }
}
