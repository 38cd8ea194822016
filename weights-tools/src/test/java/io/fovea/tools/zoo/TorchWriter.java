package io.fovea.tools.zoo;

import io.fovea.tools.zoo.Draft.Stored;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** State dictionaries as torch.save writes them: a pickle and storages in a zip file. */
final class TorchWriter {
  private static final Map<String, String> STORAGES =
      Map.of(
          "F32", "FloatStorage",
          "F16", "HalfStorage",
          "BF16", "BFloat16Storage",
          "I64", "LongStorage",
          "I32", "IntStorage",
          "I8", "CharStorage",
          "U8", "ByteStorage");

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private TorchWriter() {}

  static byte[] stateDict(Map<String, Stored> tensors) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.bytes(0x80, 2, '}'); // protocol 2, a dictionary
    int key = 0;
    for (Map.Entry<String, Stored> entry : tensors.entrySet()) {
      writer.text(entry.getKey());
      writer.tensor(entry.getValue(), String.valueOf(key++));
      writer.bytes('s'); // into the dictionary
    }
    writer.bytes('.');
    return writer.archive(tensors);
  }

  /** A state dictionary with an object of that class in place of a tensor. */
  static byte[] objectOf(String module, String name) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.bytes(0x80, 2, '}');
    writer.text("lm_head.weight");
    writer.global(module, name);
    writer.bytes(')', 'R', 's', '.'); // called with nothing
    return writer.archive(Map.of());
  }

  private void tensor(Stored tensor, String key) {
    global("torch._utils", "_rebuild_tensor_v2");
    bytes('(', '(');
    text("storage");
    global("torch", Objects.requireNonNull(STORAGES.get(tensor.dtype()), tensor.dtype()));
    text(key);
    text("cpu");
    long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
    integer(elements);
    bytes('t', 'Q'); // the storage, by its persistent id
    integer(0);
    integers(tensor.shape());
    integers(strides(tensor.shape()));
    bytes(0x89); // requires_grad: False
    global("collections", "OrderedDict");
    bytes(')', 'R', 't', 'R');
  }

  private static List<Long> strides(List<Long> shape) {
    Long[] strides = new Long[shape.size()];
    long elements = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = elements;
      elements *= shape.get(i);
    }
    return List.of(strides);
  }

  private void integers(List<Long> values) {
    bytes('(');
    values.forEach(this::integer);
    bytes('t');
  }

  private void integer(long value) {
    bytes('J');
    pickle.writeBytes(Codes.i32(Math.toIntExact(value)));
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    bytes('X');
    pickle.writeBytes(Codes.i32(utf8.length));
    pickle.writeBytes(utf8);
  }

  private void global(String module, String name) {
    bytes('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void bytes(int... values) {
    for (int value : values) {
      pickle.write(value);
    }
  }

  private byte[] archive(Map<String, Stored> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      add(zip, "model/data.pkl", pickle.toByteArray());
      int key = 0;
      for (Stored tensor : tensors.values()) {
        add(zip, "model/data/" + key++, tensor.bytes());
      }
    }
    return out.toByteArray();
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
