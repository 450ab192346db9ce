# Addressable lights of the WS2812 kind.

from machine import bitstream


class NeoPixel:
    # Where red, green, blue and white of a pixel stand among its bytes.
    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin = pin
        self.n = n
        self.bpp = bpp
        self.buf = bytearray(n * bpp)
        self.pin.init(pin.OUT)
        # Nanoseconds high and low of a zero and of a one, at 800 or 400 kHz.
        if isinstance(timing, int):
            timing = (400, 850, 800, 450) if timing else (800, 1700, 1600, 900)
        self.timing = timing

    def __len__(self):
        return self.n

    def _at(self, i):
        if i < 0:
            i += self.n
        if not 0 <= i < self.n:
            raise IndexError("pixel out of range")
        return i * self.bpp

    def __setitem__(self, i, v):
        at = self._at(i)
        for c in range(self.bpp):
            self.buf[at + self.ORDER[c]] = v[c]

    def __getitem__(self, i):
        at = self._at(i)
        return tuple(self.buf[at + self.ORDER[c]] for c in range(self.bpp))

    def fill(self, v):
        for c in range(self.bpp):
            x = v[c]
            for at in range(self.ORDER[c], len(self.buf), self.bpp):
                self.buf[at] = x

    def write(self):
        bitstream(self.pin, 0, self.timing, self.buf)
