/** Tests of merged adapters. */
@NullMarked
package io.fovea.tools.lora;

import org.jspecify.annotations.NullMarked;
