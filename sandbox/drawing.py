"""Drawing a face out of filled ellipses: twice the size, then scaled down, so that the edges are smooth."""

from dataclasses import dataclass
from math import sqrt

import av
from av.video.frame import VideoFrame

Colour = tuple[int, int, int]
Planes = tuple[bytes, bytes, bytes]

_SKY, _FLOOR = (252, 236, 214), (190, 219, 226)
_HALO, _SHIRT, _COLLAR = (253, 247, 236), (47, 111, 126), (238, 244, 244)
_HAIR, _SKIN, _SHADE, _BLUSH = (84, 58, 48), (246, 208, 178), (232, 184, 152), (241, 178, 156)
_WHITE, _IRIS, _LIP, _MOUTH, _TONGUE = (255, 253, 250), (60, 82, 88), (196, 98, 92), (110, 38, 44), (214, 112, 112)


@dataclass
class Canvas:
    """RGB pixels, with the origin in the middle of the picture and its height as unit."""

    width: int
    height: int

    def __post_init__(self) -> None:
        """Start with a soft gradient."""
        rows = []
        for y in range(self.height):
            part = y / self.height
            rows.append(bytes(round(a + (b - a) * part) for a, b in zip(_SKY, _FLOOR, strict=True)) * self.width)
        self.pixels = bytearray(b"".join(rows))

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, *, top: float = -1.0, bottom: float = 1.0
    ) -> None:
        """Fill an ellipse, or the part of it between two relative heights."""
        h = self.height
        cx, cy, rx, ry = self.width / 2 + x * h, (0.5 + y) * h, rx * h, max(ry * h, 0.5)
        for row in range(max(0, int(cy + top * ry)), min(h, int(cy + bottom * ry) + 1)):
            inside = 1 - ((row + 0.5 - cy) / ry) ** 2
            if inside > 0:
                self._span(row, cx - rx * sqrt(inside), cx + rx * sqrt(inside), colour)

    def _span(self, row: int, left: float, right: float, colour: Colour) -> None:
        first, last = max(0, round(left)), min(self.width, round(right))
        if last > first:
            at = (row * self.width + first) * 3
            self.pixels[at : at + (last - first) * 3] = bytes(colour) * (last - first)

    def planes(self, width: int, height: int) -> Planes:
        """The picture at its final size, as the planes a video encoder takes."""
        frame = VideoFrame(self.width, self.height, "rgb24")
        plane = frame.planes[0]
        stride, row = plane.line_size, self.width * 3
        padding = bytes(stride - row)
        plane.update(b"".join(self.pixels[at : at + row] + padding for at in range(0, len(self.pixels), row)))
        small = frame.reformat(width, height, "yuv420p", interpolation=av.video.reformatter.Interpolation.AREA)
        y, u, v = (bytes(plane) for plane in small.planes)
        return y, u, v


def face(width: int, height: int, mouth: float, *, blink: bool = False) -> Planes:
    """A friendly face; `mouth` runs from 0 (closed, smiling) to 1 (wide open)."""
    canvas = Canvas(width * 2, height * 2)
    _body(canvas)
    _head(canvas)
    for side in (-1, 1):
        _eye(canvas, side * 0.088, blink=blink)
    _lips(canvas, mouth)
    return canvas.planes(width, height)


def _body(canvas: Canvas) -> None:
    canvas.ellipse(0, -0.04, 0.40, 0.40, _HALO)
    canvas.ellipse(0, 0.56, 0.34, 0.27, _SHIRT)
    canvas.ellipse(0, 0.335, 0.105, 0.055, _COLLAR)
    canvas.ellipse(0, 0.24, 0.066, 0.125, _SHADE)


def _head(canvas: Canvas) -> None:
    canvas.ellipse(0, -0.10, 0.238, 0.262, _HAIR)
    for side in (-1, 1):
        canvas.ellipse(side * 0.205, -0.005, 0.034, 0.050, _SHADE)
    canvas.ellipse(0, -0.01, 0.202, 0.245, _SKIN)
    canvas.ellipse(-0.030, -0.205, 0.180, 0.090, _HAIR)
    canvas.ellipse(0.120, -0.190, 0.080, 0.075, _HAIR)
    for side in (-1, 1):
        canvas.ellipse(side * 0.122, 0.072, 0.036, 0.023, _BLUSH)
    canvas.ellipse(0.004, 0.040, 0.021, 0.030, _SHADE, top=0.1)


def _eye(canvas: Canvas, x: float, *, blink: bool) -> None:
    canvas.ellipse(x, -0.070, 0.038, 0.013, _HAIR, bottom=0.0)
    if blink:
        canvas.ellipse(x, -0.026, 0.036, 0.009, _HAIR, top=0.0)
        return
    canvas.ellipse(x, -0.025, 0.037, 0.030, _WHITE)
    canvas.ellipse(x, -0.024, 0.020, 0.024, _IRIS)
    canvas.ellipse(x + 0.007, -0.033, 0.006, 0.007, _WHITE)


def _lips(canvas: Canvas, mouth: float) -> None:
    y = 0.130
    if mouth < 0.06:
        canvas.ellipse(0, y - 0.012, 0.060, 0.026, _LIP, top=0.0)
        canvas.ellipse(0, y - 0.016, 0.056, 0.019, _SKIN, top=0.0)
        return
    width, height = 0.066 - 0.012 * mouth, 0.012 + 0.050 * mouth
    canvas.ellipse(0, y, width + 0.009, height + 0.009, _LIP)
    canvas.ellipse(0, y, width, height, _MOUTH)
    canvas.ellipse(0, y, width * 0.92, height * 0.95, _WHITE, bottom=-0.45)
    canvas.ellipse(0, y + height * 0.55, width * 0.6, height * 0.38, _TONGUE)
