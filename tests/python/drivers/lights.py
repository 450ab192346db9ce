# neopixel, apa102 and ssd1306, on pins and buses that are played.
import machine
import neopixel


class Pin(machine.PinBase):
    IN, OUT, OPEN_DRAIN, PULL_UP = 0, 1, 2, 1

    def __init__(self, name):
        self.name = name
        self.v = 0

    def init(self, mode, pull=-1, value=None):
        print(self.name, "mode", mode, value)

    def __call__(self, v=None):
        return self.value(v)

    def value(self, v=None):
        if v is None:
            return self.v
        self.v = v


sent = []
neopixel.bitstream = lambda pin, encoding, timing, buf: sent.append((pin.name, encoding, timing, bytes(buf)))
n = neopixel.NeoPixel(Pin("d"), 3)
n[0] = (1, 2, 3)
n[-1] = (255, 0, 7)
print(len(n), n[0], n[2], n[-3])
n.write()
n.fill((9, 8, 7))
n.write()
neopixel.NeoPixel(Pin("w"), 1, bpp=4, timing=0).write()
neopixel.NeoPixel(Pin("t"), 1, timing=(1, 2, 3, 4)).write()
for s in sent:
    print(s)
for i in (3, -4):
    try:
        n[i] = (0, 0, 0)
    except IndexError as er:
        print(er)

# The real bitstream, on a pin that notes its levels.
edges = []


class Noted(Pin):
    def value(self, v=None):
        edges.append(v)


machine.bitstream(Noted("n"), 0, (1000, 1000, 1000, 1000), b"\xa5")
print(edges)


# A line that is read at each rising edge of another.
class Clock(Pin):
    def __init__(self, name, data):
        super().__init__(name)
        self.data = data
        self.bits = []

    def value(self, v=None):
        if v and not self.v:
            self.bits.append(self.data.v)
        return super().value(v)

    def take(self):
        out = []
        while len(self.bits) >= 8:
            b = 0
            for x in self.bits[:8]:
                b = b << 1 | int(x)
            self.bits = self.bits[8:]
            out.append(b)
        return bytes(out)


import apa102

data = Pin("data")
clock = Clock("clock", data)
a = apa102.APA102(clock, data, 2)
a[0] = (1, 2, 3, 4)
a[1] = (10, 20, 30, 31)
print(a[0])
clock.bits = []
a.write()
print(clock.take())

import ssd1306


class I2C:
    def __init__(self):
        self.log = []

    def writeto(self, addr, buf):
        self.log.append((addr, bytes(buf)))

    def writevto(self, addr, parts):
        self.log.append((addr, b"".join(bytes(p) for p in parts)))


bus = I2C()
d = ssd1306.SSD1306_I2C(16, 16, bus)
print([c[1][1] for c in bus.log[:-1]], bus.log[-1])
bus.log.clear()
d.pixel(0, 0, 1)
d.pixel(3, 9, 1)
d.text("A", 8, 0)
d.show()
d.contrast(5)
d.invert(1)
d.rotate(False)
d.poweroff()
d.poweron()
for entry in bus.log:
    print(entry)


class SPI:
    def __init__(self):
        self.log = []

    def init(self, **kw):
        pass

    def write(self, buf):
        self.log.append((dc.v, cs.v, bytes(buf)))


dc, res, cs = Pin("dc"), Pin("res"), Pin("cs")
spi = SPI()
d = ssd1306.SSD1306_SPI(8, 8, spi, dc, res, cs, external_vcc=True)
print(spi.log[-8:], cs.v, res.v)
