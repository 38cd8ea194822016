package io.fovea.image;

import java.awt.image.BufferedImage;

/** A picture that is decoded already. */
record PictureInput(BufferedImage picture) implements ImageInput {
  @Override
  public String name() {
    return "BufferedImage of " + picture.getWidth() + "x" + picture.getHeight();
  }
}
