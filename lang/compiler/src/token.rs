//! The tokens of the language.

use crate::enumeration::enumeration;

enumeration! {
    /// One kind of token. Text, if any, lies in the lexer's buffer.
    pub(crate) enum Token {
        End,
        /// Characters that begin no token, or a malformed escape.
        Invalid,
        /// An f-string or t-string with an empty or unfinished field.
        MalformedFormat,
        /// Indentation that returns to no earlier level.
        BadDedent,
        Newline,
        Indent,
        Dedent,

        Name,
        Integer,
        /// A number with a point, an exponent or an imaginary unit.
        Float,
        Str,
        Bytes,
        Ellipsis,

        False,
        None,
        True,
        And,
        As,
        Assert,
        Async,
        Await,
        Break,
        Class,
        Continue,
        Def,
        Del,
        Elif,
        Else,
        Except,
        Finally,
        For,
        From,
        Global,
        If,
        Import,
        In,
        Is,
        Lambda,
        Nonlocal,
        Not,
        Or,
        Pass,
        Raise,
        Return,
        Try,
        While,
        With,
        Yield,

        ParenOpen,
        ParenClose,
        BracketOpen,
        BracketClose,
        BraceOpen,
        BraceClose,
        Comma,
        Colon,
        Semicolon,
        Period,
        Assign,
        Walrus,
        Arrow,
        Tilde,

        Less,
        More,
        Equal,
        LessEqual,
        MoreEqual,
        NotEqual,

        Pipe,
        Caret,
        Ampersand,
        ShiftLeft,
        ShiftRight,
        Plus,
        Minus,
        Star,
        At,
        SlashSlash,
        Slash,
        Percent,
        StarStar,

        PipeAssign,
        CaretAssign,
        AmpersandAssign,
        ShiftLeftAssign,
        ShiftRightAssign,
        PlusAssign,
        MinusAssign,
        StarAssign,
        AtAssign,
        SlashSlashAssign,
        SlashAssign,
        PercentAssign,
        StarStarAssign,
    }
}

/// The keyword spelled `text`; `debug` is the value of `__debug__`.
pub(crate) fn keyword(text: &[u8], debug: bool) -> Option<Token> {
    Some(match text {
        b"False" => Token::False,
        b"None" => Token::None,
        b"True" => Token::True,
        b"__debug__" if debug => Token::True,
        b"__debug__" => Token::False,
        b"and" => Token::And,
        b"as" => Token::As,
        b"assert" => Token::Assert,
        b"async" => Token::Async,
        b"await" => Token::Await,
        b"break" => Token::Break,
        b"class" => Token::Class,
        b"continue" => Token::Continue,
        b"def" => Token::Def,
        b"del" => Token::Del,
        b"elif" => Token::Elif,
        b"else" => Token::Else,
        b"except" => Token::Except,
        b"finally" => Token::Finally,
        b"for" => Token::For,
        b"from" => Token::From,
        b"global" => Token::Global,
        b"if" => Token::If,
        b"import" => Token::Import,
        b"in" => Token::In,
        b"is" => Token::Is,
        b"lambda" => Token::Lambda,
        b"nonlocal" => Token::Nonlocal,
        b"not" => Token::Not,
        b"or" => Token::Or,
        b"pass" => Token::Pass,
        b"raise" => Token::Raise,
        b"return" => Token::Return,
        b"try" => Token::Try,
        b"while" => Token::While,
        b"with" => Token::With,
        b"yield" => Token::Yield,
        _ => return None,
    })
}

/// The operator or delimiter at the start of three characters, and its length.
pub(crate) fn operator(c0: u8, c1: u8, c2: u8) -> (Token, u8) {
    use Token::*;
    let eq1 = c1 == b'=';
    let eq2 = c2 == b'=';
    let one = |plain: Token, assigned: Token| if eq1 { (assigned, 2) } else { (plain, 1) };
    let two = |plain, assigned, doubled, doubled_assigned| {
        if c1 == c0 {
            if eq2 { (doubled_assigned, 3) } else { (doubled, 2) }
        } else {
            one(plain, assigned)
        }
    };
    match c0 {
        b'(' => (ParenOpen, 1),
        b')' => (ParenClose, 1),
        b'[' => (BracketOpen, 1),
        b']' => (BracketClose, 1),
        b'{' => (BraceOpen, 1),
        b'}' => (BraceClose, 1),
        b',' => (Comma, 1),
        b';' => (Semicolon, 1),
        b'~' => (Tilde, 1),
        b':' => one(Colon, Walrus),
        b'<' => two(Less, LessEqual, ShiftLeft, ShiftLeftAssign),
        b'>' => two(More, MoreEqual, ShiftRight, ShiftRightAssign),
        b'*' => two(Star, StarAssign, StarStar, StarStarAssign),
        b'/' => two(Slash, SlashAssign, SlashSlash, SlashSlashAssign),
        b'+' => one(Plus, PlusAssign),
        b'-' if c1 == b'>' => (Arrow, 2),
        b'-' => one(Minus, MinusAssign),
        b'&' => one(Ampersand, AmpersandAssign),
        b'|' => one(Pipe, PipeAssign),
        b'%' => one(Percent, PercentAssign),
        b'^' => one(Caret, CaretAssign),
        b'@' => one(At, AtAssign),
        b'=' => one(Assign, Equal),
        b'!' => one(Invalid, NotEqual),
        b'.' if c1 == b'.' && c2 == b'.' => (Ellipsis, 3),
        b'.' => (Period, 1),
        _ => (Invalid, 1),
    }
}
