//! Tokens: the interface between tokenizer and parser (`Grammar/Tokens` in CPython).

/// CPython's token types, with each operator and each hard keyword a kind of its own. Soft keywords (`match`, `case`,
/// `type`, `_`) are names. Comments and non-logical newlines are not tokens for the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TokenKind {
    EndMarker,
    Name,
    Number,
    String,
    Newline,
    Indent,
    Dedent,
    FStringStart,
    FStringMiddle,
    FStringEnd,
    TStringStart,
    TStringMiddle,
    TStringEnd,
    /// `start..end` is the comment's text after `# type: `.
    TypeComment,
    /// `start..end` is what follows `# type: ignore`.
    TypeIgnore,

    LPar,
    RPar,
    LSqb,
    RSqb,
    LBrace,
    RBrace,
    Colon,
    Comma,
    Semi,
    Plus,
    Minus,
    Star,
    Slash,
    VBar,
    Amper,
    Less,
    Greater,
    Equal,
    Dot,
    Percent,
    EqEqual,
    /// `!=`; also `<>` once `barry_as_FLUFL` is in force, else that is `Less` and `Greater`.
    NotEqual,
    LessEqual,
    GreaterEqual,
    Tilde,
    Circumflex,
    LeftShift,
    RightShift,
    DoubleStar,
    PlusEqual,
    MinEqual,
    StarEqual,
    SlashEqual,
    PercentEqual,
    AmperEqual,
    VBarEqual,
    CircumflexEqual,
    LeftShiftEqual,
    RightShiftEqual,
    DoubleStarEqual,
    DoubleSlash,
    DoubleSlashEqual,
    At,
    AtEqual,
    RArrow,
    Ellipsis,
    ColonEqual,
    Exclamation,
    /// A byte that begins no token (`$`, `?`, a backquote).
    Op,
    /// The tokenizer met an error, which it has.
    Error,
    /// Only in the face of the `tokenize` module: a comment, and a newline that ends no statement.
    Comment,
    Nl,

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
}

impl TokenKind {
    pub const fn is_keyword(self) -> bool {
        self as u8 >= TokenKind::False as u8
    }

    /// The hard keyword that `text` is.
    pub fn keyword(text: &[u8]) -> Option<TokenKind> {
        use TokenKind::*;
        Some(match text {
            b"False" => False,
            b"None" => None,
            b"True" => True,
            b"and" => And,
            b"as" => As,
            b"assert" => Assert,
            b"async" => Async,
            b"await" => Await,
            b"break" => Break,
            b"class" => Class,
            b"continue" => Continue,
            b"def" => Def,
            b"del" => Del,
            b"elif" => Elif,
            b"else" => Else,
            b"except" => Except,
            b"finally" => Finally,
            b"for" => For,
            b"from" => From,
            b"global" => Global,
            b"if" => If,
            b"import" => Import,
            b"in" => In,
            b"is" => Is,
            b"lambda" => Lambda,
            b"nonlocal" => Nonlocal,
            b"not" => Not,
            b"or" => Or,
            b"pass" => Pass,
            b"raise" => Raise,
            b"return" => Return,
            b"try" => Try,
            b"while" => While,
            b"with" => With,
            b"yield" => Yield,
            _ => return Option::None,
        })
    }
}

/// A token and where it stands. Columns count UTF-8 bytes from 0, lines from 1.
///
/// Extents of the string parts of f- and t-strings: `…Start` is the prefix and the opening quotes, `…Middle` the raw
/// text between (escapes undecoded: `literals` decodes it; a doubled brace ends a token, whose extent has one of
/// the two), `…End` the closing quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    /// Byte offsets into the source.
    pub start: u32,
    pub end: u32,
    pub lineno: u32,
    pub col_offset: u32,
    pub end_lineno: u32,
    pub end_col_offset: u32,
    /// How many brackets are open.
    pub level: u16,
}
