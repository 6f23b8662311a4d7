//! String literals: plain, formatted and template strings, and their implicit concatenation
//! (`Parser/action_helpers.c`).

use super::{BRACKET_DEPTH, Parsed, Parser};
use crate::literals::{self, EscapeWarning, StringValue};
use crate::token::{Token, TokenKind};
use crate::tokenizer::{Warning, interpolation_text};
use krait_ast::{Constant, Expr, ExprKind, Range, Text};
use std::rc::Rc;

/// The two kinds of strings with replacement fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavor {
    Format,
    Template,
}

impl Flavor {
    fn letter(self) -> char {
        if self == Flavor::Format { 'f' } else { 't' }
    }

    fn middle(self) -> TokenKind {
        if self == Flavor::Format { TokenKind::FStringMiddle } else { TokenKind::TStringMiddle }
    }

    fn end(self) -> TokenKind {
        if self == Flavor::Format { TokenKind::FStringEnd } else { TokenKind::TStringEnd }
    }
}

impl Parser<'_> {
    /// All string literals in a row.
    pub(super) fn strings(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        if self.kind() == TokenKind::TStringStart {
            return self.template_strings(start);
        }
        if self.kind() == TokenKind::String && !self.continues_string(1) {
            return self.string();
        }
        let mut parts = Vec::new();
        let (mut formatted, mut text, mut bytes) = (false, false, false);
        loop {
            match self.kind() {
                TokenKind::String => {
                    let part = self.string()?;
                    let is_bytes = matches!(part.as_constant(), Some(Constant::Bytes(_)));
                    bytes |= is_bytes;
                    text |= !is_bytes;
                    parts.push(part);
                }
                TokenKind::FStringStart => {
                    formatted = true;
                    self.interpolated(Flavor::Format, &mut parts)?;
                }
                _ => break,
            }
        }
        let range = self.range(start);
        if bytes && (text || formatted) {
            return self.raise("cannot mix bytes and nonbytes literals", range);
        }
        if formatted {
            return Ok(Expr::new(ExprKind::JoinedStr { values: merge_constants(parts) }, range));
        }
        Ok(concatenate(&parts, range))
    }

    fn continues_string(&self, ahead: usize) -> bool {
        matches!(self.kind_at(ahead), TokenKind::String | TokenKind::FStringStart)
    }

    fn template_strings(&mut self, start: usize) -> Parsed<Expr> {
        let mut parts = Vec::new();
        while self.kind() == TokenKind::TStringStart {
            self.interpolated(Flavor::Template, &mut parts)?;
            self.since_read(14, "t-strings are")?;
        }
        Ok(Expr::new(ExprKind::TemplateStr { values: merge_constants(parts) }, self.range(start)))
    }

    /// A plain literal.
    fn string(&mut self) -> Parsed<Expr> {
        let at = self.pos;
        let token = self.tokens[at];
        let text = self.text(&token);
        let kind = if text.starts_with('u') { Some(Rc::from("u")) } else { None };
        let value = match literals::decode_string(text) {
            Ok((value, warning)) => {
                self.warn(at, warning);
                match value {
                    StringValue::Text(text) => Constant::Str(text),
                    StringValue::Bytes(bytes) => Constant::Bytes(bytes),
                }
            }
            Err(message) => return self.raise(message, self.token_range(at)),
        };
        self.pos += 1;
        Ok(Expr::new(ExprKind::Constant { value, kind }, self.last_range()))
    }

    /// Keep the warning about an escape in the token at index `at`.
    fn warn(&mut self, at: usize, warning: Option<EscapeWarning>) {
        if let Some(EscapeWarning { message, offset }) = warning {
            let token = self.tokens[at];
            let offset = token.start as usize + offset;
            let before = self.source.get(token.start as usize..offset).unwrap_or("");
            let lines = before.bytes().filter(|&byte| byte == b'\n').count() as u32;
            self.warnings.push(Warning { message, lineno: token.lineno + lines, offset });
        }
    }

    /// The parts of one f-string or t-string, appended to `parts`.
    fn interpolated(&mut self, flavor: Flavor, parts: &mut Vec<Expr>) -> Parsed<()> {
        let open = self.tokens[self.pos];
        let raw = self.text(&open).bytes().any(|byte| byte | 0x20 == b'r');
        self.pos += 1;
        let mut doubtful = Vec::new();
        loop {
            let kind = self.kind();
            if kind == flavor.middle() {
                let (warned, lineno) = (self.warnings.len(), self.token().lineno);
                parts.push(self.middle(raw)?);
                if self.warnings.len() > warned {
                    doubtful.push((warned, lineno));
                }
            } else if kind == TokenKind::LBrace {
                self.field(flavor, raw, flavor == Flavor::Template, parts)?;
            } else {
                break;
            }
        }
        self.expect(flavor.end())?;
        // CPython decodes the literal parts when it is at the end, and counts their lines from there.
        let end = self.last_range().lineno;
        for (index, lineno) in doubtful {
            self.warnings[index].lineno += end - lineno;
        }
        Ok(())
    }

    /// A literal part between replacement fields.
    fn middle(&mut self, raw: bool) -> Parsed<Expr> {
        let at = self.pos;
        let token = self.tokens[at];
        let value = match literals::decode_text(self.text(&token), raw) {
            Ok((text, warning)) => {
                // The tokenizer has warned about escaped braces itself.
                let source = self.text(&token).as_bytes();
                let warning = warning.filter(|w| !matches!(source.get(w.offset + 1), Some(b'{' | b'}')));
                self.warn(at, warning);
                Constant::Str(text)
            }
            Err(message) => return self.raise(message, self.token_range(at)),
        };
        self.pos += 1;
        let mut range = self.last_range();
        range.end_col_offset += u32::from(self.ends_doubled(&token));
        Ok(Expr::new(ExprKind::constant(value), range))
    }

    /// The literal part ends with a doubled brace, whose second half its token leaves out but its place includes.
    fn ends_doubled(&self, token: &Token) -> bool {
        let text = self.text(token).as_bytes();
        match (text.split_last(), self.source.as_bytes().get(token.end as usize)) {
            (Some((b'{', _)), Some(b'{')) => true,
            // The brace of `\N{…}` ends a token too, but is not doubled.
            (Some((b'}', rest)), Some(b'}')) => !rest.contains(&b'{'),
            _ => false,
        }
    }

    /// A replacement field. With `=` its source text comes first, as a constant.
    fn field(&mut self, flavor: Flavor, raw: bool, template: bool, parts: &mut Vec<Expr>) -> Parsed<()> {
        let start = self.pos;
        self.pos += 1;
        self.enter(BRACKET_DEPTH)?;
        let value = Box::new(self.annotated_rhs()?);
        let debug = self.eat(TokenKind::Equal);
        let text_end = self.pos;
        let conversion = self.conversion(flavor)?;
        let format_spec = self.format_spec(flavor, raw)?;
        self.expect(TokenKind::RBrace)?;
        self.leave(BRACKET_DEPTH);
        let conversion = conversion.unwrap_or(if debug && format_spec.is_none() { 'r' as i32 } else { -1 });
        let range = self.range(start);
        if debug {
            let (open, close) = (&self.tokens[start], &self.tokens[text_end]);
            let place = Range::new(open.lineno, open.col_offset + 1, close.lineno, close.col_offset);
            let value = Constant::Str(Text::from(&*self.field_text(start, text_end)));
            parts.push(Expr::new(ExprKind::constant(value), place));
        }
        let node = if template {
            let text = self.field_text(start, text_end);
            let shown = if debug { text.rsplit_once('=').map_or(&*text, |(expr, _)| expr) } else { &*text };
            ExprKind::Interpolation { value, str: Constant::Str(Text::from(shown)), conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        parts.push(Expr::new(node, range));
        Ok(())
    }

    /// The source between the brace at index `open` and the token at index `end`, without comments.
    fn field_text(&self, open: usize, end: usize) -> std::borrow::Cow<'_, str> {
        let (from, to) = (self.tokens[open].end as usize, self.tokens[end].start as usize);
        interpolation_text(self.source.get(from..to).unwrap_or(""))
    }

    /// `!r` and the like.
    fn conversion(&mut self, flavor: Flavor) -> Parsed<Option<i32>> {
        let mark = self.pos;
        if !self.eat(TokenKind::Exclamation) {
            return Ok(None);
        }
        self.need(TokenKind::Name)?;
        let (mark_range, range) = (self.token_range(mark), self.token_range(self.pos));
        let letter = flavor.letter();
        if mark_range.lineno != range.lineno || mark_range.end_col_offset != range.col_offset {
            let message =
                format!("{letter}-string: conversion type must come right after the exclamation mark");
            return self.raise(message, mark_range.to(range));
        }
        let text = self.text(self.token());
        let code = match text {
            "s" | "r" | "a" => i32::from(text.as_bytes()[0]),
            _ => {
                let message = format!(
                    "{letter}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'"
                );
                return self.raise(message, range);
            }
        };
        self.pos += 1;
        Ok(Some(code))
    }

    fn format_spec(&mut self, flavor: Flavor, raw: bool) -> Parsed<Option<Box<Expr>>> {
        let start = self.pos;
        if !self.eat(TokenKind::Colon) {
            return Ok(None);
        }
        let mut parts = Vec::new();
        loop {
            let kind = self.kind();
            if kind == flavor.middle() {
                parts.push(self.middle(raw)?);
            } else if kind == TokenKind::LBrace {
                self.field(flavor, raw, false, &mut parts)?;
            } else {
                break;
            }
        }
        let node = ExprKind::JoinedStr { values: merge_constants(parts) };
        Ok(Some(Box::new(Expr::new(node, self.range(start)))))
    }
}

fn text_of(expr: &Expr) -> Option<&Text> {
    match expr.as_constant() {
        Some(Constant::Str(text)) => Some(text),
        _ => None,
    }
}

/// Join neighbouring constants and drop empty ones.
fn merge_constants(parts: Vec<Expr>) -> Vec<Expr> {
    let mut values: Vec<Expr> = Vec::with_capacity(parts.len());
    let mut parts = parts.into_iter().peekable();
    while let Some(mut part) = parts.next() {
        if let Some(text) = text_of(&part) {
            if parts.peek().and_then(text_of).is_some() {
                let mut joined = text.as_bytes().to_vec();
                while let Some(next) = parts.next_if(|next| text_of(next).is_some()) {
                    joined.extend_from_slice(text_of(&next).map_or(&[], Text::as_bytes));
                    part.range = part.range.to(next.range);
                }
                if let ExprKind::Constant { value, .. } = &mut part.node {
                    *value = Constant::Str(Text::from(joined));
                }
            }
            if text_of(&part).is_some_and(Text::is_empty) {
                continue;
            }
        }
        values.push(part);
    }
    values
}

/// Several plain literals as one; its prefix `u` is that of the first.
fn concatenate(parts: &[Expr], range: Range) -> Expr {
    let mut joined = Vec::new();
    let mut is_bytes = false;
    for part in parts {
        match part.as_constant() {
            Some(Constant::Bytes(bytes)) => {
                is_bytes = true;
                joined.extend_from_slice(bytes);
            }
            Some(Constant::Str(text)) => joined.extend_from_slice(text.as_bytes()),
            _ => {}
        }
    }
    let kind = match parts.first().map(|part| &part.node) {
        Some(ExprKind::Constant { kind, .. }) => kind.clone(),
        _ => None,
    };
    let value = if is_bytes { Constant::Bytes(Rc::from(joined)) } else { Constant::Str(Text::from(joined)) };
    Expr::new(ExprKind::Constant { value, kind }, range)
}
