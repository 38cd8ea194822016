package io.fovea.server.api;

import io.fovea.engine.EncodeOptions;
import io.fovea.engine.EncodedImage;
import io.fovea.server.http.ApiException;
import io.fovea.server.http.Call;
import io.fovea.server.picture.Pictures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One request's pictures, fetched and encoded in what is left of its time. */
final class Encoding {
  private final Call call;
  private final ServedModel model;
  private final Pictures pictures;
  private final long end;

  /**
   * @param own deadline of the client, or null; the server's counts in any case
   */
  Encoding(Call call, ServedModel model, Pictures pictures, @Nullable Duration own) {
    this.call = call;
    this.model = model;
    this.pictures = pictures;
    Duration time = own == null || own.compareTo(call.deadline()) > 0 ? call.deadline() : own;
    end = System.nanoTime() + time.toNanos();
  }

  /**
   * What is left of the request's time.
   *
   * @throws ApiException 504 where nothing is
   */
  Duration left() {
    long nanos = end - System.nanoTime();
    if (nanos <= 0) {
      throw ApiException.failed(504, "timeout", "there was no answer in time", null);
    }
    return Duration.ofNanos(nanos);
  }

  /** The encoded pictures, for the caller to close; given up where the connection closes. */
  CompletableFuture<List<EncodedImage>> all(List<ChatCall.Shown> shown) {
    Map<String, CompletableFuture<EncodedImage>> different = new HashMap<>();
    List<CompletableFuture<EncodedImage>> each = new ArrayList<>();
    for (ChatCall.Shown one : shown) { // what is shown twice is read and encoded once
      CompletableFuture<EncodedImage> first = different.get(one.reference());
      CompletableFuture<EncodedImage> image =
          first == null ? one(one) : first.thenApply(EncodedImage::retain);
      different.putIfAbsent(one.reference(), image);
      each.add(image);
    }
    return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
        .handle(
            (none, error) -> {
              List<EncodedImage> images = new ArrayList<>();
              each.stream()
                  .filter(future -> !future.isCompletedExceptionally())
                  .forEach(future -> images.add(future.join()));
              if (error != null) {
                images.forEach(EncodedImage::close);
                throw Failures.of(error);
              }
              return images;
            });
  }

  private CompletableFuture<EncodedImage> one(ChatCall.Shown shown) {
    try {
      return one(pictures.file(shown.reference(), shown.field(), call));
    } catch (ApiException e) { // others may be under way, and are to be closed
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The file of a request that takes one picture: what came as one, or what the field {@code image}
   * names.
   */
  CompletableFuture<byte[]> file(Bodies.Input input) {
    String reference = input.fields().text("image");
    byte[] file = input.file();
    if (file != null && reference == null) {
      return CompletableFuture.completedFuture(file);
    }
    if (reference == null || file != null) {
      throw ApiException.invalid(
          "missing_field", "image", "give one image: a file, a data URI, an id or a URL");
    }
    return pictures.file(reference, "image", call);
  }

  /** The encoded picture, for the caller to close; given up where the connection closes. */
  @SuppressWarnings("FutureReturnValueIgnored") // all of it completes the image
  CompletableFuture<EncodedImage> one(CompletableFuture<byte[]> file) {
    CompletableFuture<EncodedImage> image = new CompletableFuture<>();
    call.connection().onClosed(() -> image.cancel(false));
    file.whenComplete(
        (bytes, error) -> {
          if (error != null) {
            image.completeExceptionally(error);
          } else {
            encode(bytes, image);
          }
        });
    return image;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // it completes the image
  private void encode(byte[] file, CompletableFuture<EncodedImage> image) {
    try {
      EncodeOptions options =
          EncodeOptions.builder().deadline(left()).caller(call.caller()).build();
      CompletableFuture<EncodedImage> encoding = model.cache().encodeAsync(file, options);
      image.whenComplete((lease, error) -> encoding.cancel(false)); // nothing, once it has ended
      encoding.whenComplete(
          (lease, error) -> {
            if (error != null) {
              image.completeExceptionally(error);
            } else if (!image.complete(lease)) {
              lease.close();
            }
          });
    } catch (RuntimeException e) {
      image.completeExceptionally(e);
    }
  }
}
