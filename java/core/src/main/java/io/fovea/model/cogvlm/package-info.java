/** CogVLM: adapter, expert-routed decoder, and the plans that say which row goes where. */
@NullMarked
package io.fovea.model.cogvlm;

import org.jspecify.annotations.NullMarked;
