/**
 * GGUF files as llama.cpp reads and writes them: its names and keys for CogVLM, its quantised
 * types.
 */
@NullMarked
package io.fovea.tools.gguf;

import org.jspecify.annotations.NullMarked;
