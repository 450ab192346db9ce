# SoftI2C against a memory that is played: 16 pages of 16 bytes at address 0x50, with clock stretching.
import machine


class Wire(machine.PinBase):
    def __init__(self):
        self.master = 1
        self.slave = 1
        self.changed = None

    def value(self, v=None):
        if v is None:
            return self.master & self.slave
        old = self.master & self.slave
        self.master = v
        new = self.master & self.slave
        if old != new and self.changed:
            self.changed(new)


class Memory:
    def __init__(self, address, stretch=0):
        self.address = address
        self.data = bytearray(256)
        self.at = 0
        self.scl, self.sda = Wire(), Wire()
        self.scl.changed = self.clock
        self.sda.changed = self.line
        self.state = "idle"
        self.nack_after = 1000

    def line(self, level):
        if self.scl.value():
            if level:
                self.state = "idle"
            else:
                self.state, self.n, self.byte, self.count = "address", 0, 0, 0

    def clock(self, level):
        if self.state in ("idle", "ignore"):
            return
        if level:
            # Bits are taken at the rising edge.
            if self.n < 8:
                if self.state != "send":
                    self.byte = self.byte << 1 | self.sda.value()
            elif self.state == "send" and self.sda.value():
                self.state = "ignore"
            self.n += 1
            return
        if self.n == 8:
            if self.state == "send":
                self.sda.slave = 1
            else:
                self.sda.slave = 0 if self.take() else 1
        elif self.n == 9:
            self.sda.slave = 1
            self.n = self.byte = 0
            if self.state == "address":
                self.state = self.next
            if self.state == "send":
                self.out = self.data[self.at]
                self.at = (self.at + 1) & 0xFF
        if self.state == "send" and self.n < 8:
            self.sda.slave = self.out >> (7 - self.n) & 1

    def take(self):
        if self.state == "address":
            if self.byte >> 1 != self.address:
                self.state = "ignore"
                return False
            self.next = "send" if self.byte & 1 else "place"
        elif self.state == "place":
            self.at = self.byte
            self.state = "store"
        else:
            self.count += 1
            if self.count > self.nack_after:
                return False
            self.data[self.at] = self.byte
            self.at = (self.at + 1) & 0xFF
        return True


m = Memory(0x50)
i2c = machine.SoftI2C(m.scl, m.sda, freq=500000)
print(i2c.scan())
print(i2c.writeto(0x50, b"\x10hello"))
print(i2c.readfrom_mem(0x50, 0x10, 5), bytes(m.data[0x10:0x15]))
i2c.writeto_mem(0x50, 0x20, b"world")
buf = bytearray(7)
i2c.readfrom_mem_into(0x50, 0x1F, buf)
print(buf)
print(i2c.writevto(0x50, (b"\x30", b"ab", bytearray(b"cd"))), i2c.writeto(0x50, b"\x30", False))
i2c.readfrom_into(0x50, buf)
print(buf, i2c.readfrom(0x50, 1))
i2c.start()
print(i2c.write(b"\xa0\x11"))
i2c.start()
print(i2c.write(b"\xa1"))
two = bytearray(2)
i2c.readinto(two, False)
print(two)
i2c.readinto(two)
i2c.stop()
print(two)
m.nack_after = 2
print(i2c.writeto(0x50, b"\x00abcd"), i2c.writevto(0x50, [b"\x00", b"ab", b"cd"]))
m.nack_after = 1000
for f in (
    lambda: i2c.readfrom(0x51, 1),
    lambda: i2c.writeto(0x51, b"x"),
    lambda: i2c.readfrom_mem(0x51, 0, 1),
    lambda: i2c.writevto(0x50, ["\u1234", 1]),
    lambda: i2c.readfrom(128, 1),
    lambda: i2c.readfrom_mem(0x50, 0, 1, addrsize=12),
):
    try:
        print(f())
    except Exception as er:
        print(repr(er))
# It is usable after errors.
print(i2c.readfrom_mem(0x50, 0x10, 5))
# A clock that is held low for ever.
m.scl.slave = 0
try:
    machine.SoftI2C(m.scl, m.sda, timeout=1000).readfrom(0x50, 1)
except OSError as er:
    print(er)
m.scl.slave = 1
print(i2c.readfrom_mem(0x50, 0x20, 5))

# SoftSPI: out is in, in all modes.
class Loop(machine.PinBase):
    def __init__(self, source=None):
        self.v = 0
        self.source = source

    def value(self, v=None):
        if v is None:
            return (self.source or self).v
        self.v = v


out = Loop()
for polarity in (0, 1):
    for phase in (0, 1):
        for firstbit in (machine.SoftSPI.MSB, machine.SoftSPI.LSB):
            sck = Loop()
            spi = machine.SoftSPI(
                500000, polarity=polarity, phase=phase, firstbit=firstbit, sck=sck, mosi=out, miso=Loop(out)
            )
            buf = bytearray(4)
            spi.write_readinto(b"\x12\x80\x01\xff", buf)
            print(polarity, phase, firstbit, buf, spi.read(2, 0x5A), sck.v)
            spi.readinto(buf, 3)
            print(buf)
try:
    spi.write_readinto(b"123", buf)
except ValueError as er:
    print(er)
spi.init(baudrate=100000)
print(spi)
