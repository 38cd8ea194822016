/** How questions and earlier turns become the text a model was tuned on. */
@NullMarked
package io.fovea.prompt;

import org.jspecify.annotations.NullMarked;
