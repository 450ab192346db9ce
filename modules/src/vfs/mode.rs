//! How a file is opened: `open`'s mode.

use krait_hal::OpenMode;

/// A mode, understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// What the file is opened for.
    pub how: OpenMode,
    /// Whether it gives text.
    pub text: bool,
}

impl Mode {
    /// Reading bytes.
    pub const READ: Mode = Mode {
        how: OpenMode { read: true, write: false, append: false, create: false, exclusive: false, truncate: false },
        text: false,
    };

    /// Understands a mode as the reference does: the last of `r`, `w`, `a`, `x` counts, and the last of `t`, `b`.
    /// What else there is, is passed over.
    pub fn parse(text: &str) -> Mode {
        let mut m = Mode { text: true, ..Mode::READ };
        let mut plus = false;
        let start = OpenMode::default();
        for c in text.chars() {
            match c {
                'r' => m.how = OpenMode { read: true, ..start },
                'w' => m.how = OpenMode { write: true, create: true, truncate: true, ..start },
                'a' => m.how = OpenMode { write: true, create: true, append: true, ..start },
                'x' => m.how = OpenMode { write: true, create: true, exclusive: true, ..start },
                '+' => plus = true,
                'b' => m.text = false,
                't' => m.text = true,
                _ => {}
            }
        }
        if plus {
            (m.how.read, m.how.write) = (true, true);
        }
        m
    }

    /// Whether opening so can change the file system.
    pub fn writes(&self) -> bool {
        self.how.write
    }
}

#[cfg(test)]
mod tests {
    use super::Mode;

    #[test]
    fn modes() {
        let m = Mode::parse("r");
        assert!(m.text && m.how.read && !m.writes() && !m.how.create);
        let m = Mode::parse("r+b");
        assert!(!m.text && m.how.read && m.how.write && !m.how.create && !m.how.truncate);
        let m = Mode::parse("a+");
        assert!(m.how.read && m.how.write && m.how.append && m.how.create && !m.how.truncate);
        let m = Mode::parse("xb");
        assert!(m.how.exclusive && m.how.create && !m.how.read);
        assert_eq!(Mode::parse("rb"), Mode::READ);
    }
}
