package io.fovea.tools.pickle;

import io.fovea.ModelLoadException;
import io.fovea.tools.pickle.Pickled.Storage;
import io.fovea.tools.pickle.ZipDirectory.Member;
import io.fovea.tools.source.BinaryFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the zip container: {@code NAME/data.pkl} describes the tensors, {@code NAME/data/KEY} are
 * the storages, {@code NAME/byteorder} says "little" where it is there.
 */
final class TorchArchive {
  private static final String PICKLE = "/data.pkl";

  private final BinaryFile file;
  private final Map<String, Member> members;

  private TorchArchive(BinaryFile file, Map<String, Member> members) {
    this.file = file;
    this.members = members;
  }

  static TorchFile read(BinaryFile file) throws IOException {
    return new TorchArchive(file, ZipDirectory.read(file)).read();
  }

  private TorchFile read() throws IOException {
    List<Member> pickles = members.values().stream().filter(TorchArchive::isPickle).toList();
    if (pickles.size() != 1) {
      throw new ModelLoadException(
          file.path(),
          "data.pkl",
          "is in the archive " + pickles.size() + " times",
          "name a file written by torch.save (not by torch.jit.save)");
    }
    Member pickle = pickles.get(0);
    String root = pickle.name().substring(0, pickle.name().length() - PICKLE.length());
    requireLittleEndian(root);
    TorchClasses classes = new TorchClasses();
    ByteBuffer bytes = content(pickle, TorchFile.MAX_PICKLE_BYTES);
    Pickled value =
        new Unpickler(file.path(), pickle.name(), new PickleInput(bytes), classes).read();
    return new TorchFile(file, value, offsets(root, classes));
  }

  private static boolean isPickle(Member member) {
    String name = member.name();
    return name.endsWith(PICKLE) && name.indexOf('/') == name.lastIndexOf('/');
  }

  private void requireLittleEndian(String root) throws IOException {
    Member order = members.get(root + "/byteorder");
    if (order != null) {
      String name = StandardCharsets.US_ASCII.decode(content(order, 16)).toString();
      if (!name.equals("little")) {
        throw new ModelLoadException(
            file.path(),
            order.name(),
            "is '" + name + "'",
            "re-save the file on a little-endian machine");
      }
    }
  }

  private ByteBuffer content(Member member, int limit) throws IOException {
    if (member.bytes() > limit) {
      throw new ModelLoadException(
          file.path(),
          member.name(),
          "has " + member.bytes() + " bytes, at most " + limit + " are read",
          "keep only the model's tensors in the file");
    }
    return file.read(ZipDirectory.contentOffset(file, member), (int) member.bytes());
  }

  private Map<String, Long> offsets(String root, TorchClasses classes) throws IOException {
    Map<String, Long> offsets = new HashMap<>();
    for (Storage storage : classes.storages().values()) {
      Member member = members.get(root + "/data/" + storage.key());
      if (member == null) {
        continue; // refused when a tensor of it is wanted
      }
      if (storage.elements() > member.bytes() / storage.type().bytes()) {
        throw new ModelLoadException(
            file.path(),
            member.name(),
            "%d %s do not fit into its %d bytes"
                .formatted(storage.elements(), storage.type(), member.bytes()),
            "the file is damaged: fetch or write it again");
      }
      offsets.put(storage.key(), ZipDirectory.contentOffset(file, member));
    }
    return offsets;
  }
}
