//! Whether an input is complete or asks for another line.
//!
//! The rule is the reference's, a guess from the text alone: brackets, quotes, a
//! trailing backslash, and the first word. Unlike the reference we do not take
//! what stands in a comment for code, so `x = 1  # (sic` is complete.

/// Words that open a block, which then ends at an empty line.
const OPENERS: [&str; 8] = ["if", "while", "for", "try", "with", "def", "class", "async"];

/// Whether the user is to be asked for a further line of `text`, the lines so
/// far without the last newline.
pub fn needs_more(text: &str) -> bool {
    let Some(&last) = text.as_bytes().last() else {
        return false;
    };
    let scan = scan(text.as_bytes());
    match scan.quote {
        Some(Quote { triple: true, .. }) => return true,
        None if scan.depths.iter().any(|&d| d > 0) => return true,
        _ => {}
    }
    (last == b'\\' && !scan.comment) || (last != b'\n' && opens_block(text))
}

/// Whether the first word is a decorator's sign or a block's keyword.
fn opens_block(text: &str) -> bool {
    if text.starts_with('@') {
        return true;
    }
    let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric() || !c.is_ascii();
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    text.get(..end).is_some_and(|word| OPENERS.contains(&word))
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Quote {
    mark: u8,
    triple: bool,
}

/// The state at the end of a text.
struct Scan {
    quote: Option<Quote>,
    /// Open minus closed: round, square, curly. Counted apart and below zero
    /// too, as in the reference.
    depths: [isize; 3],
    comment: bool,
}

fn scan(mut text: &[u8]) -> Scan {
    let mut s = Scan { quote: None, depths: [0; 3], comment: false };
    while let [byte, rest @ ..] = text {
        let mut skip = 0;
        match (*byte, s.quote) {
            (b'\n', None) => s.comment = false,
            _ if s.comment => {}
            (mark @ (b'\'' | b'"'), quote) => {
                let triple = rest.starts_with(&[mark, mark]);
                match quote {
                    None => {
                        s.quote = Some(Quote { mark, triple });
                        skip = if triple { 2 } else { 0 };
                    }
                    Some(q) if q.mark == mark && q.triple && triple => {
                        s.quote = None;
                        skip = 2;
                    }
                    Some(q) if q.mark == mark && !q.triple => s.quote = None,
                    Some(_) => {}
                }
            }
            (b'\\', Some(_)) => {
                skip = usize::from(matches!(rest.first(), Some(b'\'' | b'"' | b'\\')));
            }
            (_, Some(_)) => {}
            (b'#', None) => s.comment = true,
            (bracket, None) => {
                if let Some(at) = b"([{".iter().position(|&b| b == bracket) {
                    bump(&mut s.depths, at, 1);
                } else if let Some(at) = b")]}".iter().position(|&b| b == bracket) {
                    bump(&mut s.depths, at, -1);
                }
            }
        }
        text = rest.get(skip..).unwrap_or(&[]);
    }
    s
}

fn bump(depths: &mut [isize; 3], at: usize, by: isize) {
    if let Some(depth) = depths.get_mut(at) {
        *depth += by;
    }
}

#[cfg(test)]
mod tests {
    use super::needs_more;

    #[test]
    fn table() {
        for (text, more) in [
            ("", false),
            ("1", false),
            ("if 1:", true),
            ("if 1:\n    2", true),
            ("if 1:\n    2\n", false),
            ("if1=1", false),
            ("if_ = 1", false),
            ("ifé = 1", false),
            ("if", true),
            ("iff", false),
            ("@dec", true),
            ("@dec\ndef f(): pass\n", false),
            ("async def f():", true),
            ("asynch", false),
            ("class A: pass", true),
            (" if 1:", false),
            ("else:", false),
            ("(1,", true),
            ("(1,\n", true),
            ("[1]", false),
            ("{1:[2,", true),
            (")(", false),
            ("())", false),
            ("([)]", false),
            ("'('", false),
            ("'(", false),
            ("'''a", true),
            ("'''a'", true),
            ("'''a'''", false),
            ("\"\"\"a'''", true),
            ("''", false),
            ("'' '(' \"[\"", false),
            (r"'\''", false),
            (r#""\"(""#, false),
            (r"'\\'", false),
            ("1 \\", true),
            ("1 \\\n+ 2", false),
            ("x = 1 # (sic", false),
            ("# don't\n", false),
            ("# \\", false),
            ("(1, # )\n", true),
            ("def f(): # it's\n    '''doc\n", true),
        ] {
            assert_eq!(needs_more(text), more, "{text:?}");
        }
    }
}
