"""Headers of safetensors files and what the safetensors library says of them: headers.jsonl.

python make_headers.py > headers.jsonl        (safetensors 0.8.0)

One JSON object a line: "name"; "header", the text after the length (as Latin-1, so that bytes that are no UTF-8 can be
said); "length", where the file claims another than that text's; "data", the number of bytes that follow, all zero; and of the
library "loads", with the "tensors" it finds by name as [dtype, shape, begin, end], or what it "says".
"""

import json
import struct
import tempfile

from safetensors import safe_open

A = '"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}'
B = '"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}'


def tensor(name, dtype, shape, begin, end):
    return f'"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}'


def both(first, second):
    return "{" + first + "," + second + "}"


def empty(name, at, shape="[0]", dtype="BF16"):
    return tensor(name, dtype, shape, at, at)


BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64,
    "U64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip

CASES = {
    "plain": (both(A, B), 32),
    "no tensors": ("{}", 0),
    "no tensors, but data": ("{}", 4),
    "only metadata": ('{"__metadata__":{"format":"pt"}}', 0),
    "names in another order than the data": (both(B, A), 32),
    # tensors without elements
    "empty tensor at the start, listed last": (both(A, empty("z", 0)), 24),
    "empty tensor at the start, listed first": (both(empty("z", 0), A), 24),
    "empty tensor between two, listed last": ("{" + ",".join([A, B, empty("z", 24)]) + "}", 32),
    "empty tensor between two, listed first": ("{" + ",".join([empty("z", 24), A, B]) + "}", 32),
    "empty tensor at the end": ("{" + ",".join([empty("z", 32), A, B]) + "}", 32),
    "two empty tensors at one place": ("{" + ",".join([empty("y", 24), A, empty("z", 24), B]) + "}", 32),
    "empty tensor inside another": (both(A, empty("z", 8)), 24),
    "empty tensor beyond the end": (both(A, empty("z", 32)), 24),
    "empty tensor of two axes": (both(A, empty("z", 24, "[3,0]")), 24),
    "only empty tensors": (both(empty("y", 0), empty("z", 0, "[0,7]")), 0),
    "empty tensor that claims bytes": (both(A, tensor("z", "F32", "[0]", 24, 28)), 28),
    "empty tensor with a size too large to count": (
        both(A, empty("z", 24, "[4294967296,4294967296,0]")), 24),
    "empty tensor, zero before a size too large to count": (
        both(A, empty("z", 24, "[0,4294967296,4294967296]")), 24),
    # places
    "scalar": ("{" + tensor("a", "F32", "[]", 0, 4) + "}", 4),
    "gap before the first": ("{" + tensor("a", "U8", "[8]", 8, 16) + "}", 16),
    "gap between two": (both(tensor("a", "U8", "[8]", 0, 8), tensor("b", "U8", "[8]", 12, 20)), 20),
    "overlap": (both(tensor("a", "U8", "[16]", 0, 16), tensor("b", "U8", "[16]", 8, 24)), 24),
    "the same place twice": (both(tensor("a", "U8", "[8]", 0, 8), tensor("b", "U8", "[8]", 0, 8)), 8),
    "bytes after the last": (both(A, B), 33),
    "file too short": (both(A, B), 31),
    "end before begin": ("{" + tensor("a", "U8", "[0]", 8, 0) + "}", 8),
    "more bytes than the shape needs": ("{" + tensor("a", "U8", "[7]", 0, 8) + "}", 8),
    "fewer bytes than the shape needs": ("{" + tensor("a", "U8", "[9]", 0, 8) + "}", 8),
    "negative size": ("{" + tensor("a", "U8", "[-8]", 0, 8) + "}", 8),
    "negative place": ("{" + tensor("a", "U8", "[8]", -8, 0) + "}", 8),
    "size that is no integer": ("{" + tensor("a", "U8", "[8.0]", 0, 8) + "}", 8),
    "size as text": ("{" + tensor("a", "U8", '["8"]', 0, 8) + "}", 8),
    "size beyond 64 bits": ("{" + tensor("a", "U8", "[18446744073709551616]", 0, 8) + "}", 8),
    "three offsets": ('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8,8]}}', 8),
    "one offset": ('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0]}}', 8),
    # the JSON
    "blanks after it": (both(A, B) + "   ", 32),
    "line breaks after it": (both(A, B) + "\n\t\r ", 32),
    "blanks before it": ("  " + both(A, B), 32),
    "blanks inside it": (both(A, B).replace(",", " ,\n ").replace(":", " :\t"), 32),
    "text after it": (both(A, B) + "x", 32),
    "NUL after it": (both(A, B) + "\0", 32),
    "a second object after it": (both(A, B) + "{}", 32),
    "comma before the end": ("{" + A + ",}", 24),
    "comment": ("{/* a */" + A + "}", 24),
    "single quotes": ("{" + A.replace('"', "'") + "}", 24),
    "list in place of an object": ("[" + "1,2,3" + "]", 0),
    "null": ("null", 0),
    "cut off": ('{"a":', 0),
    "no text": ("", 0),
    "escaped name": ("{" + tensor("\\u0061\\n\\\"", "U8", "[8]", 0, 8) + "}", 8),
    "name that is empty": ("{" + tensor("", "U8", "[8]", 0, 8) + "}", 8),
    "name of other letters": ("{" + tensor("\\u00e9\\u65e5", "U8", "[8]", 0, 8) + "}", 8),
    "half a surrogate pair as a name": ("{" + tensor("\\ud800", "U8", "[8]", 0, 8) + "}", 8),
    "bytes that are no UTF-8": ("{" + tensor("\xff", "U8", "[8]", 0, 8) + "}", 8),
    "a control character in a name": ("{" + tensor("a\tb", "U8", "[8]", 0, 8) + "}", 8),
    "NaN": ("{" + tensor("a", "U8", "[NaN]", 0, 8) + "}", 8),
    "number with a leading zero": ("{" + tensor("a", "U8", "[08]", 0, 8) + "}", 8),
    "number with an exponent": ("{" + tensor("a", "U8", "[8e0]", 0, 8) + "}", 8),
    # keys
    "one name twice, the last fits": (
        both(tensor("a", "U8", "[9]", 0, 9), tensor("a", "U8", "[8]", 0, 8)), 8),
    "one name twice, the first fits": (
        both(tensor("a", "U8", "[8]", 0, 8), tensor("a", "U8", "[9]", 0, 9)), 8),
    "one name twice, for two places": (
        both(tensor("a", "U8", "[8]", 0, 8), tensor("a", "U8", "[8]", 8, 16)), 16),
    "a key twice in a tensor": ('{"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}', 8),
    "a key of its own in a tensor": ('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":1}}', 8),
    "keys of a tensor in another order": ('{"a":{"data_offsets":[0,8],"shape":[8],"dtype":"U8"}}', 8),
    "no dtype": ('{"a":{"shape":[8],"data_offsets":[0,8]}}', 8),
    "no shape": ('{"a":{"dtype":"U8","data_offsets":[0,8]}}', 8),
    "no offsets": ('{"a":{"dtype":"U8","shape":[8]}}', 8),
    "shape null": ('{"a":{"dtype":"U8","shape":null,"data_offsets":[0,8]}}', 8),
    "tensor as a list": ('{"a":["U8",[8],[0,8]]}', 8),
    "tensor as a number": ('{"a":7}', 0),
    "dtype in small letters": ("{" + tensor("a", "u8", "[8]", 0, 8) + "}", 8),
    # __metadata__
    "metadata without entries": ('{"__metadata__":{},' + A + "}", 24),
    "metadata null": ('{"__metadata__":null,' + A + "}", 24),
    "metadata with a number": ('{"__metadata__":{"step":7},' + A + "}", 24),
    "metadata with null": ('{"__metadata__":{"step":null},' + A + "}", 24),
    "metadata with an object": ('{"__metadata__":{"step":{"a":"b"}},' + A + "}", 24),
    "metadata as a list": ('{"__metadata__":[],' + A + "}", 24),
    "metadata as text": ('{"__metadata__":"pt",' + A + "}", 24),
    "metadata last": ("{" + A + ',"__metadata__":{"format":"pt"}}', 24),
    "metadata twice": ('{"__metadata__":{"a":"b"},"__metadata__":{"c":"d"},' + A + "}", 24),
    "a key twice in metadata": ('{"__metadata__":{"a":"b","a":"c"},' + A + "}", 24),
    # lengths
    "length of zero": (both(A, B), 32, 0),
    "length beyond the file": (both(A, B), 0, 1 << 20),
    "length of 2^63": (both(A, B), 32, 1 << 63),
    "length beyond the format's limit": (both(A, B), 32, 100_000_001),
}
for dtype, bits in BITS.items():
    CASES[f"dtype {dtype}"] = ("{" + tensor("a", dtype, "[8]", 0, bits) + "}", bits)
for dtype in ("F4", "F6_E2M3", "F6_E3M2"):
    CASES[f"dtype {dtype}, half a byte left over"] = (
        "{" + tensor("a", dtype, "[3]", 0, (3 * BITS[dtype] + 7) // 8) + "}", (3 * BITS[dtype] + 7) // 8)
CASES["dtype that no version knows"] = ("{" + tensor("a", "F99", "[8]", 0, 8) + "}", 8)


def verdict(header: str, data: int, length: int | None) -> dict:
    raw = header.encode("latin-1")
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(struct.pack("<Q", len(raw) if length is None else length) + raw + bytes(data))
        file.flush()
        try:
            with safe_open(file.name, framework="np") as opened:
                found = {}
                for name in opened.offset_keys():
                    part = opened.get_slice(name)
                    found[name] = [part.get_dtype(), part.get_shape()]
                return {"loads": True, "tensors": found}
        except Exception as e:  # the library has one type for all
            return {"loads": False, "says": str(e)}


def main() -> None:
    for name, (header, data, *length) in CASES.items():
        case = {"name": name, "header": header, "data": data}
        if length:
            case["length"] = length[0]
        print(json.dumps({**case, **verdict(header, data, *(length or [None]))}))


if __name__ == "__main__":
    main()
