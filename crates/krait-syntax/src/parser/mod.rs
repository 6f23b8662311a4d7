//! Tokens to syntax tree: recursive descent over the whole grammar of 3.14 (`Grammar/python.gram`).
//!
//! The parser only decides whether the source is valid. When it is not, it stops with [`Failed`] and knows the furthest
//! token it looked at; which `SyntaxError` that is, is found afterwards, by `diagnose`. Errors that CPython raises from
//! the actions of its grammar (bad escapes, mixed bytes and text, …) are recorded in `error` on the way.
//!
//! Invariants:
//! - the last token is an end marker, or stands where the tokenizer failed; `pos` never passes it;
//! - every recursive rule takes its share of `depth` (CPython has a limit of 6000 rule levels), so that no input can
//!   overflow the native stack; left-associative chains are loops and cost nothing;
//! - speculation (`match`, parenthesised `with`) never nests, so that parsing is linear.

mod atom;
mod call;
mod compound;
mod expr;
mod import;
mod params;
mod pattern;
mod simple;
mod strings;
mod suite;
mod target;

use crate::error::{ErrorKind, Place, SyntaxError};
use crate::token::{Token, TokenKind};
use crate::tokenizer::Warning;
use crate::tokenizer::normalize_name;
use crate::{Mode, ParseFlags};
use krait_ast::{Expr, Interner, Mod, Name, Range, Stmt, StmtKind, TypeIgnore};

/// How many of its 6000 levels of rules CPython's parser has left in an expression statement of a module.
const MAX_DEPTH: u32 = 5968;

/// Levels from one expression to the one inside its brackets, as CPython counts them.
const BRACKET_DEPTH: u32 = 28;

/// Levels from one statement to those of its block.
const BLOCK_DEPTH: u32 = 6;

/// Parsing cannot go on. Why, is in the parser.
#[derive(Debug)]
pub(crate) struct Failed;

pub(crate) type Parsed<T> = Result<T, Failed>;

pub(crate) struct Parser<'s> {
    pub(crate) source: &'s str,
    pub(crate) tokens: Vec<Token>,
    pub(crate) type_ignores: Vec<TypeIgnore>,
    pos: usize,
    /// The furthest token at which something else was expected.
    pub(crate) furthest: usize,
    depth: u32,
    names: Interner,
    pub(crate) flags: ParseFlags,
    /// An error that is already known exactly.
    pub(crate) error: Option<Box<SyntaxError>>,
    pub(crate) warnings: Vec<Warning>,
    /// The error is about syntax that is newer than the version asked for.
    pub(crate) too_new: bool,
    /// `flags.barry_as_flufl` before any import in the source set it.
    pub(crate) flufl_from_start: bool,
}

impl<'s> Parser<'s> {
    pub(crate) fn new(
        source: &'s str,
        tokens: Vec<Token>,
        type_ignores: Vec<TypeIgnore>,
        flags: ParseFlags,
    ) -> Self {
        Parser {
            source,
            tokens,
            type_ignores,
            pos: 0,
            furthest: 0,
            depth: 0,
            names: Interner::default(),
            flags,
            error: None,
            warnings: Vec::new(),
            too_new: false,
            flufl_from_start: flags.barry_as_flufl,
        }
    }

    pub(crate) fn run(&mut self, mode: Mode) -> Parsed<Mod> {
        match mode {
            Mode::Exec => self.file(),
            Mode::Eval => self.eval(),
            Mode::Single => self.interactive(),
            Mode::FuncType => self.func_type(),
        }
    }

    fn file(&mut self) -> Parsed<Mod> {
        let mut body = Vec::new();
        while self.kind() != TokenKind::EndMarker {
            self.statement(&mut body)?;
        }
        Ok(Mod::Module { body, type_ignores: std::mem::take(&mut self.type_ignores) })
    }

    fn eval(&mut self) -> Parsed<Mod> {
        let body = self.expressions()?;
        self.end_of_input()?;
        Ok(Mod::Expression { body: Box::new(body) })
    }

    fn end_of_input(&mut self) -> Parsed<()> {
        while self.eat(TokenKind::Newline) {}
        self.need(TokenKind::EndMarker)
    }

    fn interactive(&mut self) -> Parsed<Mod> {
        let mut body = Vec::new();
        match self.kind() {
            TokenKind::EndMarker => return self.fail(),
            TokenKind::Newline => {
                let start = self.pos;
                self.pos += 1;
                let range = self.range(start);
                body.push(Stmt::new(StmtKind::Pass, range));
            }
            _ if self.compound_statement(&mut body)? => self.expect(TokenKind::Newline)?,
            _ => self.simple_statements(&mut body)?,
        }
        Ok(Mod::Interactive { body })
    }

    /// The source after the last token of an interactive statement.
    pub(crate) fn unread(&self) -> &'s str {
        let end = self.tokens[..self.pos].last().map_or(0, |token| token.end as usize);
        self.source.get(end..).unwrap_or("")
    }

    fn func_type(&mut self) -> Parsed<Mod> {
        self.expect(TokenKind::LPar)?;
        let mut argtypes = Vec::new();
        if self.kind() != TokenKind::RPar {
            self.type_expressions(&mut argtypes)?;
        }
        self.expect(TokenKind::RPar)?;
        self.expect(TokenKind::RArrow)?;
        let returns = Box::new(self.expression()?);
        self.end_of_input()?;
        Ok(Mod::FunctionType { argtypes, returns })
    }

    /// Expressions, then at most one `*expression`, then at most one `**expression`.
    fn type_expressions(&mut self, out: &mut Vec<Expr>) -> Parsed<()> {
        let mut stage = 0;
        loop {
            let now = match self.kind() {
                TokenKind::Star => 1,
                TokenKind::DoubleStar => 2,
                _ => 0,
            };
            if now < stage || now == stage && now > 0 {
                return self.fail();
            }
            stage = now;
            if stage > 0 {
                self.pos += 1;
            }
            out.push(self.expression()?);
            if !self.eat(TokenKind::Comma) {
                return Ok(());
            }
        }
    }

    #[inline]
    fn token(&self) -> &Token {
        &self.tokens[self.pos]
    }

    #[inline]
    fn kind(&self) -> TokenKind {
        self.tokens[self.pos].kind
    }

    /// The kind of the token `ahead` of the next one.
    #[inline]
    fn kind_at(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.pos + ahead).map_or(TokenKind::EndMarker, |token| token.kind)
    }

    fn text(&self, token: &Token) -> &'s str {
        self.source.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    #[inline]
    fn eat(&mut self, kind: TokenKind) -> bool {
        // A branch on purpose: rustc 1.95 (MIR inlining with GVN, opt-level 2 and 3) miscompiles
        // `pos += usize::from(found); found` in the loops that call this.
        if self.kind() != kind {
            return false;
        }
        self.pos += 1;
        true
    }

    #[inline]
    fn expect(&mut self, kind: TokenKind) -> Parsed<()> {
        if self.eat(kind) { Ok(()) } else { self.fail() }
    }

    /// The next token must be `kind`, but stays.
    #[inline]
    fn need(&mut self, kind: TokenKind) -> Parsed<()> {
        if self.kind() == kind { Ok(()) } else { self.fail() }
    }

    /// Nothing fits the next token.
    #[cold]
    fn fail<T>(&mut self) -> Parsed<T> {
        self.furthest = self.furthest.max(self.pos);
        Err(Failed)
    }

    /// Stop with an error that is known exactly.
    #[cold]
    fn raise<T>(&mut self, message: impl Into<String>, range: Range) -> Parsed<T> {
        let start = Place { lineno: range.lineno, col_offset: range.col_offset };
        let end = Place { lineno: range.end_lineno, col_offset: range.end_col_offset };
        self.error = Some(Box::new(SyntaxError::at(self.source, ErrorKind::Syntax, message, start, end)));
        Err(Failed)
    }

    /// Stop with an error at the next token, which CPython has looked at.
    #[cold]
    fn raise_here<T>(&mut self, message: impl Into<String>) -> Parsed<T> {
        self.raise_at(self.pos, message)
    }

    /// Stop with an error at the token that CPython read last (`RAISE_SYNTAX_ERROR`).
    #[cold]
    fn raise_at<T>(&mut self, index: usize, message: impl Into<String>) -> Parsed<T> {
        use TokenKind::{Dedent, EndMarker, Indent};
        let index = index.min(self.tokens.len() - 1);
        let result = self.raise(message, self.token_range(index));
        // CPython gives tokens without text no columns, and takes how far it has read the line instead.
        if let (EndMarker | Dedent | Indent, Some(error)) = (self.tokens[index].kind, &mut self.error) {
            error.col_offset -= 1;
            error.end_col_offset = -1;
        }
        result
    }

    /// Refuse syntax that is newer than the version asked for, seen when the next token had been looked at.
    fn since(&mut self, minor: u32, what: &str) -> Parsed<()> {
        self.since_at(minor, what, self.pos)
    }

    /// Refuse syntax that is newer than the version asked for, seen when no token had been looked at but those used.
    fn since_read(&mut self, minor: u32, what: &str) -> Parsed<()> {
        self.since_at(minor, what, self.pos.saturating_sub(1))
    }

    #[inline]
    fn since_at(&mut self, minor: u32, what: &str, index: usize) -> Parsed<()> {
        if self.flags.feature_version < minor {
            self.too_new = true;
            return self.raise_at(index, format!("{what} only supported in Python 3.{minor} and greater"));
        }
        Ok(())
    }

    /// Go `levels` deeper. Whoever succeeds goes back up with [`Parser::leave`].
    #[inline]
    fn enter(&mut self, levels: u32) -> Parsed<()> {
        self.depth += levels;
        if self.depth > MAX_DEPTH { self.too_complex() } else { Ok(()) }
    }

    #[inline]
    fn leave(&mut self, levels: u32) {
        self.depth -= levels;
    }

    #[cold]
    fn too_complex(&mut self) -> Parsed<()> {
        let message = "Parser stack overflowed - Python source too complex to parse";
        self.error = Some(Box::new(SyntaxError::nowhere(ErrorKind::TooComplex, message)));
        Err(Failed)
    }

    /// Try `rule`; if it fails without an error of its own, be as before and give `None`.
    fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<Option<T>> {
        let (pos, depth, warnings) = (self.pos, self.depth, self.warnings.len());
        match rule(self) {
            Ok(value) => Ok(Some(value)),
            Err(Failed) if self.error.is_some() => Err(Failed),
            Err(Failed) => {
                self.pos = pos;
                self.depth = depth;
                self.warnings.truncate(warnings);
                Ok(None)
            }
        }
    }

    fn token_range(&self, index: usize) -> Range {
        let token = &self.tokens[index];
        Range::new(token.lineno, token.col_offset, token.end_lineno, token.end_col_offset)
    }

    /// From the token at index `start` to the last one consumed that is neither a newline nor (de)indentation.
    #[inline]
    fn range(&self, start: usize) -> Range {
        use TokenKind::*;
        let first = &self.tokens[start];
        let mut last = self.pos.saturating_sub(1);
        while last > 0 && matches!(self.tokens[last].kind, EndMarker | Newline | Indent | Dedent) {
            last -= 1;
        }
        let last = &self.tokens[last];
        Range::new(first.lineno, first.col_offset, last.end_lineno, last.end_col_offset)
    }

    /// The identifier that the next token is.
    #[inline]
    fn name(&mut self) -> Parsed<Name> {
        if self.kind() != TokenKind::Name {
            return self.fail();
        }
        let text = self.text(self.token());
        // A name may not turn into a constant by normalisation.
        if !text.is_ascii() && matches!(&*normalize_name(text), "None" | "True" | "False") {
            return self.fail();
        }
        self.pos += 1;
        Ok(self.intern(text))
    }

    fn intern(&mut self, text: &str) -> Name {
        if text.is_ascii() {
            return self.names.intern(text);
        }
        use unicode_normalization::UnicodeNormalization;
        self.names.intern(&text.nfkc().collect::<String>())
    }

    /// The next token is the soft keyword `word`.
    fn at_word(&self, word: &str) -> bool {
        self.kind() == TokenKind::Name && self.text(self.token()) == word
    }

    fn type_comment(&mut self) -> Option<std::rc::Rc<str>> {
        if self.kind() != TokenKind::TypeComment {
            return None;
        }
        let text = self.text(self.token());
        self.pos += 1;
        Some(std::rc::Rc::from(text))
    }
}
