package io.fovea.engine;

import io.fovea.model.ImageFeatures;

/** The features of a picture, shared by all images with the same pixels. Engine thread only. */
final class StoredPicture {
  private final PictureKey key;
  private final ImageFeatures features;
  private int holders;

  StoredPicture(PictureKey key, ImageFeatures features) {
    this.key = key;
    this.features = features;
  }

  PictureKey key() {
    return key;
  }

  ImageFeatures features() {
    return features;
  }

  StoredPicture hold() {
    holders++;
    return this;
  }

  /** Ends a hold; frees the features after the last. Returns whether it was that. */
  boolean release() {
    if (--holders > 0) {
      return false;
    }
    features.close();
    return true;
  }
}
