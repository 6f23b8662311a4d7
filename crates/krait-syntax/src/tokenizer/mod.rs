//! Source text to tokens, as CPython's `Parser/lexer/lexer.c` does it.
//!
//! The tokenizer is lazy: each call of [`Tokenizer::next_token`] scans one token. It reads the source line by line
//! (`inp` is the end of the line being read, and `lineno` counts the lines entered), because the positions that
//! error messages show are positions of this reading head, not only of tokens.
//!
//! The source must have been through [`crate::encoding::normalize_newlines`]: lines end in `\n` only.
//!
//! Invariants: `line_start <= cur <= inp <= src.len()` while no error has been reported; every token offset lies on
//! a character boundary; after an error or the end, every further call returns the same kind of token.

mod cursor;
mod errors;
mod indent;
mod name;
mod normal;
mod number;
mod operator;
mod quoted;
mod replacement;
pub mod tokenize;

use crate::error::SyntaxError;
use crate::token::{Token, TokenKind};

pub use errors::byte_to_char_offset;
pub use name::{is_identifier_continue, is_identifier_start, is_printable, normalize_name};
pub use replacement::interpolation_text;

/// CPython's limits: `MAXINDENT`, `MAXLEVEL`, `MAXFSTRINGLEVEL`, `MAXEXPRNESTING`.
const MAX_INDENT: usize = 100;
const MAX_LEVEL: usize = 200;
const MAX_FSTRING_LEVEL: usize = 150;
const MAX_EXPR_NESTING: i32 = 3;

/// What the tokenizer is asked to produce beyond the plain token stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Report `# type:` comments as `TypeComment` and `TypeIgnore` tokens.
    pub type_comments: bool,
    /// The face of the `tokenize` module: `Comment` and `Nl` tokens, no checks that only the parser needs.
    pub extra_tokens: bool,
    /// The source is typed at a prompt: an empty line ends a block.
    pub interactive: bool,
}

/// Why the tokenizer stopped (CPython's `tok->done`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// More can be read.
    No,
    /// The end of the source was reached.
    Eof,
    /// A syntax error was recorded in `error`.
    Error,
    /// An unindent matches no outer level.
    Dedent,
    /// Tabs and spaces disagree.
    TabSpace,
    /// Too many levels of indentation.
    TooDeep,
    /// Something other than a newline follows a backslash.
    LineCont,
}

/// A SyntaxWarning that scanning a token calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    pub lineno: u32,
    /// Offset in the source of what is complained about.
    pub offset: usize,
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paren {
    pub(crate) byte: u8,
    pub(crate) lineno: u32,
    pub(crate) col: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ModeKind {
    /// Scanning code.
    Regular,
    /// Scanning the literal part of an f-string or t-string.
    Literal,
}

/// One entry of the mode stack: the file itself, or an f-string or t-string that is open.
#[derive(Clone, Debug)]
struct Mode {
    kind: ModeKind,
    template: bool,
    quote: u8,
    quote_size: usize,
    raw: bool,
    start: usize,
    line_start: usize,
    first_line: u32,
    curly_depth: i32,
    /// Curly depth at which the innermost replacement field began; -1 outside of any.
    expr_start_depth: i32,
    in_format_spec: bool,
    in_debug: bool,
}

impl Mode {
    const FILE: Mode = Mode {
        kind: ModeKind::Regular,
        template: false,
        quote: 0,
        quote_size: 0,
        raw: false,
        start: 0,
        line_start: 0,
        first_line: 0,
        curly_depth: 0,
        expr_start_depth: -1,
        in_format_spec: false,
        in_debug: false,
    };

    fn in_expr(&self) -> bool {
        self.expr_start_depth >= 0
    }

    fn prefix(&self) -> char {
        if self.template { 't' } else { 'f' }
    }
}

/// The state of scanning one source text.
pub struct Tokenizer<'a> {
    text: &'a str,
    src: &'a [u8],
    options: Options,
    cur: usize,
    inp: usize,
    /// Start of the line in which the token being read began.
    buf: usize,
    /// Start of the current line; it goes back to the start of a string that turns out not to end.
    line_start: usize,
    lineno: u32,
    start: Option<usize>,
    multi_line_start: usize,
    first_lineno: u32,
    first_nul: usize,
    at_line_start: bool,
    comment_newline: bool,
    flufl: bool,
    pending: i32,
    indents: Vec<(u32, u32)>,
    parens: Vec<Paren>,
    mode: Mode,
    outer_modes: Vec<Mode>,
    done: Done,
    /// The error is a string that the end of the source leaves open.
    ended_in_string: bool,
    error: Option<Box<SyntaxError>>,
    warnings: Vec<Warning>,
}

impl<'a> Tokenizer<'a> {
    /// A tokenizer at the start of `text`, whose lines must end in `\n` only.
    pub fn new(text: &'a str, options: Options) -> Self {
        let src = text.as_bytes();
        Tokenizer {
            text,
            src,
            options,
            cur: 0,
            inp: 0,
            buf: 0,
            line_start: 0,
            lineno: 0,
            start: None,
            multi_line_start: 0,
            first_lineno: 0,
            first_nul: memchr::memchr(0, src).unwrap_or(usize::MAX),
            at_line_start: true,
            comment_newline: false,
            flufl: false,
            pending: 0,
            indents: vec![(0, 0)],
            parens: Vec::new(),
            mode: Mode::FILE,
            outer_modes: Vec::new(),
            done: Done::No,
            ended_in_string: false,
            error: None,
            warnings: Vec::new(),
        }
    }

    /// Scan the next token. An `Error` token says that [`Tokenizer::syntax_error`] has the reason.
    #[inline]
    pub fn next_token(&mut self) -> Token {
        match self.mode.kind {
            ModeKind::Regular => self.regular_token(),
            ModeKind::Literal => self.literal_token(),
        }
    }

    /// From here on `<>` is one token, a `NotEqual` (`from __future__ import barry_as_FLUFL`).
    pub fn set_flufl(&mut self) {
        self.flufl = true;
    }

    /// The source text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Why the tokenizer stopped, if it did.
    pub fn done(&self) -> Done {
        self.done
    }

    /// Warnings met so far; the caller takes them.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Number of brackets open.
    pub fn level(&self) -> usize {
        self.parens.len()
    }

    /// Number of the line being read, from 1.
    pub fn lineno(&self) -> u32 {
        self.lineno
    }

    /// Whether an f-string or t-string is open.
    pub fn in_fstring(&self) -> bool {
        !self.outer_modes.is_empty()
    }

    /// Whether the tokenizer stopped because the source ended, also inside of a string.
    pub(crate) fn at_end_of_source(&self) -> bool {
        self.done == Done::Eof || self.ended_in_string
    }

    /// What has not been read yet.
    pub(crate) fn unread(&self) -> &'a str {
        &self.text[self.cur.min(self.text.len())..]
    }

    /// Columns read of the current line, in bytes.
    pub(crate) fn column(&self) -> usize {
        self.cur.saturating_sub(self.line_start)
    }

    /// The innermost open bracket.
    pub(crate) fn innermost_paren(&self) -> Option<Paren> {
        self.parens.last().copied()
    }

    /// Close all blocks at once: what CPython does when interactive input ends.
    pub(crate) fn close_blocks(&mut self) {
        let open = self.indents.len() - 1;
        self.pending = -(open as i32);
        self.indents.truncate(1);
    }

    /// A token from `start` to `end` on the current line (its first line too, if it is part of a string).
    #[inline]
    fn token(&self, kind: TokenKind, start: usize, end: usize) -> Token {
        self.token_on(kind, start, end, self.lineno, self.line_start)
    }

    #[inline]
    fn string_token(&self, kind: TokenKind, start: usize, end: usize) -> Token {
        self.token_on(kind, start, end, self.first_lineno, self.multi_line_start)
    }

    #[inline]
    fn token_on(&self, kind: TokenKind, start: usize, end: usize, lineno: u32, line_start: usize) -> Token {
        Token {
            kind,
            start: start as u32,
            end: end as u32,
            lineno,
            col_offset: start.wrapping_sub(line_start) as u32,
            end_lineno: self.lineno,
            end_col_offset: end.wrapping_sub(self.line_start) as u32,
            level: self.parens.len() as u16,
        }
    }

    /// A token without extent: INDENT, DEDENT, ENDMARKER and errors.
    fn mark(&self, kind: TokenKind) -> Token {
        let at = self.cur.max(self.line_start);
        self.token(kind, at, at)
    }
}
