//! Stimulus: what is to happen to the board, when, in virtual time.
//!
//! One action a line: `at 2s press FLASH`, `wait "ready" then send "go\n"`, `after 100ms set POT 0.5`. Lines happen in
//! their order; an `at` in the past happens at once. `#` begins a comment.

use std::fmt;

use krait_soc::time::{TICKS_PER_S, Ticks};

/// When a line happens, after the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// At a moment from power-on.
    At(Ticks),
    /// A span after the line before.
    After(Ticks),
    /// When the program has sent a text, counted from the line before.
    Text(String),
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// When.
    pub when: When,
    /// What: a command and its words.
    pub words: Vec<String>,
    /// Its number in the file, from 1.
    pub line: usize,
}

/// All lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// In their order.
    pub actions: Vec<Action>,
}

/// What is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub text: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

impl std::error::Error for ScriptError {}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Script, ScriptError> {
        let mut actions = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = |text: String| ScriptError { line: number, text };
            let mut words = split(line).map_err(wrong)?;
            let Some(first) = words.first().cloned() else { continue };
            let when = match first.as_str() {
                "at" | "after" => {
                    let span = words.get(1).and_then(|w| parse_span(w));
                    let span = span.ok_or_else(|| wrong(format!("`{first}` needs a time like 2s, 150ms or 20us")))?;
                    words.drain(..2);
                    if first == "at" { When::At(span) } else { When::After(span) }
                }
                "wait" => {
                    let text = words.get(1).cloned().filter(|t| !t.is_empty());
                    let text = text.ok_or_else(|| wrong("`wait` needs a text".into()))?;
                    words.drain(..2);
                    if words.first().is_some_and(|w| w == "then") {
                        words.remove(0);
                    }
                    When::Text(text)
                }
                _ => When::After(0),
            };
            actions.push(Action { when, words, line: number });
        }
        Ok(Script { actions })
    }
}

/// A span like `2s`, `1.5ms`, `20us`, or plain seconds.
#[must_use]
pub fn parse_span(text: &str) -> Option<Ticks> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "ns" => 1e-9,
        "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let value: f64 = digits.parse().ok()?;
    let ticks = value * scale * TICKS_PER_S as f64;
    (0.0..1e18).contains(&ticks).then_some(ticks as Ticks)
}

/// Words between spaces; what stands in double quotes is one, with `\n`, `\r`, `\t`, `\\`, `\"` and `\xNN`.
pub(crate) fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (word, after) = unquote(quoted)?;
            words.push(word);
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    Ok(words)
}

fn unquote(text: &str) -> Result<(String, &str), String> {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((word, &text[at + 1..])),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => word.push('\n'),
                Some('r') => word.push('\r'),
                Some('t') => word.push('\t'),
                Some('x') => {
                    let digits: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                    let code = u8::from_str_radix(&digits, 16).map_err(|_| format!("`\\x{digits}` is no byte"))?;
                    word.push(char::from(code));
                }
                Some(c @ ('\\' | '"')) => word.push(c),
                other => return Err(format!("`\\{}` has no meaning", other.map(String::from).unwrap_or_default())),
            },
            c => word.push(c),
        }
    }
    Err("a quotation mark is missing".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use krait_soc::time::{ms, us};

    #[test]
    fn lines() {
        let text =
            "# a test\nat 2s press FLASH\n\nwait \">>> \" then send \"1+1\\r\\n\"\nafter 150ms set POT 0.5\nreset";
        let script = Script::parse(text).expect("valid");
        let words: Vec<String> = script.actions.iter().map(|a| a.words.join(" ")).collect();
        assert_eq!(words, ["press FLASH", "send 1+1\r\n", "set POT 0.5", "reset"]);
        let when: Vec<&When> = script.actions.iter().map(|a| &a.when).collect();
        let expected = [When::At(ms(2000)), When::Text(">>> ".into()), When::After(ms(150)), When::After(0)];
        assert_eq!(when, expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn mistakes() {
        for (text, line) in [("at noon press X", 1), ("reset\nwait", 2), ("send \"abc", 1), ("send \"\\q\"", 1)] {
            assert_eq!(Script::parse(text).expect_err(text).line, line);
        }
    }

    #[test]
    fn spans() {
        assert_eq!(parse_span("1.5ms"), Some(us(1500)));
        assert_eq!(parse_span("3"), Some(ms(3000)));
        assert_eq!((parse_span("x"), parse_span("-1s"), parse_span("5parsec")), (None, None, None));
    }
}
