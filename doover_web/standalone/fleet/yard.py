"""What the camera at the depot sees at any moment: sky, hills, the shed, the tank, now and then a truck. Pure."""

import math

from . import sky
from .canvas import Canvas, Colour
from .noise import chance

WIDE, HIGH = 480, 270
TRUCK = 801
DARK = 0.06  # the sine of the sun's height below which it takes infrared pictures
# Where the truck stands: left, top, width, height, as shares of the picture.
TRUCK_AT = (0.36, 0.64, 0.17, 0.13)


def is_night(t: float) -> bool:
    return sky.sun(t) < DARK


def has_truck(t: float) -> bool:
    """Whether the truck is in: for an hour, some hours of a working day."""
    hour = (t + sky.ZONE) / 3600 % 24
    return 7 <= hour < 18 and chance(TRUCK, int(t // 3600)) > 0.55


def picture(t: float) -> bytes:
    """The yard as a PNG."""
    canvas = Canvas(WIDE, HIGH)
    light = _Light(t)
    canvas.shade(light.sky)
    canvas.below(lambda x: 0.46 + 0.05 * math.sin(5 * x + 1) + 0.02 * math.sin(17 * x), light.of((104, 124, 132)))
    canvas.below(lambda x: 0.53 + 0.03 * math.sin(7 * x + 2.5), light.of((96, 116, 84)))
    canvas.below(lambda x: 0.62 + 0.01 * math.sin(9 * x), light.of((150, 136, 108)))
    _shed(canvas, light)
    _tank(canvas, light)
    if has_truck(t):
        _truck(canvas, light)
    for number in range(9):
        canvas.box(0.05 + 0.11 * number, 0.84, 0.058 + 0.11 * number, 0.97, light.of((92, 84, 74)))
    for wire in (0.87, 0.92):
        canvas.box(0, wire, 1, wire + 0.005, light.of((120, 118, 112)))
    return canvas.png()


class _Light:
    """How bright things are, and whether they have colours."""

    def __init__(self, t: float):
        self._sun, self._cloud, self.is_night = sky.sun(t), sky.cloud(t), is_night(t)
        self._bright = 0.34 if self.is_night else 0.5 + 0.5 * min(1.0, self._sun * 1.6) * (1 - 0.35 * self._cloud)

    def of(self, colour: Colour) -> Colour:
        red, green, blue = (part * self._bright for part in colour)
        if not self.is_night:
            return red, green, blue
        grey = 0.3 * red + 0.6 * green + 0.1 * blue
        return grey, grey, grey

    def sky(self, down: float) -> Colour:
        clear, grey = (108 + 70 * down, 158 + 52 * down, 214 + 20 * down), (176, 184, 192)
        mixed = [one + (other - one) * self._cloud for one, other in zip(clear, grey, strict=True)]
        return self.of((mixed[0], mixed[1], mixed[2])) if not self.is_night else (16, 16, 18)


def _shed(canvas: Canvas, light: _Light) -> None:
    canvas.roof(0.56, 0.36, 0.9, 0.47, light.of((150, 78, 62)))
    canvas.box(0.58, 0.47, 0.88, 0.74, light.of((204, 198, 186)))
    canvas.box(0.66, 0.54, 0.78, 0.74, light.of((112, 120, 126)))
    if light.is_night:
        canvas.disc(0.72, 0.5, 0.012, (235, 235, 228))
        canvas.box(0.64, 0.74, 0.8, 0.76, (150, 150, 148))


def _tank(canvas: Canvas, light: _Light) -> None:
    canvas.box(0.1, 0.42, 0.27, 0.72, light.of((132, 150, 142)))
    canvas.roof(0.09, 0.37, 0.28, 0.42, light.of((112, 128, 122)))
    for ring in (0.5, 0.58, 0.66):
        canvas.box(0.1, ring, 0.27, ring + 0.008, light.of((104, 120, 114)))


def _truck(canvas: Canvas, light: _Light) -> None:
    left, top, wide, high = TRUCK_AT
    canvas.box(left, top, left + 0.62 * wide, top + 0.8 * high, light.of((226, 226, 222)))
    canvas.box(left + 0.64 * wide, top + 0.25 * high, left + wide, top + 0.8 * high, light.of((52, 96, 150)))
    canvas.box(left + 0.76 * wide, top + 0.32 * high, left + 0.95 * wide, top + 0.52 * high, light.of((190, 210, 220)))
    for wheel in (0.2, 0.8):
        canvas.disc(left + wheel * wide, top + 0.85 * high, 0.014, light.of((38, 38, 40)))
