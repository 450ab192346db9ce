# Displays with the controller SSD1306 (its data sheet has the commands).

from micropython import const
import framebuf, time

_ADDRESSING = const(0x20)
_COLUMNS = const(0x21)
_PAGES = const(0x22)
_START_LINE = const(0x40)
_CONTRAST = const(0x81)
_CHARGE_PUMP = const(0x8D)
_SEGMENT_REMAP = const(0xA0)
_ALL_ON = const(0xA4)
_NORMAL = const(0xA6)
_MULTIPLEX = const(0xA8)
_INTERNAL_REF = const(0xAD)
_DISPLAY = const(0xAE)
_COM_DIRECTION = const(0xC0)
_OFFSET = const(0xD3)
_CLOCK = const(0xD5)
_PRECHARGE = const(0xD9)
_COM_PINS = const(0xDA)
_VCOM = const(0xDB)


class SSD1306(framebuf.FrameBuffer):
    def __init__(self, width, height, external_vcc):
        self.width = width
        self.height = height
        self.external_vcc = external_vcc
        self.pages = height // 8
        self.buffer = bytearray(self.pages * width)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)
        self.init_display()

    def init_display(self):
        external = self.external_vcc
        for cmd in (
            _DISPLAY,
            _ADDRESSING, 0,
            _START_LINE,
            _SEGMENT_REMAP | 1,
            _MULTIPLEX, self.height - 1,
            _COM_DIRECTION | 8,
            _OFFSET, 0,
            _COM_PINS, 0x02 if self.width > 2 * self.height else 0x12,
            _CLOCK, 0x80,
            _PRECHARGE, 0x22 if external else 0xF1,
            _VCOM, 0x30,
            _CONTRAST, 0xFF,
            _ALL_ON,
            _NORMAL,
            _INTERNAL_REF, 0x30,
            _CHARGE_PUMP, 0x10 if external else 0x14,
            _DISPLAY | 1,
        ):  # fmt: skip
            self.write_cmd(cmd)
        self.fill(0)
        self.show()

    def poweroff(self):
        self.write_cmd(_DISPLAY)

    def poweron(self):
        self.write_cmd(_DISPLAY | 1)

    def contrast(self, contrast):
        self.write_cmd(_CONTRAST)
        self.write_cmd(contrast)

    def invert(self, invert):
        self.write_cmd(_NORMAL | (invert & 1))

    def rotate(self, rotate):
        self.write_cmd(_COM_DIRECTION | ((rotate & 1) << 3))
        self.write_cmd(_SEGMENT_REMAP | (rotate & 1))

    def show(self):
        # A narrow display sits in the middle of the controller's 128 columns.
        first = (128 - self.width) // 2
        for cmd in (_COLUMNS, first, first + self.width - 1, _PAGES, 0, self.pages - 1):
            self.write_cmd(cmd)
        self.write_data(self.buffer)


class SSD1306_I2C(SSD1306):
    def __init__(self, width, height, i2c, addr=0x3C, external_vcc=False):
        self.i2c = i2c
        self.addr = addr
        self.temp = bytearray(b"\x80\x00")
        self.write_list = [b"\x40", None]
        super().__init__(width, height, external_vcc)

    def write_cmd(self, cmd):
        self.temp[1] = cmd
        self.i2c.writeto(self.addr, self.temp)

    def write_data(self, buf):
        self.write_list[1] = buf
        self.i2c.writevto(self.addr, self.write_list)


class SSD1306_SPI(SSD1306):
    def __init__(self, width, height, spi, dc, res, cs, external_vcc=False):
        self.rate = 10 * 1024 * 1024
        for pin in (dc, res, cs):
            pin.init(pin.OUT, value=0)
        self.spi = spi
        self.dc = dc
        self.res = res
        self.cs = cs
        # Reset.
        self.res(1)
        time.sleep_ms(1)
        self.res(0)
        time.sleep_ms(10)
        self.res(1)
        super().__init__(width, height, external_vcc)

    def _write(self, is_data, buf):
        self.spi.init(baudrate=self.rate, polarity=0, phase=0)
        self.cs(1)
        self.dc(is_data)
        self.cs(0)
        self.spi.write(buf)
        self.cs(1)

    def write_cmd(self, cmd):
        self._write(0, bytearray([cmd]))

    def write_data(self, buf):
        self._write(1, buf)
