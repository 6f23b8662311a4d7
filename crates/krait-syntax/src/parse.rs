//! The ways in: source text or bytes to a tree, with the options of `compile()`.

use crate::diagnose;
use crate::encoding::{self, Decode};
use crate::error::{ErrorKind, Place, SyntaxError};
use crate::parser::Parser;
use crate::token::{Token, TokenKind};
use crate::tokenizer::{Options, Tokenizer, Warning};
use krait_ast::{Mod, TypeIgnore};

/// What the source is: the `mode` of `compile()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Exec,
    Eval,
    Single,
    FuncType,
}

#[derive(Debug, Clone, Copy)]
pub struct ParseFlags {
    /// Keep `# type:` comments (`PyCF_TYPE_COMMENTS`).
    pub type_comments: bool,
    /// The end of interactive input does not close open blocks (`PyCF_DONT_IMPLY_DEDENT`).
    pub dont_imply_dedent: bool,
    /// Tell incomplete input from wrong input (`PyCF_ALLOW_INCOMPLETE_INPUT`).
    pub allow_incomplete_input: bool,
    /// `<>` in place of `!=` (`from __future__ import barry_as_FLUFL`). The parser also sets it on that import.
    pub barry_as_flufl: bool,
    /// Refuse syntax that is newer than this minor version of Python 3.
    pub feature_version: u32,
    /// `sys.get_int_max_str_digits()`; 0 means no limit.
    pub max_int_digits: usize,
}

impl Default for ParseFlags {
    fn default() -> Self {
        ParseFlags {
            type_comments: false,
            dont_imply_dedent: false,
            allow_incomplete_input: false,
            barry_as_flufl: false,
            feature_version: 14,
            max_int_digits: 4300,
        }
    }
}

/// A tree and the `SyntaxWarning`s that reading its source calls for, in source order.
#[derive(Debug)]
pub struct Parse {
    pub module: Mod,
    pub warnings: Vec<Warning>,
}

/// Parse source text.
///
/// The name of the file is not part of a [`SyntaxError`]: the caller that makes the exception knows it. `compile()`
/// refuses text with null characters in its own words before it comes here.
pub fn parse(source: &str, _filename: &str, mode: Mode, flags: ParseFlags) -> Result<Mod, Box<SyntaxError>> {
    parse_with_warnings(source, mode, flags).map(|parse| parse.module)
}

/// Parse the bytes of a file. `decode` is asked for encodings other than UTF-8.
pub fn parse_bytes(
    source: &[u8],
    mode: Mode,
    flags: ParseFlags,
    decode: &mut Decode<'_>,
) -> Result<Parse, Box<SyntaxError>> {
    let source = encoding::decode_source(source, decode)?;
    parse_with_warnings(&source.text, mode, flags)
}

/// Parse source text and keep the warnings.
pub fn parse_with_warnings(source: &str, mode: Mode, flags: ParseFlags) -> Result<Parse, Box<SyntaxError>> {
    if u32::try_from(source.len()).is_err() {
        return Err(Box::new(SyntaxError::nowhere(ErrorKind::TooComplex, "source is too large")));
    }
    let source = encoding::normalize_newlines(source, mode == Mode::Exec);
    let mut stream = Stream::new(&source, mode, flags);
    let tokens = stream.tokens();
    let mut parser = Parser::new(&source, tokens, std::mem::take(&mut stream.type_ignores), flags);
    match parser.run(mode) {
        Ok(module) if mode == Mode::Single && !nothing_follows(parser.unread()) => {
            drop(module);
            Err(failure(parser, mode))
        }
        Ok(module) => {
            let mut warnings = stream.tokenizer.take_warnings();
            warnings.append(&mut parser.warnings);
            warnings.sort_by_key(|warning| warning.offset);
            Ok(Parse { module, warnings })
        }
        Err(_) => Err(failure(parser, mode)),
    }
}

/// The error to report when the parser has failed: what it knows for certain, or else what a second look finds.
fn failure(mut parser: Parser<'_>, mode: Mode) -> Box<SyntaxError> {
    let known = parser.error.take();
    if let Some(error) = known.as_ref().filter(|error| error.kind == ErrorKind::TooComplex || parser.too_new)
    {
        return error.clone();
    }
    let flags = parser.flags;
    let options = diagnose::Options {
        mode: match mode {
            Mode::Exec => diagnose::Mode::Exec,
            Mode::Eval => diagnose::Mode::Eval,
            Mode::Single => diagnose::Mode::Single,
            Mode::FuncType => diagnose::Mode::FuncType,
        },
        type_comments: flags.type_comments,
        interactive: false,
        dont_imply_dedent: flags.dont_imply_dedent,
        allow_incomplete: flags.allow_incomplete_input,
        flufl: parser.flufl_from_start,
        max_digits: flags.max_int_digits,
    };
    diagnose::diagnose(parser.source, options)
        .or(known)
        .unwrap_or_else(|| at_token(&parser, parser.furthest, "invalid syntax"))
}

fn at_token(parser: &Parser<'_>, index: usize, message: &str) -> Box<SyntaxError> {
    let token = parser.tokens[index];
    let start = Place { lineno: token.lineno, col_offset: token.col_offset };
    let end = Place { lineno: token.end_lineno, col_offset: token.end_col_offset };
    Box::new(SyntaxError::at(parser.source, ErrorKind::Syntax, message, start, end))
}

/// Only blank space and comments are left.
fn nothing_follows(rest: &str) -> bool {
    rest.lines().all(|line| {
        let line = line.trim_start_matches([' ', '\t', '\x0c', '\x1a']);
        line.is_empty() || line.starts_with('#')
    })
}

/// The future feature that puts `<>` in place of `!=`.
const BARRY: &str = "barry_as_FLUFL";

/// The tokens as the parser wants them.
pub(crate) struct Stream<'s> {
    pub(crate) tokenizer: Tokenizer<'s>,
    mode: Mode,
    flags: ParseFlags,
    type_ignores: Vec<TypeIgnore>,
}

impl<'s> Stream<'s> {
    pub(crate) fn new(source: &'s str, mode: Mode, flags: ParseFlags) -> Self {
        let options = Options { type_comments: flags.type_comments, ..Options::default() };
        Stream { tokenizer: Tokenizer::new(source, options), mode, flags, type_ignores: Vec::new() }
    }

    /// All tokens up to the end marker or to the first error.
    ///
    /// In interactive mode the end of the input is a newline and the end of all blocks, once.
    pub(crate) fn tokens(&mut self) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(self.tokenizer.text().len() / 4 + 8);
        let mut started = false;
        if self.flags.barry_as_flufl {
            self.tokenizer.set_flufl();
        }
        loop {
            let mut token = self.tokenizer.next_token();
            match token.kind {
                // Whether `<>` is allowed after this name the parser decides; it needs to see one token.
                TokenKind::Name if token.end - token.start == BARRY.len() as u32 => {
                    if self.tokenizer.text()[token.start as usize..].starts_with(BARRY) {
                        self.tokenizer.set_flufl();
                    }
                    started = true;
                }
                TokenKind::TypeIgnore => {
                    let tag = self.ignore_tag(&token).into();
                    self.type_ignores.push(TypeIgnore { lineno: token.lineno, tag });
                    continue;
                }
                TokenKind::EndMarker if self.mode == Mode::Single && started => {
                    token.kind = TokenKind::Newline;
                    started = false;
                    if !self.flags.dont_imply_dedent {
                        self.tokenizer.close_blocks();
                    }
                }
                _ => started = true,
            }
            tokens.push(token);
            if matches!(token.kind, TokenKind::EndMarker | TokenKind::Error) {
                return tokens;
            }
        }
    }

    /// What follows `# type: ignore`, with the newline if nothing precedes the comment on its line.
    fn ignore_tag(&self, token: &Token) -> &'s str {
        let text = self.tokenizer.text();
        let line_start = token.start.saturating_sub(token.col_offset) as usize;
        let line = text.get(line_start..).unwrap_or("");
        let alone = line.trim_start_matches([' ', '\t', '\x0c']).starts_with('#');
        let end = token.end as usize;
        let end = end + usize::from(alone && text.as_bytes().get(end) == Some(&b'\n'));
        text.get(token.start as usize..end).unwrap_or("")
    }
}
