package io.fovea.cli;

import io.fovea.ImageSize;
import io.fovea.engine.Answer;
import io.fovea.engine.ChatRequest;
import io.fovea.engine.EncodedImage;
import io.fovea.engine.FoveaEngine;
import io.fovea.engine.GenerationOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The pictures that questions are about, in the order in which they were shown. */
final class Pictures implements AutoCloseable {
  private final BiFunction<FoveaEngine, Path, EncodedImage> encoder;
  private final List<Path> files = new ArrayList<>();
  private final List<EncodedImage> images = new ArrayList<>();

  Pictures(BiFunction<FoveaEngine, Path, EncodedImage> encoder) {
    this.encoder = encoder;
  }

  /** Encodes one more. */
  void add(FoveaEngine engine, Path file) {
    images.add(encoder.apply(engine, file));
    files.add(file);
  }

  /** Takes the last {@code count} back. */
  void drop(int count) {
    for (int i = 0; i < count; i++) {
      images.remove(images.size() - 1).close();
      files.remove(files.size() - 1);
    }
  }

  /** Encodes another in place of all; they stay where that fails. */
  void replace(FoveaEngine engine, Path file) {
    EncodedImage next = encoder.apply(engine, file);
    close();
    images.add(next);
    files.add(file);
  }

  /** A short answer to a question about all of them. */
  Answer ask(FoveaEngine engine, String question, GenerationOptions options) {
    return images.isEmpty()
        ? engine.askTextOnly(question, options)
        : engine.ask(images, question, options);
  }

  private int count() {
    return images.size();
  }

  /** A question about all of them. */
  ChatRequest.Builder question(String query) {
    return images.isEmpty() ? ChatRequest.textOnly(query) : ChatRequest.about(images, query);
  }

  /** Size of the last one, which boxes are on; null where there is none. */
  @Nullable ImageSize boxed() {
    return images.isEmpty() ? null : images.get(images.size() - 1).size();
  }

  /** What JSON says of the picture; null where there is none, or several. */
  Facts.@Nullable Picture one() {
    return count() == 1 ? all().get(0) : null;
  }

  /** What JSON says of several pictures; null of fewer. */
  @Nullable List<Facts.Picture> several() {
    return count() > 1 ? all() : null;
  }

  private List<Facts.Picture> all() {
    List<Facts.Picture> all = new ArrayList<>();
    for (int i = 0; i < count(); i++) {
      all.add(Facts.Picture.of(files.get(i), images.get(i)));
    }
    return all;
  }

  @Override
  public void close() {
    images.forEach(EncodedImage::close);
    images.clear();
    files.clear();
  }
}
