package io.fovea.text;

import java.util.Random;

/** Random strings of everything that tokenizers get wrong. */
final class RandomText {
  private static final String[] FRAGMENTS = {
    "<s>",
    "</s>",
    "<unk>",
    "<pad>",
    "<0x41>",
    "<0xE2>",
    "<img>",
    "<im",
    "<IMG>",
    "a b",
    "Straße",
    "▁",
    "▁▁",
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\ufffd",
    "e\u0301",
    "a\u0308\u0323",
    "ﬁ",
    "ﷺ",
    "㌕",
    "①",
    "Ａ",
    "ｶﾞ",
    "각",
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "👍🏽",
    "😀",
    "[[012,345,678,999]]",
    "Question: ",
    " Answer:",
    "Short answer:",
    "red",
    "Where is the blue circle? ",
    "左边的红色圆圈",
    "猫はどこ",
    "Где красный",
    "الكرة",
    "returning",
    "\ud83d",
    "\ude00"
  };

  private final Random random;

  RandomText(long seed) {
    random = new Random(seed);
  }

  String next() {
    return switch (random.nextInt(4)) {
      case 0 -> codePoints(random.nextInt(40));
      case 1 -> fragments(random.nextInt(20));
      case 2 -> mixture(random.nextInt(25));
      default -> FRAGMENTS[random.nextInt(FRAGMENTS.length)].repeat(random.nextInt(60));
    };
  }

  private String fragments(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
    }
    return text.toString();
  }

  private String mixture(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(random.nextBoolean() ? fragments(1) : codePoints(random.nextInt(4)));
    }
    return text.toString();
  }

  /**
   * Code points of all lengths in UTF-8 and of all kinds, surrogates without a partner included.
   */
  private String codePoints(int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.appendCodePoint(
          switch (random.nextInt(8)) {
            case 0, 1, 2 -> between(0x20, 0x7F);
            case 3 -> between(0, 0x20);
            case 4 -> between(0x7F, 0x800);
            case 5 -> between(0x800, 0xD800);
            case 6 -> between(0xD800, 0x10000);
            default -> between(0x10000, 0x110000);
          });
    }
    return text.toString();
  }

  private int between(int from, int to) {
    return from + random.nextInt(to - from);
  }
}
