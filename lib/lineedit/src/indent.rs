//! Auto-indentation: how deep the next line of a block starts.
//!
//! The rule is the reference's: four columns a level, one level more after a
//! colon, and none once two lines in a row are blank, so that pressing Enter
//! three times ends any block.

/// Indentation levels (of four spaces) for the line that follows `text`, which
/// ends in a newline. Zero for anything else.
pub fn levels_after(text: &[u8]) -> usize {
    let Some(body) = text.strip_suffix(b"\n") else {
        return 0;
    };
    if body.is_empty() {
        return 0;
    }
    let (earlier, last) = split_last_line(body);
    let depth = last.iter().take_while(|&&b| b == b' ').count();
    if let Some(earlier) = earlier
        && depth == last.len()
    {
        // The first line of the input does not count as blank before a blank
        // one; only a line with a newline before it does.
        let (before, previous) = split_last_line(earlier);
        if before.is_some() && previous.iter().all(|&b| b == b' ') {
            return 0;
        }
    }
    depth / 4 + usize::from(body.ends_with(b":"))
}

/// The last line of `text` and what stands before its newline, if it has one.
fn split_last_line(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match text.iter().rposition(|&b| b == b'\n') {
        Some(at) => (text.get(..at), text.get(at + 1..).unwrap_or(&[])),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::levels_after;

    #[test]
    fn table() {
        for (text, levels) in [
            ("", 0),
            ("\n", 0),
            ("x\n", 0),
            ("if 1:\n", 1),
            ("if 1:", 0),
            ("if 1:\n    x\n", 1),
            ("if 1:\n    while 2:\n", 2),
            ("if 1:\n   x\n", 0),
            ("if 1:\n    \n", 1),
            ("if 1:\n    x\n    \n    \n", 0),
            ("if 1:\n    \n    \n", 0),
            ("    \n    \n", 1),
            (":\n", 1),
            ("if 1: \n", 0),
        ] {
            assert_eq!(levels_after(text.as_bytes()), levels, "{text:?}");
        }
    }
}
