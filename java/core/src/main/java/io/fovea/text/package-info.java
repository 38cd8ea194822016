/**
 * From text to token ids and back: the SentencePiece tokenizer of CogVLM v1, its prompt templates
 * and the token sequence of a request, and a detokenizer for text that is still being generated.
 */
@NullMarked
package io.fovea.text;

import org.jspecify.annotations.NullMarked;
