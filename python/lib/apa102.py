# Addressable lights of the APA102 kind: clock and data; a pixel is red, green, blue, brightness (0 to 31).

from machine import SoftSPI
from neopixel import NeoPixel


class APA102(NeoPixel):
    ORDER = (0, 1, 2, 3)

    def __init__(self, clock_pin, data_pin, n, bpp=4):
        super().__init__(data_pin, n, bpp)
        self.clock_pin = clock_pin
        self.clock_pin.init(clock_pin.OUT)
        self.spi = SoftSPI(500000, sck=clock_pin, mosi=data_pin, miso=None)
        # What goes out: a frame of zeros, a frame a pixel, and clocks for the last pixels to see their data.
        self.out = bytearray(4 + 4 * n + (n + 15) // 16 + 4)

    def write(self):
        out = self.out
        buf = self.buf
        to = 4
        for at in range(0, len(buf), self.bpp):
            out[to] = 0xE0 | (buf[at + 3] & 31 if self.bpp == 4 else 31)
            out[to + 1] = buf[at + 2]
            out[to + 2] = buf[at + 1]
            out[to + 3] = buf[at]
            to += 4
        self.spi.write(out)
