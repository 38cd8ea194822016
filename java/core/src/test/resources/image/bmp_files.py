"""BMP files of every kind that Pillow reads, with fields that it does not look at."""

import struct

from make_goldens import RNG, H, W, write


def info(bits, height=H, compression=0, colors=0, extra=b"", size=40):
    head = struct.pack("<IiiHHIIiiII", size, W, height, 1, bits, compression, 0, 0, 0, colors, 0)
    return (head + extra).ljust(size, b"\0")


def rows(bits):
    return RNG.bytes((W * bits + 31) // 32 * 4 * H)


def palette(bits):
    return RNG.bytes(4 << bits) if bits <= 8 else b""


def bmp(header, body, colors=b"", gap=b"", size=None, offset=None):
    begin = 14 + len(header) + len(colors) + len(gap)
    size = begin + len(body) if size is None else size
    offset = begin if offset is None else offset
    return b"BM" + struct.pack("<IHHI", size, 0, 0, offset) + header + colors + gap + body


def masks(*values):
    return struct.pack(f"<{len(values)}I", *values)


def runs(indices):
    """BI_RLE8 of [H, W] indices: runs, and literals of up to five."""
    out = b""
    for line in indices.tolist():
        x = 0
        while x < W:
            run = 1
            while x + run < W and line[x + run] == line[x]:
                run += 1
            count = min(5, W - x)
            if run > 1 or count < 3:
                out += bytes([run, line[x]])
                x += run
            else:
                out += bytes([0, count]) + bytes(line[x : x + count]) + bytes(count % 2)
                x += count
        out += b"\0\0"
    return out + b"\0\1"


def write_all():
    for bits in (1, 4, 8, 16, 24, 32):
        colors = palette(bits)
        write(f"bmp-{bits}-top-down.bmp", bmp(info(bits, -H), rows(bits), colors))
        write(f"bmp-{bits}-size-0.bmp", bmp(info(bits), rows(bits), colors, size=0))
        write(f"bmp-{bits}-size-wrong.bmp", bmp(info(bits), rows(bits), colors, size=1 << 30))
        write(f"bmp-{bits}-gap.bmp", bmp(info(bits), rows(bits), colors, gap=b"x" * 37))
        write(f"bmp-{bits}-offset-0.bmp", bmp(info(bits), rows(bits), colors, offset=0))
        write(f"bmp-{bits}-no-last-padding.bmp", bmp(info(bits), rows(bits)[: -1 if bits < 32 else None], colors))
        core = struct.pack("<IHHHH", 12, W, H, 1, bits)
        threes = b"".join(colors[i : i + 3] for i in range(0, len(colors), 4))
        write(f"bmp-{bits}-core.bmp", bmp(core, rows(bits), threes))
        write(f"bmp-{bits}-os2.bmp", bmp(info(bits, size=64), rows(bits), colors))
    for bits in (1, 4, 8):
        count = max(1, (1 << bits) // 3)
        write(f"bmp-{bits}-short-palette.bmp", bmp(info(bits, colors=count), rows(bits), palette(bits)[: 4 * count]))
    layouts = {
        "565": (16, (0xF800, 0x7E0, 0x1F)),
        "555": (16, (0x7C00, 0x3E0, 0x1F)),
        "bgrx": (32, (0xFF0000, 0xFF00, 0xFF)),
        "xbgr": (32, (0xFF000000, 0xFF0000, 0xFF00)),
        "bgxr": (32, (0xFF000000, 0xFF00, 0xFF)),
    }
    for name, (bits, values) in layouts.items():
        write(f"bmp-masks-{name}.bmp", bmp(info(bits, compression=3), rows(bits), masks(*values)))
        header = info(bits, compression=3, extra=masks(*values, 0), size=124)
        write(f"bmp-masks-{name}-v5.bmp", bmp(header, rows(bits)))
    for name, values in {
        "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        "none": (0, 0, 0, 0),
    }.items():
        header = info(32, compression=3, extra=masks(*values), size=108)
        write(f"bmp-masks-{name}.bmp", bmp(header, rows(32)))
    indices = RNG.integers(0, 256, (H, W))
    indices[3:7, 2:15] = 7
    colors = palette(8)
    write("bmp-rle8.bmp", bmp(info(8, compression=1), runs(indices), colors))
    write("bmp-rle8-no-end.bmp", bmp(info(8, compression=1), runs(indices)[:-2], colors, size=0))
    write("bmp-rle8-top-down.bmp", bmp(info(8, -H, compression=1), runs(indices), colors))
    line = b"\0\6\x12\x34\x56\0" + bytes([W - 6, 0x9A]) + b"\0\0"
    write("bmp-rle4.bmp", bmp(info(4, compression=2), line * H + b"\0\1", palette(4)))
