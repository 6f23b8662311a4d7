//! Strings, f-strings and t-strings.

use super::node::Kind;
use super::peg::{Parse, Peg, Rule, choice};
use crate::literals::{self, StringValue};
use crate::token::TokenKind as T;

/// The two kinds of string with replacement fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    FString,
    TString,
}

impl Of {
    fn middle(self) -> T {
        if self == Of::FString { T::FStringMiddle } else { T::TStringMiddle }
    }

    fn prefix(self) -> char {
        if self == Of::FString { 'f' } else { 't' }
    }
}

impl Peg<'_> {
    pub(super) fn strings(&mut self) -> Parse {
        self.memo(Rule::Strings, |p| {
            choice!(p, p:
                { p.invalid(Self::invalid_string_tstring_concat) }
                {
                    let start = p.mark;
                    let parts = p.many1(Self::string_or_fstring)?;
                    let bytes = parts.iter().filter(|&&part| p.kind(part) == Kind::Bytes).count();
                    if bytes != 0 && bytes != parts.len() {
                        return p.raise_here("cannot mix bytes and nonbytes literals");
                    }
                    let formatted = parts.iter().any(|&part| p.kind(part) == Kind::FString);
                    p.node(if formatted { Kind::FString } else { Kind::Literal }, start)
                }
                {
                    let start = p.mark;
                    p.many1(Self::tstring)?;
                    p.node(Kind::TString, start)
                }
            )
        })
    }

    fn invalid_string_tstring_concat(&mut self) -> Parse {
        const MIXED: &str = "cannot mix t-string literals with string or bytes literals";
        choice!(self, p:
            {
                let parts = p.many1(Self::string_or_fstring)?;
                let next = p.tstring()?;
                let (from, to) = (p.span(parts[parts.len() - 1]), p.span(next));
                p.raise_range(from, to, MIXED)
            }
            {
                let parts = p.many1(Self::tstring)?;
                let next = p.string_or_fstring()?;
                let (from, to) = (p.span(parts[parts.len() - 1]), p.span(next));
                p.raise_range(from, to, MIXED)
            }
        )
    }

    fn string_or_fstring(&mut self) -> Parse {
        self.either(Self::fstring, Self::string)
    }

    fn string(&mut self) -> Parse {
        let token = self.t(T::String)?;
        match literals::decode_string(self.token_text(token)) {
            Ok((StringValue::Text(_), _)) => self.node(Kind::Literal, token),
            Ok((StringValue::Bytes(_), _)) => self.node(Kind::Bytes, token),
            // Errors of decoding are put where the parser has read to.
            Err(message) if message.starts_with('(') => self.raise_here(message),
            Err(message) => self.raise(self.token_span(token), message),
        }
    }

    fn fstring(&mut self) -> Parse {
        let start = self.t(T::FStringStart)?;
        self.interpolated(Of::FString, start)?;
        self.t(T::FStringEnd)?;
        self.check_middles(Of::FString, start)?;
        self.node(Kind::FString, start)
    }

    fn tstring(&mut self) -> Parse {
        self.memo(Rule::TString, |p| {
            let start = p.t(T::TStringStart)?;
            p.interpolated(Of::TString, start)?;
            p.t(T::TStringEnd)?;
            p.check_middles(Of::TString, start)?;
            p.node(Kind::TString, start)
        })
    }

    /// The literal parts and replacement fields.
    fn interpolated(&mut self, of: Of, _start: usize) -> Parse<()> {
        self.enter()?;
        let found = self.many(|p| p.either(|p| p.replacement_field(of), |p| p.t(of.middle())));
        self.depth -= 1;
        found.map(drop)
    }

    /// Decode the literal parts directly in the string that began at `start` and has just ended.
    fn check_middles(&mut self, of: Of, start: usize) -> Parse<()> {
        let raw = self.token_text(start).contains(['r', 'R']);
        if raw {
            return Ok(());
        }
        let mut depth = 0usize;
        let mut brackets = 0usize;
        for at in start + 1..self.mark {
            match self.tokens[at].kind {
                T::FStringStart | T::TStringStart => depth += 1,
                T::FStringEnd | T::TStringEnd => depth = depth.saturating_sub(1),
                T::LBrace if depth == 0 => brackets += 1,
                T::RBrace if depth == 0 => brackets = brackets.saturating_sub(1),
                kind if kind == of.middle() && depth == 0 && brackets == 0 => {
                    if let Err(message) = literals::decode_text(self.token_text(at), false) {
                        return self.raise_here(message);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn replacement_field(&mut self, of: Of) -> Parse {
        choice!(self, p:
            {
                p.t(T::LBrace)?;
                p.annotated_rhs()?;
                p.opt(|p| p.t(T::Equal))?;
                p.opt(|p| p.conversion(of))?;
                p.opt(|p| p.full_format_spec(of))?;
                p.t(T::RBrace)
            }
            {
                p.invalid(if of == Of::FString { Self::invalid_fstring_field } else { Self::invalid_tstring_field })
            }
        )
    }

    fn conversion(&mut self, of: Of) -> Parse {
        let mark = self.t(T::Exclamation)?;
        let name = self.t(T::Name)?;
        let prefix = of.prefix();
        let (mark_span, name_span) = (self.token_span(mark), self.token_span(name));
        if mark_span.line != name_span.line || mark_span.end_col != name_span.col {
            let message =
                format!("{prefix}-string: conversion type must come right after the exclamation mark");
            return self.raise_range(mark_span, name_span, message);
        }
        let text = self.token_text(name);
        if !matches!(text, "s" | "r" | "a") {
            let message =
                format!("{prefix}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
            return self.raise(name_span, message);
        }
        self.matched()
    }

    fn full_format_spec(&mut self, of: Of) -> Parse {
        self.t(T::Colon)?;
        self.many(|p| p.format_spec_part(of))?;
        self.matched()
    }

    fn format_spec_part(&mut self, of: Of) -> Parse {
        choice!(self, p:
            {
                let token = p.t(of.middle())?;
                if let Err(message) = literals::decode_text(p.token_text(token), false) {
                    return p.raise_here(message);
                }
                p.matched()
            }
            { p.replacement_field(of) }
        )
    }

    fn invalid_fstring_field(&mut self) -> Parse {
        self.invalid_field(Of::FString)
    }

    fn invalid_tstring_field(&mut self) -> Parse {
        self.invalid_field(Of::TString)
    }

    /// `{`, the expression and its `=`.
    fn field_head(&mut self) -> Parse<()> {
        self.t(T::LBrace)?;
        self.annotated_rhs()?;
        self.opt(|p| p.t(T::Equal)).map(drop)
    }

    fn bang_name(&mut self) -> Parse<()> {
        self.opt(|p| {
            p.t(T::Exclamation)?;
            p.t(T::Name)
        })
        .map(drop)
    }

    fn invalid_field(&mut self, of: Of) -> Parse {
        let prefix = of.prefix();
        choice!(self, p:
            {
                p.t(T::LBrace)?;
                let token = p.any(&[T::Equal, T::Exclamation, T::Colon, T::RBrace])?;
                let message =
                    format!("{prefix}-string: valid expression required before '{}'", p.token_text(token));
                p.raise(p.token_span(token), message)
            }
            {
                p.t(T::LBrace)?;
                p.not(Self::annotated_rhs)?;
                p.raise_next(format!("{prefix}-string: expecting a valid expression after '{{'"))
            }
            {
                p.t(T::LBrace)?;
                p.annotated_rhs()?;
                p.not_ahead(&[T::Equal, T::Exclamation, T::Colon, T::RBrace])?;
                p.raise_next(format!("{prefix}-string: expecting '=', or '!', or ':', or '}}'"))
            }
            {
                p.t(T::LBrace)?;
                p.annotated_rhs()?;
                p.t(T::Equal)?;
                p.not_ahead(&[T::Exclamation, T::Colon, T::RBrace])?;
                p.raise_next(format!("{prefix}-string: expecting '!', or ':', or '}}'"))
            }
            {
                p.field_head()?;
                p.invalid_conversion(prefix)
            }
            {
                p.field_head()?;
                p.bang_name()?;
                p.not_ahead(&[T::Colon, T::RBrace])?;
                p.raise_next(format!("{prefix}-string: expecting ':' or '}}'"))
            }
            {
                p.field_head()?;
                p.bang_name()?;
                p.t(T::Colon)?;
                // Also for t-strings this takes the parts of f-strings.
                p.many(|p| p.format_spec_part(Of::FString))?;
                p.not_ahead(&[T::RBrace])?;
                p.raise_next(format!("{prefix}-string: expecting '}}', or format specs"))
            }
            {
                p.field_head()?;
                p.bang_name()?;
                p.not_ahead(&[T::RBrace])?;
                p.raise_next(format!("{prefix}-string: expecting '}}'"))
            }
        )
    }

    fn invalid_conversion(&mut self, prefix: char) -> Parse {
        choice!(self, p:
            {
                p.t(T::Exclamation)?;
                p.ahead(&[T::Colon, T::RBrace])?;
                p.raise_next(format!("{prefix}-string: missing conversion character"))
            }
            {
                p.t(T::Exclamation)?;
                p.not_ahead(&[T::Name])?;
                p.raise_next(format!("{prefix}-string: invalid conversion character"))
            }
        )
    }
}
