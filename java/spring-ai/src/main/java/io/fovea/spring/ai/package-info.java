/** An engine of this process as Spring AI's chat model. */
@NullMarked
package io.fovea.spring.ai;

import org.jspecify.annotations.NullMarked;
