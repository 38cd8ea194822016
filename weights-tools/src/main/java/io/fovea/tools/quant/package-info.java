/** Rounds weights to fewer bits, and writes them in the compressed-tensors convention. */
@NullMarked
package io.fovea.tools.quant;

import org.jspecify.annotations.NullMarked;
