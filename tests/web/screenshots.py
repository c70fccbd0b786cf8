"""Makes screenshots small: at most 256 colours, which a page of text on few grounds hardly has more of."""

import collections
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COMMON = 96


def chunks(data):
    at = len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + length]
        at += 12 + length


def unfiltered(raw, height, stride, step):
    """The lines of an image, with each line's filter undone."""
    before = bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        kind, line = raw[start], bytearray(raw[start + 1:start + 1 + stride])
        for i in range(stride) if kind else ():
            left = line[i - step] if i >= step else 0
            up, corner = before[i], before[i - step] if i >= step else 0
            if kind == 1:
                line[i] = (line[i] + left) & 255
            elif kind == 2:
                line[i] = (line[i] + up) & 255
            elif kind == 3:
                line[i] = (line[i] + (left + up) // 2) & 255
            else:
                distances = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
                line[i] = (line[i] + (left, up, corner)[distances.index(min(distances))]) & 255
        yield line
        before = line


def pixels(path):
    """Width, height and the lines of an image of 8 bits a channel, each pixel as (red, green, blue)."""
    data = path.read_bytes()
    found = list(chunks(data))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", dict(found)[b"IHDR"])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError(f"{path}: not a plain picture in colours")
    step = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in found if name == b"IDAT"))
    lines = [list(zip(line[0::step], line[1::step], line[2::step])) for line in unfiltered(raw, height, width * step, step)]
    return width, height, lines


def distance(one, other):
    return sum((a - b) ** 2 for a, b in zip(one, other))


def palette_of(lines):
    """The commonest colours and then those that are missed most, however few pixels have them; and the nearest of all for each."""
    counts = collections.Counter(pixel for line in lines for pixel in line)
    kept = [pixel for pixel, _ in counts.most_common(COMMON)]
    missed = {pixel: min(distance(pixel, one) for one in kept) for pixel in counts}
    while len(kept) < 256 and any(missed.values()):
        worst = max(missed, key=missed.get)
        kept.append(worst)
        missed = {pixel: min(error, distance(pixel, worst)) for pixel, error in missed.items()}
    return kept, {pixel: min(range(len(kept)), key=lambda at: distance(kept[at], pixel)) for pixel in counts}


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def shrink(path):
    width, height, lines = pixels(path)
    kept, nearest = palette_of(lines)
    raw = b"".join(b"\0" + bytes(nearest[pixel] for pixel in line) for line in lines)
    path.write_bytes(SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) +
                     chunk(b"PLTE", bytes(value for pixel in kept for value in pixel)) +
                     chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))
