# Numbers that no display has, and buffers that change under the canvas: nothing hangs, nothing is out of bounds.
import framebuf

big = 1 << 60
buf = bytearray(64)
fb = framebuf.FrameBuffer(buf, 8, 8, framebuf.GS8)
fb.line(-big, -big, big, big, 1)
fb.line(0, 3, big, 3, 2)
fb.hline(-big, 0, big, 9)
fb.fill_rect(big, big, big, big, 9)
fb.rect(-5, -5, big, big, 9)
fb.ellipse(0, 0, 200000, 200000, 9, True, 2)
fb.ellipse(big, -big, 3, 3, 9, True)
fb.scroll(big, -big)
fb.text("x" * 100, -500, -3)
fb.poly(big, 0, b"\x00\x01\x02\x03", 9, True)
fb.blit(fb, big, -big)
print(buf[3 * 8 : 4 * 8])
for args in ((buf, 9, 8, framebuf.GS8), (buf, 0, 8, 6), (buf, 8, 8, 7), (buf, 8, 8, 6, 7), (buf, 65536, 1, 6)):
    try:
        framebuf.FrameBuffer(*args)
    except ValueError:
        print("ValueError")
try:
    framebuf.FrameBuffer(b"1234", 1, 1, framebuf.GS8)
except TypeError:
    print("TypeError")
try:
    fb.poly(0, 0, "not an array"[0:0].encode(), 1)
    fb.poly(0, 0, 5, 1)
except TypeError:
    print("TypeError")

# A frame buffer drawn onto itself reads what it has drawn.
buf[:] = bytes(range(64))
fb.blit(fb, 1, 0)
print(buf[:8])

# The bytes go away.
fb.fill(7)
buf[:] = b"ab"
fb.fill(5)
fb.line(0, 0, 7, 7, 3)
print(buf, fb.pixel(0, 0), fb.pixel(1, 0), fb.pixel(5, 5), bytes(fb))


class Screen(framebuf.FrameBuffer):
    def __init__(self):
        pass


try:
    Screen().fill(1)
except TypeError:
    print("TypeError")
