//! Whether an interactive input is complete, judged from its text alone.
//!
//! The rules are the reference's: an open bracket or triple quote, a trailing backslash, or a
//! compound statement not yet ended by an empty line ask for more. Comments are not recognised.

/// Words with which a compound statement begins.
const COMPOUND: [&[u8]; 8] = [b"if", b"while", b"for", b"try", b"with", b"def", b"class", b"async"];

/// Whether the REPL should read another line before it compiles `input`.
///
/// `input` holds all lines so far, without the newline of the last one: after an empty line it
/// ends in `\n`.
pub fn needs_more_input(input: &str) -> bool {
    let text = input.as_bytes();
    let Some(last) = text.last().copied() else { return false };
    let mut brackets = [0i32; 3];
    // The quote that is open, and whether it is a triple one.
    let mut quote: Option<(u8, bool)> = None;
    let mut rest = text;
    while let [c, tail @ ..] = rest {
        rest = tail;
        match *c {
            b'\'' | b'"' => {
                let triple = tail.first() == Some(c) && tail.get(1) == Some(c);
                let (next, skip) = match quote {
                    None if triple => (Some((*c, true)), 2),
                    None => (Some((*c, false)), 0),
                    Some((open, true)) if open == *c && triple => (None, 2),
                    Some((open, false)) if open == *c => (None, 0),
                    _ => continue,
                };
                quote = next;
                rest = tail.get(skip..).unwrap_or(&[]);
            }
            b'\\' if quote.is_some() && matches!(tail.first(), Some(b'\'' | b'"' | b'\\')) => {
                rest = tail.get(1..).unwrap_or(&[]);
            }
            _ if quote.is_some() => {}
            b'(' => brackets[0] += 1,
            b')' => brackets[0] -= 1,
            b'[' => brackets[1] += 1,
            b']' => brackets[1] -= 1,
            b'{' => brackets[2] += 1,
            b'}' => brackets[2] -= 1,
            _ => {}
        }
    }
    let open_bracket = quote.is_none() && brackets.iter().any(|n| *n > 0);
    let in_triple = quote.is_some_and(|(_, triple)| triple);
    open_bracket || in_triple || last == b'\\' || (is_compound(text) && last != b'\n')
}

fn is_compound(text: &[u8]) -> bool {
    let ends_word = |rest: &[u8]| rest.first().is_none_or(|c| !(c.is_ascii_alphanumeric() || *c == b'_'));
    text.first() == Some(&b'@') || COMPOUND.iter().any(|word| text.strip_prefix(*word).is_some_and(ends_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_more_when_the_reference_does() {
        for (input, more) in [
            ("", false),
            ("1", false),
            ("(1", true),
            ("(1)", false),
            ("f([", true),
            ("}{", false),
            ("'(", false),
            ("'''(", true),
            ("'''('''", false),
            ("\"\"\"a\n", true),
            ("'''a\"\"\"", true),
            ("'\\\''(", true),
            ("'\\\'(", false),
            ("''", false),
            ("'''", true),
            ("x = 1\\", true),
            ("if x:", true),
            ("if x:\n  pass", true),
            ("if x:\n  pass\n", false),
            ("iffy", false),
            ("if", true),
            ("@d", true),
            ("async def f():", true),
            ("asynchronous", false),
            (" if x:", false),
            ("# (", true),
        ] {
            assert_eq!(needs_more_input(input), more, "{input:?}");
        }
    }
}
