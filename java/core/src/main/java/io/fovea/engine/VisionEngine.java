package io.fovea.engine;

import static java.util.Objects.requireNonNull;

import io.fovea.image.ImageInput;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A loaded model that answers questions about pictures. Safe for any number of threads: requests of
 * all callers share forward steps, and each gets the tokens it would get alone. {@link FoveaEngine}
 * is the implementation; backends that wrap, proxy or replace it in tests depend on this.
 *
 * <p><b>Waiting.</b> Calls wait for their result. Interrupting the waiting thread, a deadline, or
 * {@link #close} ends a request within one step.
 *
 * <p><b>Later.</b> Calls whose name ends in {@code Async} return at once. Whatever ends their
 * future from outside ends the request within one step: {@code cancel}, {@code orTimeout},
 * cancelling a future derived from it. Dependents run on {@link EngineBuilder#executor}, never on
 * the engine's thread. A full queue completes the future with {@link
 * io.fovea.RequestRejectedException}; what is wrong with the arguments is thrown at once.
 *
 * <p><b>Failures</b> are {@link io.fovea.FoveaException}s:
 *
 * <ul>
 *   <li>{@link io.fovea.InvalidRequestException}: it can never be served, such as a prompt too long
 *   <li>{@link io.fovea.RequestRejectedException}: the queue is full
 *   <li>{@link io.fovea.DeadlineExceededException}: the deadline passed first
 *   <li>{@link io.fovea.GenerationCancelledException}: it was cancelled, the waiting thread
 *       interrupted or the engine closed
 *   <li>{@link io.fovea.EngineClosedException}: the engine was closed, or is shutting down
 *   <li>{@link io.fovea.NativeFaultException}: the device or the engine failed; {@link #health}
 * </ul>
 *
 * {@link #model}, {@link #device}, {@link #stats}, {@link #health} and {@link #close} never throw.
 * A closed {@link EncodedImage} is an {@link IllegalStateException}, as is waiting on the engine's
 * own thread, from a listener.
 */
public interface VisionEngine extends AutoCloseable {
  /**
   * Decodes and encodes a picture, once for all questions about it. The same picture, if it is open
   * already, is not encoded again. A full queue refuses it before anything is read.
   *
   * @throws io.fovea.ImageException where the picture cannot be read, or needs more than {@link
   *     EngineBuilder#decodeBytes}
   */
  EncodedImage encode(ImageInput input, EncodeOptions options);

  /** As {@link #encode(ImageInput, EncodeOptions)}, without deadline. */
  default EncodedImage encode(ImageInput input) {
    return encode(input, EncodeOptions.defaults());
  }

  /**
   * A picture, decoded on {@link EngineBuilder#executor} and encoded later. An image that was
   * finished although its future was ended is closed.
   */
  CompletableFuture<EncodedImage> encodeAsync(ImageInput input, EncodeOptions options);

  /** As {@link #encodeAsync(ImageInput, EncodeOptions)}, without deadline. */
  default CompletableFuture<EncodedImage> encodeAsync(ImageInput input) {
    return encodeAsync(input, EncodeOptions.defaults());
  }

  /**
   * Where each of several phrases is, in one batch: all are answered or none.
   *
   * @param phrases at least one
   * @return one for each phrase, in their order
   */
  List<Grounding> locate(EncodedImage image, List<String> phrases, LocateOptions options);

  /** As {@link #locate(EncodedImage, List, LocateOptions)}, with the defaults. */
  default List<Grounding> locate(EncodedImage image, List<String> phrases) {
    return locate(image, phrases, LocateOptions.defaults());
  }

  /** Where {@code phrase} is. */
  Grounding locate(EncodedImage image, String phrase, LocateOptions options);

  /** Where {@code phrase} is: at most 8 boxes, always well formed, each with its confidence. */
  default Grounding locate(EncodedImage image, String phrase) {
    return locate(image, phrase, LocateOptions.defaults());
  }

  /** As {@link #locate(EncodedImage, List, LocateOptions)}, later. */
  CompletableFuture<List<Grounding>> locateAsync(
      EncodedImage image, List<String> phrases, LocateOptions options);

  /** As {@link #locate(EncodedImage, String, LocateOptions)}, later. */
  CompletableFuture<Grounding> locateAsync(
      EncodedImage image, String phrase, LocateOptions options);

  /** As {@link #locate(EncodedImage, String)}, later. */
  default CompletableFuture<Grounding> locateAsync(EncodedImage image, String phrase) {
    return locateAsync(image, phrase, LocateOptions.defaults());
  }

  /** A description with boxes for what it names. */
  Caption caption(EncodedImage image, GenerationOptions options);

  /** A description with boxes for what it names, of at most 512 tokens. */
  default Caption caption(EncodedImage image) {
    return caption(image, GenerationOptions.defaults());
  }

  /** As {@link #caption(EncodedImage, GenerationOptions)}, later. */
  CompletableFuture<Caption> captionAsync(EncodedImage image, GenerationOptions options);

  /** As {@link #caption(EncodedImage)}, later. */
  default CompletableFuture<Caption> captionAsync(EncodedImage image) {
    return captionAsync(image, GenerationOptions.defaults());
  }

  /** A short answer to a question about a picture. */
  default Answer ask(EncodedImage image, String question, GenerationOptions options) {
    return ask(List.of(requireNonNull(image, "image")), question, options);
  }

  /**
   * A short answer to a question about several pictures. Boxes in it are on the last one.
   *
   * @throws io.fovea.InvalidRequestException where there is none, or several and the model looks at
   *     one at a time
   */
  Answer ask(List<EncodedImage> images, String question, GenerationOptions options);

  /** As {@link #ask(List, String, GenerationOptions)}, of at most 512 tokens. */
  default Answer ask(List<EncodedImage> images, String question) {
    return ask(images, question, GenerationOptions.defaults());
  }

  /** A short answer to a question about a picture, of at most 512 tokens. */
  default Answer ask(EncodedImage image, String question) {
    return ask(image, question, GenerationOptions.defaults());
  }

  /** As {@link #ask(EncodedImage, String, GenerationOptions)}, later. */
  default CompletableFuture<Answer> askAsync(
      EncodedImage image, String question, GenerationOptions options) {
    return askAsync(List.of(requireNonNull(image, "image")), question, options);
  }

  /** As {@link #ask(List, String, GenerationOptions)}, later. */
  CompletableFuture<Answer> askAsync(
      List<EncodedImage> images, String question, GenerationOptions options);

  /** As {@link #ask(List, String)}, later. */
  default CompletableFuture<Answer> askAsync(List<EncodedImage> images, String question) {
    return askAsync(images, question, GenerationOptions.defaults());
  }

  /** As {@link #ask(EncodedImage, String)}, later. */
  default CompletableFuture<Answer> askAsync(EncodedImage image, String question) {
    return askAsync(image, question, GenerationOptions.defaults());
  }

  /**
   * A short answer to a question about no picture.
   *
   * @throws io.fovea.InvalidRequestException where the model answers only about pictures
   */
  Answer askTextOnly(String question, GenerationOptions options);

  /** As {@link #askTextOnly(String, GenerationOptions)}, of at most 512 tokens. */
  default Answer askTextOnly(String question) {
    return askTextOnly(question, GenerationOptions.defaults());
  }

  /**
   * What {@link #ask(List, String, GenerationOptions)} asks, for {@link #stream} and {@link
   * #publish}.
   *
   * @param images may be none, where the model answers without
   */
  ChatRequest askRequest(List<EncodedImage> images, String question, GenerationOptions options);

  /**
   * What {@link #caption(EncodedImage, GenerationOptions)} asks, for {@link #stream} and {@link
   * #publish}.
   */
  ChatRequest captionRequest(EncodedImage image, GenerationOptions options);

  /** The answer to a request. */
  Answer chat(ChatRequest request);

  /** As {@link #chat}, later. */
  CompletableFuture<Answer> chatAsync(ChatRequest request);

  /** The answer to a request, token by token, for one thread that reads it. */
  TokenStream stream(ChatRequest request);

  /**
   * The answer to a request, token by token, for reactive code. Each subscriber gets an answer of
   * its own, which begins when it subscribes; the last item is {@link TokenEvent.Done}, also where
   * the deadline passed. Cancelling the subscription ends the request within one step. Items come
   * on {@link EngineBuilder#executor}; those not asked for yet are kept, at most one for each token
   * the request may have. A picture must be open when somebody subscribes.
   */
  Flow.Publisher<TokenEvent> publish(ChatRequest request);

  /**
   * Answers questions about made-up pictures until they are answered as fast as they will be, so
   * that the first caller does not pay for what happens once: before an engine takes traffic.
   *
   * @param most where to stop in any case, once a round of four requests has ended
   */
  void warmUp(Duration most);

  /** What was loaded. */
  ModelInfo model();

  /** The device in use, and why. */
  DeviceReport device();

  /** What the engine is doing, as of its last step. */
  EngineStats stats();

  /** Whether it takes requests, and why not; never throws. */
  EngineHealth health();

  /**
   * Ends in good order: refuses new requests, finishes those that are there, then closes.
   *
   * @param patience how long they may take; what is left then is cancelled
   * @return whether all were finished
   */
  boolean shutdown(Duration patience);

  /**
   * Ends all requests, frees all memory and waits until the engine's thread is gone, ten seconds at
   * most; a step that lasts longer frees everything when it ends. Closing twice is harmless.
   */
  @Override
  void close();
}
