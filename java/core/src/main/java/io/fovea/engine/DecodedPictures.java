package io.fovea.engine;

import io.fovea.image.DecodingRoom;
import io.fovea.image.ImageDecoder;
import io.fovea.image.ImageInput;
import io.fovea.image.RgbImage;
import java.util.ArrayList;
import java.util.List;

/** Pictures of one request in memory, and the room that they take. */
final class DecodedPictures implements AutoCloseable {
  private final List<DecodingRoom.Hold> holds = new ArrayList<>();
  private final List<RgbImage> images = new ArrayList<>();

  private DecodedPictures() {}

  /**
   * Decodes all of them. One caller at a time: two that hold some of their pictures and wait for
   * room for the others would wait for each other.
   *
   * @throws io.fovea.ImageException where one cannot be decoded, or all of them need more than the
   *     room
   */
  static DecodedPictures decode(DecodingRoom room, ImageDecoder decoder, List<ImageInput> inputs) {
    DecodedPictures pictures = new DecodedPictures();
    synchronized (room) {
      try {
        for (ImageInput input : inputs) {
          DecodingRoom.Hold hold = room.holdBeside(pictures.bytes());
          pictures.holds.add(hold);
          pictures.images.add(decoder.decode(input, hold));
        }
        return pictures;
      } catch (RuntimeException e) {
        pictures.close();
        throw e;
      }
    }
  }

  private long bytes() {
    return holds.stream().mapToLong(DecodingRoom.Hold::bytes).sum();
  }

  List<RgbImage> images() {
    return images;
  }

  @Override
  public void close() {
    holds.forEach(DecodingRoom.Hold::close);
  }
}
