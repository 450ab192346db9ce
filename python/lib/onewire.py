# The 1-Wire bus.

import _onewire as _ow


class OneWireError(Exception):
    pass


class OneWire:
    SEARCH_ROM = 0xF0
    MATCH_ROM = 0x55
    SKIP_ROM = 0xCC

    def __init__(self, pin):
        self.pin = pin
        self.pin.init(pin.OPEN_DRAIN, pin.PULL_UP)

    def reset(self, required=False):
        present = _ow.reset(self.pin)
        if required and not present:
            raise OneWireError
        return present

    def readbit(self):
        return _ow.readbit(self.pin)

    def readbyte(self):
        return _ow.readbyte(self.pin)

    def readinto(self, buf):
        for i in range(len(buf)):
            buf[i] = _ow.readbyte(self.pin)

    def writebit(self, value):
        return _ow.writebit(self.pin, value)

    def writebyte(self, value):
        return _ow.writebyte(self.pin, value)

    def write(self, buf):
        for b in buf:
            _ow.writebyte(self.pin, b)

    def select_rom(self, rom):
        self.reset()
        self.writebyte(self.MATCH_ROM)
        self.write(rom)

    # The numbers of all devices. At each bit where devices differ, those with a one are told to wait for the next
    # pass; `fork` is the last such bit of a pass.
    def scan(self):
        devices = []
        rom = bytearray(8)
        fork = 64
        while fork is not None:
            found, fork = self._search(rom, fork)
            if found is None:
                break
            rom = found
            if self.crc8(rom) == 0:
                devices.append(rom)
        return devices

    # One pass: takes the way of `last` up to the bit `turn`, there the other one, and the first after it.
    def _search(self, last, turn):
        if not self.reset():
            return None, None
        self.writebyte(self.SEARCH_ROM)
        rom = bytearray(8)
        fork = None
        for i in range(64):
            bit = self.readbit()
            inverse = self.readbit()
            if bit and inverse:
                # Nobody is there any more.
                return None, None
            if not bit and not inverse:
                # There are both. Ones first, then zeros.
                old = last[i >> 3] >> (i & 7) & 1
                if i < turn and turn != 64:
                    bit = old
                elif i == turn:
                    bit = 0
                else:
                    bit = 1
                if bit:
                    fork = i
            self.writebit(bit)
            rom[i >> 3] |= bit << (i & 7)
        return rom, fork

    def crc8(self, data):
        return _ow.crc8(data)
