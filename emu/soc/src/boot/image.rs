//! The format of an image in flash: a header, segments, a checksum.
//!
//! Facts: esptool's "firmware image format"; version 2 images (0xEA) hold a version 1 image behind a first segment that
//! stays in flash, and are started by a second-stage loader, not by the ROM.

use alloc::vec::Vec;

/// The first byte of an image.
pub(crate) const MAGIC: u8 = 0xE9;
/// What the checksum starts from.
pub(crate) const CHECKSUM_SEED: u8 = 0xEF;
/// The most segments that a loader takes; the ROM's own limit is higher than any image needs.
const SEGMENTS_MAX: u8 = 16;

/// What stands at an image's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// How many segments follow.
    pub segments: u8,
    /// How the flash is read: 0 QIO, 1 QOUT, 2 DIO, 3 DOUT.
    pub mode: u8,
    /// The flash's size in the upper half, its clock in the lower.
    pub size_and_clock: u8,
    /// Where the program starts.
    pub entry: u32,
}

/// A piece of an image that is copied to RAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where it goes.
    pub address: u32,
    /// Where in the flash its bytes are.
    pub offset: usize,
    /// How many.
    pub length: usize,
}

/// Why a flash does not hold an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageError {
    /// The first byte is this one.
    Magic(u8),
    /// So many segments.
    Segments(u8),
    /// A segment reaches beyond the flash.
    Truncated,
    /// The checksum that was computed, and the one that stands there.
    Checksum(u8, u8),
}

impl core::fmt::Display for ImageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            ImageError::Magic(0xFF) => write!(f, "the flash is empty"),
            ImageError::Magic(0xEA) => {
                write!(f, "this is a version 2 image (0xea), which needs a second-stage boot loader at flash address 0")
            }
            ImageError::Magic(byte) => write!(f, "no image: its first byte is {byte:#04x}, not 0xe9"),
            ImageError::Segments(n) => write!(f, "the image claims {n} segments; at most {SEGMENTS_MAX} are possible"),
            ImageError::Truncated => write!(f, "a segment of the image reaches beyond the flash"),
            ImageError::Checksum(is, says) => write!(f, "checksum is {is:#04x}, the image says {says:#04x}"),
        }
    }
}

impl core::error::Error for ImageError {}

/// An image as it stands in flash.
pub(crate) struct Image {
    pub(crate) header: Header,
    pub(crate) segments: Vec<Segment>,
    /// The checksum after each segment.
    pub(crate) sums: Vec<u8>,
    pub(crate) checksum: Result<(), ImageError>,
}

/// Reads the image at the flash's beginning.
pub(crate) fn parse(flash: &[u8]) -> Result<Image, ImageError> {
    let byte = |at: usize| flash.get(at).copied().ok_or(ImageError::Truncated);
    let word = |at: usize| match flash.get(at..at.saturating_add(4)) {
        Some(&[a, b, c, d]) => Ok(u32::from_le_bytes([a, b, c, d])),
        _ => Err(ImageError::Truncated),
    };
    if byte(0)? != MAGIC {
        return Err(ImageError::Magic(byte(0)?));
    }
    let header = Header { segments: byte(1)?, mode: byte(2)?, size_and_clock: byte(3)?, entry: word(4)? };
    if header.segments == 0 || header.segments > SEGMENTS_MAX {
        return Err(ImageError::Segments(header.segments));
    }
    let (mut segments, mut sums) = (Vec::new(), Vec::new());
    let (mut at, mut sum) = (8usize, CHECKSUM_SEED);
    for _ in 0..header.segments {
        let (address, length) = (word(at)?, word(at + 4)? as usize);
        let offset = at + 8;
        let end = offset.checked_add(length).ok_or(ImageError::Truncated)?;
        let data = flash.get(offset..end).ok_or(ImageError::Truncated)?;
        sum = data.iter().fold(sum, |sum, b| sum ^ b);
        segments.push(Segment { address, offset, length });
        sums.push(sum);
        at = end;
    }
    // The last byte of the line of 16 in which the segments end, or of the next if they fill theirs.
    let says = byte(at | 15)?;
    let checksum = if says == sum { Ok(()) } else { Err(ImageError::Checksum(sum, says)) };
    Ok(Image { header, segments, sums, checksum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_should_and_refuses_the_rest() {
        let mut flash = alloc::vec![0xFF; 256];
        let image = [0xE9, 1, 2, 0x40, 0, 0, 0x10, 0x40, 0, 0, 0x10, 0x40, 4, 0, 0, 0, 1, 2, 4, 8];
        flash[..20].copy_from_slice(&image);
        flash[31] = 0xEF ^ 15;
        let parsed = parse(&flash).expect("valid");
        assert_eq!(parsed.header.entry, 0x4010_0000);
        assert_eq!(parsed.segments, [Segment { address: 0x4010_0000, offset: 16, length: 4 }]);
        assert_eq!(parsed.checksum, Ok(()));
        flash[31] = 0;
        assert_eq!(parse(&flash).expect("readable").checksum, Err(ImageError::Checksum(0xE0, 0)));
        flash[15] = 0x7F;
        assert_eq!(parse(&flash).err(), Some(ImageError::Truncated));
        assert_eq!(parse(&[0xFF; 16]).err(), Some(ImageError::Magic(0xFF)));
        assert_eq!(parse(&[]).err(), Some(ImageError::Truncated));
    }
}
