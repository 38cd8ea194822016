package io.fovea.image;

/** A picture that an {@link ImageDecoder} gave: nothing of it is changed any more. */
record DecodedInput(RgbImage picture) implements ImageInput {
  @Override
  public String name() {
    return "picture of " + picture.size();
  }
}
