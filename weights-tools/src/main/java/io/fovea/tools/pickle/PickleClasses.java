package io.fovea.tools.pickle;

import java.util.List;

/** What classes, calls and outside objects in a pickle mean. Nothing of it runs foreign code. */
interface PickleClasses {
  /**
   * The class or function of that name.
   *
   * @throws PickleException unless it is on the list of those that are allowed
   */
  Pickled find(String module, String name) throws PickleException;

  /** What calling {@code callee} with {@code arguments} gives. */
  Pickled call(Pickled.ClassName callee, List<Pickled> arguments) throws PickleException;

  /** The object that lies outside the pickle under {@code id}. */
  Pickled persistent(Pickled id) throws PickleException;
}
