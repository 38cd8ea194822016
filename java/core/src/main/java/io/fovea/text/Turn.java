package io.fovea.text;

/**
 * One finished exchange of a conversation.
 *
 * @param question what the user asked
 * @param answer what the model replied
 */
public record Turn(String question, String answer) {}
