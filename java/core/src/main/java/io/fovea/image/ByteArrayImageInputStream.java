package io.fovea.image;

import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory as ImageIO wants it; ImageIO's own ones copy the bytes or write them to disk.
 * Readers that go on and on behind the end are stopped: some take each byte that is missing for a
 * zero.
 */
final class ByteArrayImageInputStream extends ImageInputStreamImpl {
  private static final int MOST_READS_BEHIND_END = 1_000;

  private final byte[] bytes;
  private int readsBehindEnd;

  ByteArrayImageInputStream(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() throws TruncatedException {
    bitOffset = 0;
    return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xff : end();
  }

  private int end() throws TruncatedException {
    readsBehindEnd++;
    if (readsBehindEnd > MOST_READS_BEHIND_END) {
      throw new TruncatedException("it ends after " + bytes.length + " bytes");
    }
    return -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws TruncatedException {
    bitOffset = 0;
    if (streamPos >= bytes.length) {
      return end();
    }
    int count = (int) Math.min(length, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
