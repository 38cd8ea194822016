package io.fovea.tools.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Bool;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Int;
import io.fovea.tools.pickle.Pickled.Items;
import io.fovea.tools.pickle.Pickled.None;
import io.fovea.tools.pickle.Pickled.Real;
import io.fovea.tools.pickle.Pickled.Text;
import io.fovea.tools.pickle.Pickled.Tuple;
import io.fovea.tools.source.ElementType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single instructions, and pickles that want what they must not have. */
class UnpicklerTest {
  private static final String STORAGE =
      "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0kX\3\0\0\0cpuK\6tQ";

  /** {@code pickle} has one character a byte. */
  private static Pickled read(String pickle) {
    byte[] bytes = pickle.getBytes(StandardCharsets.ISO_8859_1);
    PickleInput in = new PickleInput(ByteBuffer.wrap(bytes));
    Pickled value = new Unpickler(Path.of("file.pt"), "data.pkl", in, new TorchClasses()).read();
    assertThat(in.position()).isEqualTo(bytes.length);
    return value;
  }

  private static void refused(String pickle, String message) {
    assertThatThrownBy(() -> read(pickle))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("file.pt: data.pkl, byte ")
        .hasMessageContaining(message);
  }

  private static String tensor(String sizes, String strides, int offset) {
    return "ctorch._utils\n_rebuild_tensor_v2\n("
        + STORAGE
        + "K"
        + (char) offset
        + sizes
        + strides
        + "\u0089)t" // requires_grad, hooks
        + "R.";
  }

  @Test
  void numbers() {
    assertThat(read("K\u00ff.")).isEqualTo(new Int(255));
    assertThat(read("M\0\u0080.")).isEqualTo(new Int(0x8000));
    assertThat(read("J\u00fe\u00ff\u00ff\u00ff.")).isEqualTo(new Int(-2));
    assertThat(read("\u008a\0.")).isEqualTo(new Int(0));
    assertThat(read("\u008a\1\u00ff.")).isEqualTo(new Int(-1));
    assertThat(read("\u008a\3\0\0\1.")).isEqualTo(new Int(0x10000));
    assertThat(read("\u008a\b\0\0\0\0\0\0\0\u0080.")).isEqualTo(new Int(Long.MIN_VALUE));
    assertThat(read("\u008a\t\0\0\0\0\0\0\0\0\1.")).isInstanceOf(Pickled.Inert.class);
    assertThat(read("L-123L\n.")).isEqualTo(new Int(-123));
    assertThat(read("I01\n.")).isEqualTo(new Bool(true));
    assertThat(read("I7\n.")).isEqualTo(new Int(7));
    assertThat(read("G\u00bf\u00f8\0\0\0\0\0\0.")).isEqualTo(new Real(-1.5));
    assertThat(read("N.")).isEqualTo(None.NONE);
  }

  @Test
  void stringsAndContainers() {
    assertThat(read("X\3\0\0\0\u00e2\u0096\u0081.")).isEqualTo(new Text("\u2581"));
    assertThat(read("\u008c\2ab.")).isEqualTo(new Text("ab"));
    assertThat(read("K\1K\2\u0086.")).isEqualTo(new Tuple(List.of(new Int(1), new Int(2))));
    assertThat(read("(K\1K\2K\3t.")).isInstanceOf(Tuple.class);
    assertThat(((Items) read("](K\1K\2eK\3a.")).items).hasSize(3);
    assertThat(((Items) read("\u008f(K\1K\2\u0090.")).items).hasSize(2);
    assertThat(((Dict) read("}(K\1K\2NK\3u.")).entries)
        .containsEntry(new Int(1), new Int(2))
        .containsEntry(None.NONE, new Int(3));
    assertThat(((Dict) read("(K\1K\2d.")).entries).containsOnlyKeys(new Int(1));
    assertThat(read("X\1\0\0\0aq\5" + "0h\5.")).isEqualTo(new Text("a"));
    assertThat(read("K\1\u0094" + "0K\2\u0094" + "0h\1.")).isEqualTo(new Int(2));
    assertThat(((Dict) read("ccollections\nOrderedDict\n)R.")).entries).isEmpty();
  }

  @Test
  void aListMayContainItself() {
    Items list = (Items) read("]q\0h\0a.");
    assertThat(list.items.get(0)).isSameAs(list);
  }

  @Test
  void aTensor() {
    Pickled.Tensor tensor = (Pickled.Tensor) read(tensor("K\2K\3\u0086", "K\3K\1\u0086", 0));
    assertThat(tensor.shape()).containsExactly(2L, 3L);
    assertThat(tensor.isContiguous()).isTrue();
    assertThat(tensor.storage()).isEqualTo(new Pickled.Storage(ElementType.F32, "k", 6));
  }

  @Test
  void tensorsOutsideTheirStorage() {
    refused(tensor("K\2K\3\u0086", "K\3K\1\u0086", 1), "storage of 6 elements");
    refused(tensor("K\2K\4\u0086", "K\3K\1\u0086", 0), "storage of 6 elements");
    refused(tensor("K\7\u0085", "K\0\u0085", 0), "storage of 6 elements"); // expanded
    refused(tensor("K\2\u0085", "J\u00ff\u00ff\u00ff\u00ff\u0085", 0), "no count");
    refused(tensor("J\u00ff\u00ff\u00ff\u00ff\u0085", "K\1\u0085", 0), "no count");
    refused(tensor("K\2\u0085", "K\1K\1\u0086", 0), "strides");
    String huge = "\u008a\b\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f";
    refused(tensor(huge + huge + "\u0086", huge + huge + "\u0086", 0), "storage of 6 elements");
    refused(tensor("K\2\u0085", huge + "\u0085", 0), "storage of 6 elements");
    refused(tensor("(" + "K\1".repeat(9) + "t", "(" + "K\1".repeat(9) + "t", 0), "at most 8");
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "builtins, exec",
    "builtins, getattr",
    "__builtin__, __import__",
    "torch.storage, _load_from_bytes",
    "torch, load",
    "torch, FloatStorage.__reduce__",
    "torch._utils, os.system",
    "numpy, load",
    "numpy.testing._private.utils, runstring",
    "subprocess, Popen",
    "operator, attrgetter",
    "'', ''",
  })
  void foreignClasses(String module, String name) {
    refused("c" + module + "\n" + name + "\n(X\2\0\0\0idtR.", "which tensors do not need");
    String stackGlobal =
        "\u008c" + (char) module.length() + module + "\u008c" + (char) name.length() + name;
    refused(stackGlobal + "\u0093)R.", "which tensors do not need");
  }

  @Test
  void callsOfWhatIsNoFunction() {
    refused("ctorch\nFloatStorage\nK\1\u0085R.", "which is no function");
    refused("ctorch\nfloat32\n)R.", "which is no function");
    refused("X\1\0\0\0a)R.", "no known class");
    refused("ccollections\nOrderedDict\nK\1R.", "no known class");
    refused("ccollections\nOrderedDict\n(K\1K\2tR.", "no list");
    refused("ctorch._utils\n_rebuild_parameter\n)R.", "no tensor");
    refused("ctorch._utils\n_rebuild_tensor_v2\n)R.", "without storage");
    refused("K\1K\2\u0093.", "no string");
    refused("K\1Q.", "no tensor storage");
    refused("K\1}b.", "sets attributes");
    refused("}K\1b.", "sets attributes");
  }

  @ParameterizedTest
  @CsvSource({"P", "i", "o", "S", "V", "F", "p", "g", "\u0082", "\u0092", "\u0097", "\u0098", "z"})
  void instructionsThatTensorsDoNotNeed(String instruction) {
    refused("K\1" + instruction + "x\n.", "instruction 0x");
  }

  @Test
  void damage() {
    refused("", "1 bytes were expected");
    refused("\u0080\6.", "protocol 6");
    refused(".", "empty stack");
    refused("K\1(\u0085.", "empty stack");
    refused("t.", "mark");
    refused("h\1.", "never stored");
    refused("j\u00ff\u00ff\u00ff\u00ff.", "never stored");
    refused("K\1K\2a.", "no list");
    refused("K\1K\2K\3s.", "no dictionary");
    refused("}(K\1u.", "without a value");
    refused("}K\1\u0085K\1s.", "no plain value");
    refused("X\u00ff\u00ff\u00ff\u00ffa.", "4294967295 bytes were expected");
    refused("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffa.", "bytes were expected");
    refused("\u008b\u00ff\u00ff\u00ff\u00ffa.", "4294967295 bytes were expected");
    refused("B\u00ff\u00ff\u00ff\u007fa.", "bytes were expected");
    refused("X\1\0\0\0\u00ff.", "not UTF-8");
    refused("I99999999999999999999\n.", "64 bits");
    refused("c" + "a".repeat(1 << 17), "a line does not end");
  }

  @Test
  void bombs() {
    refused("N".repeat((1 << 20) + 1) + ".", "on its stack");
    refused("N0".repeat(1 << 20) + "N.", "instructions");
    // Nested a million deep: nothing may recurse on it.
    assertThat(read("N" + "\u0085".repeat(1_000_000) + ".")).isInstanceOf(Tuple.class);
    // Each tuple holds the one before twice: 2^1000 leaves, were they copied.
    String doubling = "Nq\0" + "0h\0h\0\u0086q\0".repeat(1000) + ".";
    assertThat(read(doubling)).isInstanceOf(Tuple.class);
    // One long list, copied again and again.
    String copies = "h\0\u0085R".replace("h\0", "h\1h\0").repeat(100);
    refused(
        "c__builtin__\nlist\nq\1](" + "N".repeat(100_000) + "eq\0" + copies + ".",
        "copies more than");
    char[] marks = new char[1 << 21];
    Arrays.fill(marks, '(');
    refused(new String(marks), "instructions");
  }
}
