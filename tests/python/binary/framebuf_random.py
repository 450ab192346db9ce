# Random drawing in every format. The expected sums were printed by the reference's unix program.
import framebuf

formats = (
    framebuf.MONO_VLSB,
    framebuf.RGB565,
    framebuf.GS2_HMSB,
    framebuf.GS4_HMSB,
    framebuf.GS8,
    framebuf.MONO_HLSB,
    framebuf.MONO_HMSB,
)
seed = 1


def rand(low, high):
    global seed
    seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
    return low + (seed >> 8) % (high - low + 1)


def checksum(buf):
    a = 1
    b = 0
    for x in buf:
        a = (a + x) % 65521
        b = (b + a) % 65521
    return b << 16 | a


from array import array


def draw(fb, other, w, h):
    op = rand(0, 11)
    x = rand(-10, w + 10)
    y = rand(-10, h + 10)
    c = rand(-2, 70000)
    a = rand(-5, w + 5)
    b = rand(-5, h + 5)
    if op == 0:
        fb.pixel(x, y, c)
    elif op == 1:
        fb.hline(x, y, a, c)
    elif op == 2:
        fb.vline(x, y, b, c)
    elif op == 3:
        fb.rect(x, y, a, b, c, rand(0, 1))
    elif op == 4:
        fb.fill_rect(x, y, a, b, c)
    elif op == 5:
        fb.line(x, y, a * 3 - w, b * 3 - h, c)
    elif op == 6:
        fb.ellipse(x, y, rand(0, w), rand(0, h), c, rand(0, 1), rand(0, 15))
    elif op == 7:
        points = array("h", [rand(-w, w) for _ in range(2 * rand(1, 9))])
        fb.poly(x, y, points, c, rand(0, 1))
    elif op == 8:
        fb.text("".join(chr(rand(28, 130)) for _ in range(rand(0, 4))), x, y, c)
    elif op == 9:
        fb.scroll(rand(-w, w), rand(-h, h))
    elif op == 10:
        fb.blit(other, x, y, rand(-1, 3))
    elif rand(0, 20) == 0:
        fb.fill(c)


for fmt in formats:
    for w, h, stride in ((8, 8, 8), (31, 17, 31), (40, 33, 48), (3, 50, 7)):
        buf = bytearray(8000)
        fb = framebuf.FrameBuffer(buf, w, h, fmt, stride)
        source = framebuf.FrameBuffer(bytearray(rand(0, 255) for _ in range(200)), 9, 10, fmt)
        for step in range(6):
            for i in range(50):
                draw(fb, source, w, h)
            print(fmt, w, h, stride, hex(checksum(buf)), fb.pixel(rand(0, w - 1), rand(0, h - 1)))

# A palette turns one format into another.
for fmt in formats:
    source = framebuf.FrameBuffer(bytearray(rand(0, 255) for _ in range(64)), 8, 8, framebuf.GS8)
    palette = framebuf.FrameBuffer(bytearray(rand(0, 255) for _ in range(512)), 256, 1, framebuf.RGB565)
    buf = bytearray(400)
    fb = framebuf.FrameBuffer(buf, 12, 12, fmt)
    fb.blit(source, 2, -1, -1, palette)
    fb.blit((bytearray(range(64)), 8, 8, framebuf.GS8), -3, 4, 0, palette)
    print(fmt, hex(checksum(buf)))
