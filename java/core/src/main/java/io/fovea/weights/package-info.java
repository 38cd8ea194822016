/** Reads checkpoints: safetensors by name, shapes and dtypes checked, memory-mapped. */
@NullMarked
package io.fovea.weights;

import org.jspecify.annotations.NullMarked;
