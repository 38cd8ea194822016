package io.fovea.server.picture;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses a picture may be fetched from: those that the whole internet reaches. Everything
 * that may be this machine, its network or its cloud's services is refused, by the special-purpose
 * registries of IANA (RFC 6890); IPv6 addresses that stand for an IPv4 address count as that.
 */
final class AddressPolicy {
  /** Addresses that begin with some bits. */
  private record Block(byte[] prefix, int bits) {
    static Block of(String text) {
      String[] parts = text.split("/");
      try { // a literal: nothing is looked up
        return new Block(InetAddress.getByName(parts[0]).getAddress(), Integer.parseInt(parts[1]));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(text, e);
      }
    }

    boolean holds(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        if (((address[bit / 8] ^ prefix[bit / 8]) & (0x80 >> (bit % 8))) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Block> REFUSED =
      blocks(
          "0.0.0.0/8",
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16", // link-local, and the metadata of clouds
          "172.16.0.0/12",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "192.88.99.0/24",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/3"); // multicast, reserved, broadcast
  private static final Block GLOBAL = Block.of("2000::/3"); // all that is public today
  private static final List<Block> REFUSED_6 =
      blocks("2001::/23", "2001:db8::/32", "3fff::/20"); // Teredo and others, documentation

  /** What holds an IPv4 address: its block, and where in it. */
  private record Embedding(Block block, int offset) {}

  private static final List<Embedding> EMBEDDINGS =
      List.of(
          new Embedding(Block.of("2002::/16"), 2), // 6to4
          new Embedding(Block.of("64:ff9b::/96"), 12)); // NAT64

  private AddressPolicy() {}

  private static List<Block> blocks(String... texts) {
    return Arrays.stream(texts).map(Block::of).toList();
  }

  /** Whether it is public. */
  static boolean isPublic(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (!(address instanceof Inet6Address)) { // mapped ones (::ffff:a.b.c.d) are none for Java
      return REFUSED.stream().noneMatch(block -> block.holds(bytes));
    }
    for (Embedding each : EMBEDDINGS) {
      if (each.block().holds(bytes)) {
        byte[] inner = Arrays.copyOfRange(bytes, each.offset(), each.offset() + 4);
        return REFUSED.stream().noneMatch(block -> block.holds(inner));
      }
    }
    return GLOBAL.holds(bytes) && REFUSED_6.stream().noneMatch(block -> block.holds(bytes));
  }
}
