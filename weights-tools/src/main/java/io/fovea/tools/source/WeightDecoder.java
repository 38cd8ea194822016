package io.fovea.tools.source;

/** Which tensors of a checkpoint make up quantised weights, by their names. */
interface WeightDecoder {
  /** For checkpoints without quantised weights. */
  WeightDecoder NONE =
      new WeightDecoder() {
        @Override
        public boolean isCodes(String name) {
          return false;
        }

        @Override
        public boolean isPart(String name) {
          return false;
        }

        @Override
        public SourceTensor weight(String codesName) {
          throw new IllegalArgumentException(codesName);
        }
      };

  /** Whether the tensor holds the codes of a weight. */
  boolean isCodes(String name);

  /** Whether the tensor only serves codes of another name. */
  boolean isPart(String name);

  /**
   * The weight whose codes have that name.
   *
   * @throws io.fovea.ModelLoadException where a part is missing, or dtypes and shapes do not fit
   */
  SourceTensor weight(String codesName);
}
