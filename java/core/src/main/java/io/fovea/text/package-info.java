/**
 * From text to token ids and back: SentencePiece byte-pair models, as of CogVLM v1 and CogAgent,
 * and unigram models, as of Kosmos-2; byte-level vocabularies, as of CogVLM2 and Qwen-VL; and a
 * detokenizer for text that is still being generated.
 */
@NullMarked
package io.fovea.text;

import org.jspecify.annotations.NullMarked;
