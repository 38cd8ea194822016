package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Bool;
import io.fovea.tools.pickle.Pickled.ClassName;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Inert;
import io.fovea.tools.pickle.Pickled.Int;
import io.fovea.tools.pickle.Pickled.Items;
import io.fovea.tools.pickle.Pickled.None;
import io.fovea.tools.pickle.Pickled.Real;
import io.fovea.tools.pickle.Pickled.Text;
import io.fovea.tools.pickle.Pickled.Tuple;
import io.fovea.weights.QuantizationScheme;
import io.fovea.weights.StoredScheme;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The stack machine of Python's pickle format (protocols 0 to 5 as far as PyTorch writes them; the
 * instructions are specified in the comments of Python's pickletools module), building plain data.
 * Classes are only looked up in a list, calls are only those the list knows, and any instruction
 * that is not needed for tensors is refused.
 */
final class Unpickler {
  /** Most instructions of a pickle; a checkpoint of 2000 tensors has about 60 thousand. */
  private static final int MAX_INSTRUCTIONS = 1 << 21;

  private static final int MAX_STACK = 1 << 20;

  private final Path file;
  private final String part;
  private final PickleInput in;
  private final PickleClasses classes;
  private final List<Pickled> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Pickled> memo = new HashMap<>();

  /**
   * @param part what messages call the pickle within {@code file}
   * @param in is left behind the pickle's last byte
   */
  Unpickler(Path file, String part, PickleInput in, PickleClasses classes) {
    this.file = file;
    this.part = part;
    this.in = in;
    this.classes = classes;
  }

  /**
   * The value that the pickle describes.
   *
   * @throws ModelLoadException where it is damaged, too large or wants more than plain tensors
   * @throws io.fovea.UnsupportedModelException where it holds quantised weights
   */
  Pickled read() {
    int start = in.position();
    try {
      for (int i = 0; i < MAX_INSTRUCTIONS; i++) {
        start = in.position();
        int opcode = in.u1();
        if (opcode == '.') {
          return pop();
        }
        execute(opcode);
        if (stack.size() > MAX_STACK) {
          throw new PickleException("has more than " + MAX_STACK + " values on its stack");
        }
      }
      throw new PickleException("has more than " + MAX_INSTRUCTIONS + " instructions");
    } catch (PickleException.Quantized e) {
      String evidence = e.getMessage() + " in " + part + ", byte " + start;
      throw StoredScheme.refused(QuantizationScheme.UNKNOWN, e.title(), evidence).refusal(file);
    } catch (PickleException e) {
      throw new ModelLoadException(
          file, part + ", byte " + start, String.valueOf(e.getMessage()), e.remedy(), e);
    }
  }

  private void execute(int opcode) throws PickleException {
    switch (opcode) {
      case 0x80 -> protocol(in.u1());
      case 0x95 -> in.i8(); // FRAME: how many bytes follow, of use only to readers of streams
      case '(' -> marks.push(stack.size());
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(peek());
      case 'N' -> push(None.NONE);
      case 0x88 -> push(new Bool(true));
      case 0x89 -> push(new Bool(false));
      case 'I' -> push(integerLine(in.line()));
      case 'L' -> push(longLine(in.line()));
      case 'J' -> push(new Int(in.i4()));
      case 'K' -> push(new Int(in.u1()));
      case 'M' -> push(new Int(in.u2()));
      case 0x8a -> push(longInteger(in.u1()));
      case 0x8b -> push(longInteger(in.u4()));
      case 'G' -> push(new Real(in.float8()));
      case 'X' -> push(new Text(in.utf8(in.u4())));
      case 0x8c -> push(new Text(in.utf8(in.u1())));
      case 0x8d -> push(new Text(in.utf8(in.i8())));
      case 'U', 'C' -> push(bytes(in.u1()));
      case 'T', 'B' -> push(bytes(in.u4()));
      case 0x8e, 0x96 -> push(bytes(in.i8()));
      case ')' -> push(new Tuple(List.of()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case 't' -> push(new Tuple(popToMark()));
      case ']', 0x8f -> push(new Items());
      case 'l', 0x91 -> push(list(popToMark()));
      case 'a' -> append(List.of(pop()));
      case 'e', 0x90 -> append(popToMark());
      case '}' -> push(new Dict());
      case 'd' -> push(dict(popToMark()));
      case 's' -> setItems(tuple(2).items());
      case 'u' -> setItems(popToMark());
      case 'q' -> memo.put((long) in.u1(), peek());
      case 'r' -> memo.put(in.u4(), peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> push(remembered(in.u1()));
      case 'j' -> push(remembered(in.u4()));
      case 'c' -> push(classes.find(in.line(), in.line()));
      case 0x93 -> push(stackGlobal(tuple(2).items()));
      case 'R', 0x81 -> call(tuple(2).items());
      case 'b' -> build(pop());
      case 'Q' -> push(classes.persistent(pop()));
      default ->
          throw new PickleException(
              "has the instruction 0x%02x, which tensors do not need".formatted(opcode));
    }
  }

  private static void protocol(int version) throws PickleException {
    if (version > 5) {
      throw new PickleException("is of protocol " + version + ", 5 is the newest known");
    }
  }

  private void push(Pickled value) {
    stack.add(value);
  }

  /** The stack may not be taken down below the last mark. */
  private void requireAboveMark(int count) throws PickleException {
    Integer mark = marks.peek();
    if (stack.size() - (mark == null ? 0 : mark) < count) {
      throw new PickleException("takes a value from an empty stack");
    }
  }

  private Pickled peek() throws PickleException {
    requireAboveMark(1);
    return stack.get(stack.size() - 1);
  }

  private Pickled pop() throws PickleException {
    requireAboveMark(1);
    return stack.remove(stack.size() - 1);
  }

  private Tuple tuple(int count) throws PickleException {
    requireAboveMark(count);
    return new Tuple(cut(stack.size() - count));
  }

  private List<Pickled> popToMark() throws PickleException {
    Integer mark = marks.poll();
    if (mark == null) {
      throw new PickleException("looks for a mark that is not there");
    }
    return cut(mark);
  }

  private List<Pickled> cut(int from) {
    List<Pickled> top = stack.subList(from, stack.size());
    List<Pickled> values = List.copyOf(top);
    top.clear();
    return values;
  }

  /** Protocol 1 writes booleans as the lines 00 and 01. */
  private static Pickled integerLine(String line) throws PickleException {
    return switch (line) {
      case "00" -> new Bool(false);
      case "01" -> new Bool(true);
      default -> longLine(line);
    };
  }

  private static Pickled longLine(String line) throws PickleException {
    try {
      return new Int(
          Long.parseLong(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
    } catch (NumberFormatException e) {
      throw new PickleException("has '" + line + "' for an integer of 64 bits");
    }
  }

  private Pickled longInteger(long count) throws PickleException {
    if (count <= Long.BYTES) {
      return new Int(in.signed((int) count));
    }
    in.skip(count);
    return new Inert("integer of " + count + " bytes");
  }

  private Pickled bytes(long count) throws PickleException {
    in.skip(count);
    return new Inert(count + " bytes");
  }

  private static Items list(List<Pickled> values) {
    Items list = new Items();
    list.items.addAll(values);
    return list;
  }

  private static Dict dict(List<Pickled> keysAndValues) throws PickleException {
    Dict dict = new Dict();
    putAll(dict, keysAndValues);
    return dict;
  }

  private void append(List<Pickled> values) throws PickleException {
    if (peek() instanceof Items list) {
      list.items.addAll(values);
    } else if (!(peek() instanceof Inert)) {
      throw new PickleException("appends to something that is no list");
    }
  }

  private void setItems(List<Pickled> keysAndValues) throws PickleException {
    if (peek() instanceof Dict dict) {
      putAll(dict, keysAndValues);
    } else if (!(peek() instanceof Inert)) {
      throw new PickleException("sets a key of something that is no dictionary");
    }
  }

  /** Keys must be plain: a tuple's hash would be computed by unbounded recursion. */
  private static void putAll(Dict dict, List<Pickled> keysAndValues) throws PickleException {
    if (keysAndValues.size() % 2 != 0) {
      throw new PickleException("has a key without a value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Pickled key = keysAndValues.get(i);
      if (key instanceof Tuple || key instanceof Items || key instanceof Dict) {
        throw new PickleException("has a dictionary key that is no plain value");
      }
      dict.entries.put(key, keysAndValues.get(i + 1));
    }
  }

  private Pickled remembered(long index) throws PickleException {
    @Nullable Pickled value = memo.get(index);
    if (value == null) {
      throw new PickleException("recalls value " + index + ", which was never stored");
    }
    return value;
  }

  private Pickled stackGlobal(List<Pickled> names) throws PickleException {
    if (names.get(0) instanceof Text module && names.get(1) instanceof Text name) {
      return classes.find(module.value(), name.value());
    }
    throw new PickleException("names a class by something that is no string");
  }

  private void call(List<Pickled> calleeAndArguments) throws PickleException {
    if (calleeAndArguments.get(0) instanceof ClassName callee
        && calleeAndArguments.get(1) instanceof Tuple arguments) {
      push(classes.call(callee, arguments.items()));
    } else {
      throw new PickleException("calls something that is no known class");
    }
  }

  /**
   * Sets attributes of an object. Of what is read only dictionaries have any (a state_dict carries
   * {@code _metadata}), and they do not matter.
   */
  private void build(Pickled state) throws PickleException {
    Pickled target = peek();
    if (!(target instanceof Inert || (target instanceof Dict && state instanceof Dict))) {
      throw new PickleException("sets attributes of something that has none");
    }
  }
}
