package io.fovea.engine;

import io.fovea.InvalidRequestException;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import io.fovea.model.Prompt;
import java.nio.file.Path;
import java.util.List;

/**
 * Looking inside an engine: what a model computes, and where its time goes. Each call has the
 * engine to itself for as long as it lasts; other requests wait. Of {@link
 * FoveaEngine#diagnostics}.
 */
public final class Diagnostics {
  private final LoadedModel model;
  private final Requests requests;
  private final DecodingRoom room;
  private final ImageDecoder decoder;
  private final int stepRows;
  private final Admission admission;

  Diagnostics(
      LoadedModel model,
      Requests requests,
      DecodingRoom room,
      EngineOptions options,
      Admission admission) {
    this.model = model;
    this.requests = requests;
    this.room = room;
    decoder = options.decoder();
    stepRows = options.stepRows();
    this.admission = admission;
  }

  /**
   * Runs one request and writes every named intermediate to a safetensors file, for comparing with
   * the reference: {@code pixel_values}, {@code vision.*}, {@code language.*} and {@code logits} as
   * f32, {@code input_ids}, {@code token_type_ids}, {@code position_ids}, {@code source_ids} where
   * an encoder reads any, and, where {@code maxNewTokens} is not 0, the greedy {@code
   * generated_ids}. The whole prompt runs in one step and everything is held in memory until it is
   * written. Of several pictures, what belongs to the second has {@code pictures.1.} before its
   * name, and so on.
   *
   * @param images the request's pictures; {@code request.images()} must be empty
   */
  public TraceResult trace(
      List<ImageInput> images, ChatRequest request, int maxNewTokens, Path out) {
    if (!request.images().isEmpty()) {
      throw new InvalidRequestException(
          "an encoded image cannot be traced", "pass the picture itself");
    }
    Prompt prompt = requests.trace(request, images.size(), maxNewTokens);
    try (DecodedPictures pictures = DecodedPictures.decode(room, decoder, images)) {
      return run(new TraceWork(model, pictures.images(), prompt, maxNewTokens, out));
    }
  }

  /**
   * Where the time of a request goes: runs it several times and times every op.
   *
   * @throws InvalidRequestException where prompt and tokens do not fit the context or the cache
   */
  public Profile profile(ImageInput image, String question, ProfileOptions options) {
    ChatRequest asked = ChatRequest.textOnly(question).build();
    Prompt prompt = requests.trace(asked, /* pictures= */ 1, options.tokens());
    try (DecodedPictures pictures = DecodedPictures.decode(room, decoder, List.of(image))) {
      RgbImage picture = pictures.images().get(0);
      ProfiledRequest request =
          new ProfiledRequest(model, picture, prompt, options.tokens(), stepRows);
      return run(new ProfileWork(request, options));
    }
  }

  private <T> T run(ExclusiveWork<T> work) {
    EngineThread.requireAnother();
    admission.offer(List.of(work));
    return Results.await(List.of(work), work.result(), () -> "");
  }
}
