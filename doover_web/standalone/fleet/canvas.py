"""A small picture in memory: filled shapes, written as PNG. Pure; the same shapes give the same bytes."""

import struct
import zlib
from collections.abc import Callable, Sequence

Colour = tuple[float, float, float]  # red, green, blue, 0 to 255


class Canvas:
    """Rows of pixels, the top one first. What reaches beyond the edge is cut."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self._rows = [bytearray(3 * width) for _ in range(height)]

    def shade(self, colour_at: Callable[[float], Colour]) -> None:
        """Fill everything, by how far down a row is, from 0 to 1."""
        for y, row in enumerate(self._rows):
            row[:] = _bytes(colour_at(y / self.height)) * self.width

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A rectangle; all four are shares of the picture."""
        x0, x1 = self._span(left, right)
        for y in range(max(0, round(top * self.height)), min(self.height, round(bottom * self.height))):
            self._rows[y][3 * x0 : 3 * x1] = _bytes(colour) * (x1 - x0)

    def roof(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A triangle with its tip above the middle."""
        y0, y1 = round(top * self.height), round(bottom * self.height)
        middle = (left + right) / 2
        for y in range(max(0, y0), min(self.height, y1)):
            share = (y - y0 + 1) / (y1 - y0)
            x0, x1 = self._span(middle - (middle - left) * share, middle + (right - middle) * share)
            self._rows[y][3 * x0 : 3 * x1] = _bytes(colour) * (x1 - x0)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A circle; its radius is a share of the width."""
        far, middle = radius * self.width, y * self.height
        for row in range(max(0, round(middle - far)), min(self.height, round(middle + far) + 1)):
            half = max(0.0, far**2 - (row - middle) ** 2) ** 0.5 / self.width
            x0, x1 = self._span(x - half, x + half)
            self._rows[row][3 * x0 : 3 * x1] = _bytes(colour) * (x1 - x0)

    def below(self, line: Callable[[float], float], colour: Colour) -> None:
        """Everything below a line, which gives a height for each place from left to right."""
        edges = [round(line(x / self.width) * self.height) for x in range(self.width)]
        pixel = _bytes(colour)
        for y in range(max(0, min(edges)), self.height):
            row = self._rows[y]
            for x0, x1 in _runs(edges, y):
                row[3 * x0 : 3 * x1] = pixel * (x1 - x0)

    def png(self) -> bytes:
        raw = b"".join(b"\x00" + bytes(row) for row in self._rows)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 6)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)

    def _span(self, left: float, right: float) -> tuple[int, int]:
        x0 = min(self.width, max(0, round(left * self.width)))
        return x0, max(x0, min(self.width, round(right * self.width)))


def _runs(edges: Sequence[int], y: int) -> list[tuple[int, int]]:
    """The stretches of a row that lie below the line."""
    found, start = [], None
    for x, edge in enumerate([*edges, y + 1]):
        if edge <= y and start is None:
            start = x
        elif edge > y and start is not None:
            found.append((start, x))
            start = None
    return found


def _bytes(colour: Colour) -> bytes:
    return bytes(min(255, max(0, round(part))) for part in colour)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
