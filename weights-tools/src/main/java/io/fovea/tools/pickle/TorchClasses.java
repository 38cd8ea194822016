package io.fovea.tools.pickle;

import io.fovea.tools.pickle.Pickled.Bool;
import io.fovea.tools.pickle.Pickled.ClassName;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Inert;
import io.fovea.tools.pickle.Pickled.Int;
import io.fovea.tools.pickle.Pickled.Items;
import io.fovea.tools.pickle.Pickled.None;
import io.fovea.tools.pickle.Pickled.Storage;
import io.fovea.tools.pickle.Pickled.Tensor;
import io.fovea.tools.pickle.Pickled.Text;
import io.fovea.tools.pickle.Pickled.Tuple;
import io.fovea.tools.source.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The classes and functions of {@code torch.save} that describe tensors (the layout of a tensor's
 * reduction is that of torch._utils._rebuild_tensor_v2), and a few that occur beside them in
 * training checkpoints, which are recognised and left alone.
 */
final class TorchClasses implements PickleClasses {
  private static final int MAX_RANK = 8;

  /** Where a tensor's arguments hold its metadata. */
  private static final int METADATA = 6;

  private static final Text NEGATIVE = new Text("neg");
  private static final String CLONE =
      "save plain copies in Python: tensor.resolve_conj().resolve_neg().clone()";

  /** Most items that calls copy from lists, all together: one list can be copied many times. */
  private static final int MAX_COPIED = 1 << 20;

  private static final Map<String, ElementType> STORAGES =
      Map.of(
          "DoubleStorage", ElementType.F64,
          "FloatStorage", ElementType.F32,
          "HalfStorage", ElementType.F16,
          "BFloat16Storage", ElementType.BF16,
          "LongStorage", ElementType.I64,
          "IntStorage", ElementType.I32,
          "ShortStorage", ElementType.I16,
          "CharStorage", ElementType.I8,
          "ByteStorage", ElementType.U8,
          "BoolStorage", ElementType.BOOL);

  private static final Map<String, ElementType> DTYPES =
      Map.of(
          "float64", ElementType.F64,
          "float32", ElementType.F32,
          "float16", ElementType.F16,
          "bfloat16", ElementType.BF16,
          "int64", ElementType.I64,
          "int32", ElementType.I32,
          "int16", ElementType.I16,
          "int8", ElementType.I8,
          "uint8", ElementType.U8,
          "bool", ElementType.BOOL);

  private static final Set<String> REBUILDERS =
      Set.of("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter");

  private static final Set<String> BUILTINS = Set.of("set", "frozenset", "list", "tuple", "dict");

  /** Parts of optimizer, random generator and argument records: never interpreted. */
  private static final Set<String> INERT =
      Set.of(
          "_codecs.encode",
          "argparse.Namespace",
          "numpy.dtype",
          "numpy.ndarray",
          "numpy.core.multiarray._reconstruct",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray._reconstruct",
          "numpy._core.multiarray.scalar",
          "torch.device");

  private int copied;
  private final Map<String, Storage> storages = new HashMap<>();

  /** The storages that the pickle has named so far, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  @Override
  public Pickled find(String module, String name) throws PickleException {
    ClassName found = new ClassName(module.equals("__builtin__") ? "builtins" : module, name);
    boolean allowed =
        switch (found.module()) {
          case "torch" ->
              STORAGES.containsKey(name) || DTYPES.containsKey(name) || name.equals("Size");
          case "torch._utils" -> REBUILDERS.contains(name);
          case "collections" -> name.equals("OrderedDict");
          case "builtins" -> BUILTINS.contains(name);
          default -> false;
        };
    if (!allowed) {
      QuantizedClasses.refuse(found);
    }
    if (!allowed && !INERT.contains(found.toString())) {
      throw RefusedClasses.refusal(found);
    }
    return found;
  }

  static String printable(ClassName name) {
    return "'" + shortened(name.toString()) + "'";
  }

  private static String shortened(String name) {
    String text = name.replaceAll("[^\\x20-\\x7e]", "?");
    return text.length() > 100 ? text.substring(0, 100) + "..." : text;
  }

  @Override
  public Pickled call(ClassName callee, List<Pickled> arguments) throws PickleException {
    return switch (callee.toString()) {
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> tensor(arguments);
      case "torch._utils._rebuild_parameter" -> parameter(arguments);
      case "torch.Size", "builtins.tuple" -> new Tuple(items(callee, arguments));
      case "collections.OrderedDict", "builtins.dict" -> dictionary(items(callee, arguments));
      case "builtins.set", "builtins.frozenset", "builtins.list" -> {
        Items list = new Items();
        list.items.addAll(items(callee, arguments));
        yield list;
      }
      default -> {
        if (!INERT.contains(callee.toString())) {
          throw new PickleException("calls " + callee + ", which is no function");
        }
        yield new Inert(callee.toString());
      }
    };
  }

  /** The items of the one list or tuple among the arguments; of none there are none. */
  private List<Pickled> items(ClassName callee, List<Pickled> arguments) throws PickleException {
    if (arguments.isEmpty()) {
      return List.of();
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof Items list) {
      copied += list.items.size();
      if (copied > MAX_COPIED) {
        throw new PickleException("copies more than " + MAX_COPIED + " items of lists");
      }
      return List.copyOf(list.items);
    }
    if (arguments.size() == 1 && arguments.get(0) instanceof Tuple tuple) {
      return tuple.items();
    }
    throw new PickleException("calls " + callee + " with something that is no list");
  }

  private static Dict dictionary(List<Pickled> pairs) throws PickleException {
    Dict dict = new Dict();
    for (Pickled pair : pairs) {
      List<Pickled> both =
          pair instanceof Items list
              ? list.items
              : pair instanceof Tuple tuple ? tuple.items() : List.of();
      if (both.size() != 2 || !(both.get(0) instanceof Text key)) {
        throw new PickleException("fills a dictionary with something that is no pair");
      }
      dict.entries.put(key, both.get(1));
    }
    return dict;
  }

  private static Tensor parameter(List<Pickled> arguments) throws PickleException {
    if (!arguments.isEmpty() && arguments.get(0) instanceof Tensor tensor) {
      return tensor;
    }
    throw new PickleException("has a parameter that is no tensor");
  }

  /**
   * Arguments: storage, offset, size, strides, two that do not matter, and {@link #isNegative
   * metadata} that may be left out.
   */
  private static Tensor tensor(List<Pickled> arguments) throws PickleException {
    if (arguments.size() < 4
        || !(arguments.get(0) instanceof Storage storage)
        || !(arguments.get(1) instanceof Int offset)) {
      throw new PickleException("has a tensor without storage and offset");
    }
    List<Long> shape = sizes(arguments.get(2));
    List<Long> strides = sizes(arguments.get(3));
    if (shape.size() != strides.size() || offset.value() < 0) {
      throw new PickleException(
          "has a tensor of shape " + shape + ", strides " + strides + ", offset " + offset.value());
    }
    requireWithin(storage, offset.value(), shape, strides);
    return new Tensor(storage, offset.value(), shape, strides, isNegative(arguments));
  }

  /** Whether the values are the storage's with the other sign, as torch._neg_view leaves it. */
  private static boolean isNegative(List<Pickled> arguments) throws PickleException {
    Pickled metadata = arguments.size() > METADATA ? arguments.get(METADATA) : None.NONE;
    if (metadata == None.NONE) {
      return false;
    }
    if (!(metadata instanceof Dict dict)) {
      throw new PickleException("has a tensor whose metadata is no dictionary", CLONE);
    }
    boolean negative = false;
    for (Map.Entry<Pickled, Pickled> entry : dict.entries.entrySet()) {
      boolean set = !entry.getValue().equals(new Bool(false));
      if (set && !(entry.getKey().equals(NEGATIVE) && entry.getValue().equals(new Bool(true)))) {
        String key = entry.getKey() instanceof Text text ? text.value() : "?";
        throw new PickleException(
            "has a tensor with the metadata '" + shortened(key) + "', which is not understood",
            CLONE);
      }
      negative |= set;
    }
    return negative;
  }

  private static List<Long> sizes(Pickled value) throws PickleException {
    if (!(value instanceof Tuple tuple) || tuple.items().size() > MAX_RANK) {
      throw new PickleException("has a tensor whose shape is no tuple of at most " + MAX_RANK);
    }
    List<Long> sizes = new ArrayList<>();
    for (Pickled item : tuple.items()) {
      if (!(item instanceof Int size) || size.value() < 0) {
        throw new PickleException("has a tensor with a size or stride that is no count");
      }
      sizes.add(size.value());
    }
    return List.copyOf(sizes);
  }

  private static void requireWithin(
      Storage storage, long offset, List<Long> shape, List<Long> strides) throws PickleException {
    try {
      long elements = 1;
      long last = offset;
      for (int i = 0; i < shape.size(); i++) {
        elements = Math.multiplyExact(elements, shape.get(i));
        last =
            Math.addExact(last, Math.multiplyExact(Math.max(0, shape.get(i) - 1), strides.get(i)));
      }
      if (elements <= storage.elements() && (elements == 0 || last < storage.elements())) {
        return;
      }
    } catch (ArithmeticException e) {
      // Beyond 64 bits is beyond every storage.
    }
    throw new PickleException(
        "has a tensor of shape %s, strides %s, offset %d in a storage of %d elements"
            .formatted(shape, strides, offset, storage.elements()));
  }

  /** The id is ("storage", storage class, key, device, elements) and sometimes None. */
  @Override
  public Pickled persistent(Pickled id) throws PickleException {
    if (id instanceof Tuple tuple
        && tuple.items().size() >= 5
        && tuple.items().get(0).equals(new Text("storage"))
        && tuple.items().get(1) instanceof ClassName type
        && type.module().equals("torch")
        && STORAGES.containsKey(type.name())
        && tuple.items().get(2) instanceof Text key
        && tuple.items().get(4) instanceof Int elements
        && elements.value() >= 0
        && tuple.items().stream().skip(5).allMatch(None.NONE::equals)) {
      Storage storage = new Storage(STORAGES.get(type.name()), key.value(), elements.value());
      Storage before = storages.putIfAbsent(key.value(), storage);
      if (before != null && !before.equals(storage)) {
        throw new PickleException("describes storage '" + key.value() + "' in two ways");
      }
      return storage;
    }
    throw new PickleException("refers to something outside that is no tensor storage");
  }
}
