/**
 * What an adapter of a chat framework needs besides the engine: messages become a conversation, the
 * pictures that they name become encoded ones, parameters become options.
 */
@NullMarked
package io.fovea.chat;

import org.jspecify.annotations.NullMarked;
