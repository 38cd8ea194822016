package io.fovea.tools.zoo;

import io.fovea.weights.QuantizationScheme.Use;
import java.util.Map;
import java.util.function.Function;

/**
 * A checkpoint as another program stores it.
 *
 * @param name of the test
 * @param use what must be done with it
 * @param title what messages call its scheme
 * @param torch whether it is a file of PyTorch, else of safetensors
 * @param store stores the weights; returns the values of those that can be read, by name
 */
record Animal(
    String name,
    Use use,
    String title,
    boolean torch,
    Function<Draft, Map<String, float[]>> store) {
  @Override
  public String toString() {
    return name;
  }

  Animal inTorch() {
    return new Animal(name + ", PyTorch", use, title, true, store);
  }
}
