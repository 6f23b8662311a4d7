//! From a source that does not parse to the SyntaxError that CPython gives for it.
//!
//! CPython parses a file that fails a second time, with rules that match typical mistakes switched on, and the first
//! of them that matches names the error. Which one is first depends on the order of the rules, on what is remembered
//! from earlier attempts, and on how far the tokenizer has read. So this is a recogniser with the rules of CPython's
//! grammar in their order; it makes no tree and runs only after the parser proper has failed.
//!
//! It is bounded: rules remember their results by place, their nesting is limited (beyond it CPython raises
//! MemoryError), and it runs on a stack of its own.

mod arguments;
mod atoms;
mod compound;
mod expressions;
mod node;
mod parameters;
mod patterns;
mod peg;
mod statements;
mod strings;
mod targets;
mod types;

use crate::error::{ErrorKind, SyntaxError};
use crate::token::TokenKind;
use crate::tokenizer::Done;
use peg::{Fail, Peg};

/// What is parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A file.
    #[default]
    Exec,
    /// An expression.
    Eval,
    /// One interactive statement.
    Single,
    /// A function type comment.
    FuncType,
}

/// How the source is to be parsed.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub mode: Mode,
    pub type_comments: bool,
    /// The source is typed at a prompt.
    pub interactive: bool,
    /// An open block is not closed by the end of the source.
    pub dont_imply_dedent: bool,
    /// Tell a source that could go on from one that is wrong.
    pub allow_incomplete: bool,
    /// `from __future__ import barry_as_FLUFL` is in force.
    pub flufl: bool,
    /// Limit on the digits of a decimal integer; 0 for none.
    pub max_digits: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            mode: Mode::Exec,
            type_comments: false,
            interactive: false,
            dont_imply_dedent: false,
            allow_incomplete: false,
            flufl: false,
            max_digits: 4300,
        }
    }
}

/// Room for the deepest nesting of rules that is allowed.
const STACK_SIZE: usize = 256 << 20;

/// The error in `text`, whose newlines are normalised; `None` if there is none.
pub fn diagnose(text: &str, options: Options) -> Option<Box<SyntaxError>> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .name("diagnose".into())
            .stack_size(STACK_SIZE)
            .spawn_scoped(scope, || Diagnosis { peg: Peg::new(text, options) }.run());
        match worker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(found)) => found,
            _ => Some(Box::new(SyntaxError::nowhere(ErrorKind::Syntax, "invalid syntax"))),
        }
    })
}

struct Diagnosis<'a> {
    peg: Peg<'a>,
}

impl Diagnosis<'_> {
    fn run(mut self) -> Option<Box<SyntaxError>> {
        if self.peg.options.flufl {
            self.peg.obey_barry();
        }
        if self.peg.start().is_ok() {
            return self.trailing_statement();
        }
        if self.peg.options.allow_incomplete && self.peg.tokenizer.at_end_of_source() {
            self.peg.error = None;
            let _: Result<(), Fail> = self.peg.raise_last(ErrorKind::Incomplete, "incomplete input");
            return self.peg.error;
        }
        let last = self.peg.tokens.len().saturating_sub(1);
        if self.peg.error.is_none() {
            self.peg.restart();
            let _ = self.peg.start();
        }
        self.settle(last);
        self.peg.error
    }

    /// Choose between what the rules found, the generic error, and errors of the tokenizer further on. `last` is the
    /// last token of the first pass.
    fn settle(&mut self, last: usize) {
        if let Some(error) = &self.peg.error {
            let from_parser = !matches!(error.kind, ErrorKind::TooComplex | ErrorKind::Value);
            if from_parser && self.peg.tokenizer.done() == Done::No {
                self.check_rest();
            }
            return;
        }
        let Some(token) = self.peg.tokens.get(last) else {
            let _: Result<(), Fail> = self.peg.raise_here("error at start before reading any input");
            return;
        };
        let unexpected = match token.kind {
            TokenKind::Indent => "unexpected indent",
            TokenKind::Dedent => "unexpected unindent",
            _ => {
                let span = self.peg.token_span(last);
                let _: Result<(), Fail> = self.peg.raise(span, "invalid syntax");
                self.check_rest();
                return;
            }
        };
        let _: Result<(), Fail> = self.peg.raise_indentation(unexpected);
    }

    /// Errors of the tokenizer in the rest of the source come before errors of the parser; a bracket that is never
    /// closed does if it was opened on an earlier line.
    fn check_rest(&mut self) {
        if self.peg.options.interactive {
            return;
        }
        let error_line = self.peg.tokens.last().map_or(0, |token| token.lineno);
        let tokenizer = &mut self.peg.tokenizer;
        let found = loop {
            match tokenizer.next_token().kind {
                TokenKind::EndMarker => break None,
                TokenKind::Error => {
                    if let Some(error) = tokenizer.recorded_error() {
                        break Some(Box::new(error.clone()));
                    }
                    let opened_before =
                        tokenizer.innermost_paren().is_some_and(|open| error_line > open.lineno);
                    break if opened_before { tokenizer.unclosed_bracket_error() } else { None };
                }
                _ => {}
            }
        };
        // Inside an f-string the error in the expression says more than the string that then does not end.
        if found.is_some() && !tokenizer.in_fstring() {
            self.peg.error = found;
        }
    }

    /// After an interactive statement nothing but comments may follow.
    fn trailing_statement(mut self) -> Option<Box<SyntaxError>> {
        if self.peg.options.mode != Mode::Single {
            return None;
        }
        let clean = self.peg.tokenizer.unread().lines().all(|line| {
            let line = line.trim_start_matches([' ', '\t', '\x0c']);
            line.is_empty() || line.starts_with('#')
        });
        if clean {
            return None;
        }
        let message = "multiple statements found while compiling a single statement";
        let _: Result<(), Fail> = self.peg.raise_here(message);
        self.peg.error
    }
}
