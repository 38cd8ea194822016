package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Bool;
import io.fovea.tools.pickle.Pickled.Dict;
import io.fovea.tools.pickle.Pickled.Int;
import io.fovea.tools.pickle.Pickled.Items;
import io.fovea.tools.pickle.Pickled.Storage;
import io.fovea.tools.pickle.Pickled.Text;
import io.fovea.tools.source.BinaryFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the container of PyTorch before 1.6: five pickles (a magic number, the version 1001, facts
 * about the machine, the value, the storages' keys), then for each key in order an element count of
 * 8 bytes and the elements.
 */
final class LegacyTorchFile {
  private static final int VERSION = 1001;
  private static final String DAMAGED = "the file is damaged: fetch or write it again";

  private final BinaryFile file;
  private final PickleInput in;
  private final TorchClasses classes = new TorchClasses();

  private LegacyTorchFile(BinaryFile file, PickleInput in) {
    this.file = file;
    this.in = in;
  }

  static TorchFile read(BinaryFile file) throws IOException {
    int window = (int) Math.min(file.size(), TorchFile.MAX_PICKLE_BYTES);
    return new LegacyTorchFile(file, new PickleInput(file.read(0, window))).read();
  }

  private TorchFile read() throws IOException {
    pickle("magic number");
    if (!pickle("version").equals(new Int(VERSION))) {
      throw bad("version", "is not " + VERSION);
    }
    if (pickle("system information") instanceof Dict facts
        && new Bool(false).equals(facts.entries.get(new Text("little_endian")))) {
      throw new ModelLoadException(
          file.path(), "byte order", "is big", "re-save the file on a little-endian machine");
    }
    Pickled value = pickle("value");
    Pickled keys = pickle("storage keys");
    return new TorchFile(file, value, offsets(keys));
  }

  private Pickled pickle(String part) {
    return new Unpickler(file.path(), part, in, classes).read();
  }

  private Map<String, Long> offsets(Pickled keys) throws IOException {
    if (!(keys instanceof Items list)) {
      throw bad("storage keys", "are no list");
    }
    Map<String, Long> offsets = new HashMap<>();
    long at = in.position();
    for (Pickled item : list.items) {
      Storage storage = item instanceof Text key ? classes.storages().get(key.value()) : null;
      if (storage == null) {
        throw bad("storage keys", "name a storage that no tensor uses");
      }
      long elements = file.read(at, Long.BYTES).getLong(0);
      at += Long.BYTES;
      int bytes = storage.type().bytes();
      if (elements != storage.elements() || elements > (file.size() - at) / bytes) {
        throw bad("storage " + storage.key(), "has " + elements + " elements at byte " + at);
      }
      offsets.put(storage.key(), at);
      at += elements * bytes;
    }
    return offsets;
  }

  private ModelLoadException bad(String field, String problem) {
    return new ModelLoadException(file.path(), field, problem, DAMAGED);
  }
}
