/** Adapters of the peft library, merged into the weights of a checkpoint as it is read. */
@NullMarked
package io.fovea.tools.lora;

import org.jspecify.annotations.NullMarked;
