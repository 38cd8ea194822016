package io.fovea.grounding;

import java.util.Optional;

/**
 * One step on a screen, as CogAgent writes it after "Grounded Operation:", such as {@code
 * [combobox] Search -> TYPE: CogVLM at the box [[212,498,787,564]]} or {@code tap [[681,808]]}.
 *
 * <p>Texts are trimmed and otherwise verbatim; parts the model left out are empty.
 *
 * @param elementType kind of screen element: "combobox", "button"
 * @param elementLabel what is written on it or what it is called
 * @param action what to do: "CLICK", "TYPE", "SELECT", "tap"
 * @param argument what to do it with: the text to type, the option to select
 * @param place where; the first place where the model wrote several
 */
public record GroundedOperation(
    String elementType,
    String elementLabel,
    String action,
    String argument,
    Optional<Place> place) {

  /** The operation in the model's own form. */
  public String text() {
    StringBuilder text = new StringBuilder();
    if (!elementType.isEmpty()) {
      text.append('[').append(elementType).append("] ");
    }
    if (!elementLabel.isEmpty()) {
      text.append(elementLabel).append(' ');
    }
    if (!text.isEmpty()) {
      text.append("-> ");
    }
    text.append(action);
    if (!argument.isEmpty()) {
      text.append(": ").append(argument);
    }
    place.ifPresent(
        where ->
            text.append(where instanceof Box ? " at the box " : " at the point ")
                .append(where.text()));
    return text.toString();
  }
}
