//! Sizes as `-X heapsize=` takes them: `<n>[w][k|m]`, with `w` for "per 32-bit word of the target".

/// The least heap that is worth trying.
const LEAST: usize = 4096;

/// The number of bytes, if the text is a size.
pub(crate) fn parse(text: &str) -> Option<usize> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => (hex, 16),
        None => (text, 10),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let mut n = usize::from_str_radix(number, radix).ok()?;
    let mut suffix = suffix;
    let mut words = false;
    if let Some(rest) = suffix.strip_prefix(['w', 'W']) {
        words = true;
        suffix = rest;
    }
    let unit = match suffix {
        "" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        _ => return None,
    };
    n = n.checked_mul(unit)?;
    if words {
        n = n.checked_mul(size_of::<usize>() / 4)?;
    }
    (n >= LEAST && n <= isize::MAX as usize).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes() {
        assert_eq!(parse("65536"), Some(65536));
        assert_eq!(parse("64k"), Some(65536));
        assert_eq!(parse("2M"), Some(2 << 20));
        assert_eq!(parse("64wK"), Some(65536 * (size_of::<usize>() / 4)));
        assert_eq!(parse("0x10000"), Some(65536));
        for bad in ["", "k", "64kk", "-1", "64q", "100", "99999999999999999999m"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
