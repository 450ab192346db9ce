//! Formats: where a pixel's bits are.

/// How pixels are packed. The numbers are those of `framebuf`'s constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A byte is 8 pixels one below the other, the lowest bit on top.
    MonoVlsb = 0,
    /// 16 bits, 5 red, 6 green, 5 blue, in the machine's byte order.
    Rgb565 = 1,
    /// 4 bits; the left pixel is in the upper half.
    Gs4Hmsb = 2,
    /// A byte is 8 pixels side by side, the highest bit on the left.
    MonoHlsb = 3,
    /// A byte is 8 pixels side by side, the lowest bit on the left.
    MonoHmsb = 4,
    /// 2 bits; the left pixel is in the lowest ones.
    Gs2Hmsb = 5,
    /// 8 bits.
    Gs8 = 6,
}

impl Format {
    /// The format of a number.
    pub fn of(n: isize) -> Option<Format> {
        use Format::*;
        [MonoVlsb, Rgb565, Gs4Hmsb, MonoHlsb, MonoHmsb, Gs2Hmsb, Gs8].into_iter().find(|f| *f as isize == n)
    }

    /// The logarithm of the pixels in a byte, for rows of packed pixels, and whether the left one is in the upper bits.
    pub(crate) fn packing(self) -> Option<(u32, bool)> {
        match self {
            Format::MonoHlsb => Some((3, true)),
            Format::MonoHmsb => Some((3, false)),
            Format::Gs2Hmsb => Some((2, false)),
            Format::Gs4Hmsb => Some((1, true)),
            Format::Gs8 => Some((0, false)),
            Format::MonoVlsb | Format::Rgb565 => None,
        }
    }

    /// The bits of a colour that a pixel keeps: monochrome is on for every colour but 0.
    pub(crate) fn truncate(self, colour: u32) -> u8 {
        match self {
            Format::MonoVlsb | Format::MonoHlsb | Format::MonoHmsb => u8::from(colour != 0),
            _ => colour as u8,
        }
    }

    fn bits(self) -> u64 {
        match self {
            Format::MonoVlsb | Format::MonoHlsb | Format::MonoHmsb => 1,
            Format::Gs2Hmsb => 2,
            Format::Gs4Hmsb => 4,
            Format::Gs8 => 8,
            Format::Rgb565 => 16,
        }
    }
}

/// Size and format. Numbers are in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Pixels from a row to the one below it.
    pub stride: u32,
    /// How they are packed.
    pub format: Format,
}

impl Geometry {
    /// The geometry of these numbers, and the bytes that it takes; `None` for sizes below 1 or above 65535, or a
    /// stride below the width.
    pub fn new(width: i64, height: i64, stride: i64, format: Format) -> Option<(Geometry, u64)> {
        let size = 1..=0xffff;
        if !size.contains(&width) || !size.contains(&height) || !size.contains(&stride) || stride < width {
            return None;
        }
        let (mut width_used, mut stride, mut rows) = (width as u64, stride as u64, height as u64);
        // All rows but the last take the stride.
        let mut last = 1;
        if let Some((log, _)) = format.packing() {
            stride = stride.next_multiple_of(1 << log);
            width_used = width_used.next_multiple_of(1 << log);
        } else if format == Format::MonoVlsb {
            rows = rows.next_multiple_of(8);
            last = 8;
        }
        let bytes = ((rows - last) * stride + last * width_used) * format.bits() / 8;
        Some((Geometry { width: width as u32, height: height as u32, stride: stride as u32, format }, bytes))
    }

    /// The byte of a pixel, and the shift and mask of its bits there; `None` for 16-bit pixels.
    pub(crate) fn place(&self, x: u32, y: u32) -> Option<(usize, u32, u8)> {
        match self.format.packing() {
            Some((log, high_first)) => {
                let (per, bits) = (1 << log, 8 >> log);
                let at = (x as usize + y as usize * self.stride as usize) >> log;
                let slot = x & (per - 1);
                let slot = if high_first { per - 1 - slot } else { slot };
                Some((at, slot * bits, (0xffu16 >> (8 - bits)) as u8))
            }
            None if self.format == Format::MonoVlsb => {
                Some((x as usize + (y >> 3) as usize * self.stride as usize, y & 7, 1))
            }
            None => None,
        }
    }

    /// The first byte of a 16-bit pixel.
    pub(crate) fn pixel_565(&self, x: u32, y: u32) -> Option<usize> {
        (x as usize).checked_add((y as usize).checked_mul(self.stride as usize)?)?.checked_mul(2)
    }

    /// The pixel at (x, y) of a buffer, wherever that is; 0 outside of the buffer.
    pub fn read(&self, bytes: &[u8], x: u32, y: u32) -> u32 {
        match self.place(x, y) {
            Some((at, shift, mask)) => bytes.get(at).map_or(0, |b| u32::from(b >> shift & mask)),
            None => self
                .pixel_565(x, y)
                .and_then(|at| bytes.get(at..)?.first_chunk())
                .map_or(0, |b| u32::from(u16::from_ne_bytes(*b))),
        }
    }
}
