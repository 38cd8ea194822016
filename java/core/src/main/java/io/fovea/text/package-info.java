/**
 * From text to token ids and back: the SentencePiece tokenizer of CogVLM v1 and CogAgent, the
 * byte-level one of CogVLM2, the models' prompt templates, and a detokenizer for text that is still
 * being generated.
 */
@NullMarked
package io.fovea.text;

import org.jspecify.annotations.NullMarked;
