package io.fovea.engine;

import io.fovea.GenerationCancelledException;
import io.fovea.RequestRejectedException;
import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** How pictures get into the engine: a place in the queue first, then decoded. Any thread. */
final class PictureIntake {
  private final LoadedModel model;
  private final ImageStore store;
  private final DecodingRoom room;
  private final ImageDecoder decoder;
  private final Admission admission;

  PictureIntake(
      LoadedModel model,
      ImageStore store,
      DecodingRoom room,
      ImageDecoder decoder,
      Admission admission) {
    this.model = model;
    this.store = store;
    this.room = room;
    this.decoder = decoder;
    this.admission = admission;
  }

  /** Waits for the encoded picture. */
  EncodedImage now(ImageInput input, EncodeOptions options) {
    EngineThread.requireAnother();
    EncodeWork work = new EncodeWork(model, store, room, options);
    decode(input, work, admission.claim(work)); // a full queue costs nothing
    try {
      return Results.await(List.of(work), work.result(), () -> "");
    } catch (GenerationCancelledException e) {
      closeLate(work);
      throw e;
    }
  }

  /** Decodes on the executor and delivers the encoded picture later. */
  CompletableFuture<EncodedImage> later(ImageInput input, EncodeOptions options) {
    EncodeWork work = new EncodeWork(model, store, room, options);
    WorkQueue.Places place;
    try {
      place = admission.claimNow(work);
    } catch (RequestRejectedException e) {
      return CompletableFuture.failedFuture(e);
    }
    AtomicBoolean taken = new AtomicBoolean(); // by a thread, or by a cancellation before
    work.onCancel(() -> withdraw(work, place, taken));
    try {
      admission
          .executor()
          .execute(
              () -> {
                if (taken.compareAndSet(false, true)) {
                  decodeOrFail(input, work, place);
                }
              });
    } catch (RuntimeException | Error e) { // the executor takes no more, or has no thread
      place.close();
      admission.abandon(work, e);
      return CompletableFuture.failedFuture(e);
    }
    return new RequestFuture<EncodedImage>(List.of(work), admission.executor())
        .follow(work.result(), image -> image, EncodedImage::close);
  }

  /**
   * Gives the place up where no thread has come for it: the executor may be slow, or drop tasks.
   */
  private void withdraw(EncodeWork work, WorkQueue.Places place, AtomicBoolean taken) {
    if (taken.compareAndSet(false, true)) {
      place.close();
      work.stop(FinishReason.CANCELLED);
      admission.abandon(work, new GenerationCancelledException("cancelled before it was read", ""));
    }
  }

  private void decodeOrFail(ImageInput input, EncodeWork work, WorkQueue.Places place) {
    try {
      decode(input, work, place);
    } catch (RuntimeException | Error e) {
      work.fail(e);
    }
  }

  /** Decodes a picture and hands it over; place and room are given back where that fails. */
  private void decode(ImageInput input, EncodeWork work, WorkQueue.Places place) {
    try (place) {
      work.decode(decoder, input);
      place.give(work);
    } catch (RuntimeException | Error e) {
      admission.abandon(work, e);
      throw e;
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the clean-up
  private static void closeLate(EncodeWork work) {
    work.result().thenAccept(EncodedImage::close);
  }
}
