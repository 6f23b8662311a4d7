//! The machine below the rules: tokens filled on demand, backtracking, memo tables, left recursion, and the ways to
//! raise an error (CPython's `Parser/pegen.c`, `Parser/pegen_errors.c`).
//!
//! A rule is a method that returns a [`Parse`]. Its alternatives are tried in order by [`choice!`]; inside of one,
//! `?` goes to the next.

use super::Options;
use super::node::{Kind, Node, Span, TargetUse};
use crate::error::{ErrorKind, SyntaxError};
use crate::token::{Token, TokenKind};
use crate::tokenizer::{self, Tokenizer};

/// Index of a node.
pub(super) type Id = usize;

/// Why something was not matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fail {
    /// Try the next alternative.
    No,
    /// The rule fails without trying its other alternatives.
    Cut,
    /// An error was raised: everything stops.
    Raised,
}

pub(super) type Parse<T = Id> = Result<T, Fail>;

/// The alternatives of a rule, tried in order from the same token.
macro_rules! choice {
    ($self:ident, $p:ident: $($body:block)+) => {{
        $self.enter()?;
        let mark = $self.mark;
        $(
            match (|$p: &mut Self| -> $crate::diagnose::peg::Parse<_> { $body })($self) {
                Err($crate::diagnose::peg::Fail::No) => $self.mark = mark,
                Err($crate::diagnose::peg::Fail::Cut) => {
                    $self.mark = mark;
                    $self.depth -= 1;
                    return Err($crate::diagnose::peg::Fail::No);
                }
                other => {
                    $self.depth -= 1;
                    return other;
                }
            }
        )+
        $self.depth -= 1;
        Err($crate::diagnose::peg::Fail::No)
    }};
}
pub(super) use choice;

/// Rules whose results are remembered: those that CPython remembers, since what is remembered from a place where the
/// invalid rules are off is used also where they are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    SimpleStmt,
    Block,
    DottedName,
    ClosedPattern,
    Attr,
    StarPattern,
    TypeParam,
    Expression,
    StarExpression,
    Disjunction,
    Conjunction,
    Inversion,
    NamedInvalid,
    BitwiseOr,
    BitwiseXor,
    BitwiseAnd,
    ShiftExpr,
    Sum,
    Term,
    Factor,
    AwaitPrimary,
    Primary,
    TString,
    Strings,
    Arguments,
    StarTarget,
    TargetWithStarAtom,
    TPrimary,
    DelTarget,
}

struct Memo {
    rule: Rule,
    found: Option<Id>,
    end: usize,
}

/// Depth of rules at which this gives up with a MemoryError, as CPython does when its native stack runs out.
const MAX_DEPTH: usize = 40_000;
/// Work after which the search for a special message is given up: no real source comes near.
const MAX_STEPS: u64 = 200_000_000;

pub(super) struct Peg<'a> {
    pub(super) tokenizer: Tokenizer<'a>,
    pub(super) tokens: Vec<Token>,
    /// Tokens that have no columns, as CPython makes them.
    placeless: Vec<bool>,
    memos: Vec<Vec<Memo>>,
    nodes: Vec<Node>,
    pub(super) mark: usize,
    pub(super) depth: usize,
    pub(super) invalid_on: bool,
    pub(super) error: Option<Box<SyntaxError>>,
    pub(super) options: Options,
    pub(super) flufl: bool,
    parsing_started: bool,
    steps: u64,
}

impl<'a> Peg<'a> {
    pub(super) fn new(text: &'a str, options: Options) -> Self {
        let tokenizer = Tokenizer::new(
            text,
            tokenizer::Options {
                type_comments: options.type_comments,
                extra_tokens: false,
                interactive: options.interactive,
            },
        );
        let nothing = Node { kind: Kind::Other, span: Span::default(), token: 0, children: Vec::new() };
        Peg {
            tokenizer,
            tokens: Vec::new(),
            placeless: Vec::new(),
            memos: Vec::new(),
            nodes: vec![nothing],
            mark: 0,
            depth: 0,
            invalid_on: false,
            error: None,
            options,
            flufl: false,
            parsing_started: false,
            steps: 0,
        }
    }

    /// Begin the second pass, with the invalid rules on.
    pub(super) fn restart(&mut self) {
        self.mark = 0;
        self.depth = 0;
        self.invalid_on = true;
        self.memos.iter_mut().for_each(Vec::clear);
        self.nodes.truncate(1);
    }

    /// `barry_as_FLUFL` is in force.
    pub(super) fn obey_barry(&mut self) {
        self.flufl = true;
        self.tokenizer.set_flufl();
    }

    /// Account for one more rule.
    pub(super) fn enter(&mut self) -> Parse<()> {
        self.steps += 1;
        if self.depth >= MAX_DEPTH || self.steps > MAX_STEPS {
            let kind = ErrorKind::TooComplex;
            let message = "Parser stack overflowed - Python source too complex to parse";
            self.error = Some(Box::new(SyntaxError::nowhere(kind, message)));
            return Err(Fail::Raised);
        }
        self.depth += 1;
        Ok(())
    }

    // Tokens.

    /// Make sure that the token at the mark is there.
    fn fill(&mut self) -> Parse<()> {
        while self.mark >= self.tokens.len() {
            self.fill_one()?;
        }
        Ok(())
    }

    fn fill_one(&mut self) -> Parse<()> {
        let mut token = self.tokenizer.next_token();
        while token.kind == TokenKind::TypeIgnore {
            token = self.tokenizer.next_token();
        }
        let mut placeless = matches!(
            token.kind,
            TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker | TokenKind::Error
        );
        if self.options.mode == super::Mode::Single
            && token.kind == TokenKind::EndMarker
            && self.parsing_started
        {
            token.kind = TokenKind::Newline;
            placeless = true;
            self.parsing_started = false;
            if !self.options.dont_imply_dedent {
                self.tokenizer.close_blocks();
            }
        } else {
            self.parsing_started = true;
        }
        self.tokens.push(token);
        self.placeless.push(placeless);
        self.memos.push(Vec::new());
        if token.kind == TokenKind::Error {
            self.error = Some(self.tokenizer.syntax_error());
            return Err(Fail::Raised);
        }
        Ok(())
    }

    pub(super) fn peek(&mut self) -> Parse<TokenKind> {
        self.fill()?;
        Ok(self.tokens[self.mark].kind)
    }

    /// The token of this kind, here; its index.
    pub(super) fn t(&mut self, kind: TokenKind) -> Parse<usize> {
        if self.peek()? != kind {
            return Err(Fail::No);
        }
        self.mark += 1;
        Ok(self.mark - 1)
    }

    /// A token of one of these kinds.
    pub(super) fn any(&mut self, kinds: &[TokenKind]) -> Parse<usize> {
        if !kinds.contains(&self.peek()?) {
            return Err(Fail::No);
        }
        self.mark += 1;
        Ok(self.mark - 1)
    }

    /// Whether one of these comes next.
    pub(super) fn ahead(&mut self, kinds: &[TokenKind]) -> Parse<()> {
        if kinds.contains(&self.peek()?) { Ok(()) } else { Err(Fail::No) }
    }

    pub(super) fn not_ahead(&mut self, kinds: &[TokenKind]) -> Parse<()> {
        if kinds.contains(&self.peek()?) { Err(Fail::No) } else { Ok(()) }
    }

    /// A soft keyword.
    pub(super) fn word(&mut self, word: &str) -> Parse<usize> {
        if self.peek()? != TokenKind::Name || self.token_text(self.mark) != word {
            return Err(Fail::No);
        }
        self.mark += 1;
        Ok(self.mark - 1)
    }

    /// A token without which the whole parse is wrong (`&&'x'`).
    pub(super) fn forced(&mut self, kind: TokenKind, text: &str) -> Parse<usize> {
        if self.peek()? == kind {
            self.mark += 1;
            return Ok(self.mark - 1);
        }
        let span = self.token_span(self.mark);
        self.raise(span, format!("expected '{text}'"))
    }

    pub(super) fn token_text(&self, index: usize) -> &'a str {
        let token = &self.tokens[index];
        &self.tokenizer.text()[token.start as usize..token.end as usize]
    }

    pub(super) fn token_span(&self, index: usize) -> Span {
        let token = &self.tokens[index];
        let (line, end_line) = (i64::from(token.lineno), i64::from(token.end_lineno));
        if self.placeless[index] {
            return Span { line, col: -1, end_line, end_col: -1 };
        }
        Span { line, col: i64::from(token.col_offset), end_line, end_col: i64::from(token.end_col_offset) }
    }

    // Combinators.

    pub(super) fn opt<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Option<T>> {
        let mark = self.mark;
        match rule(self) {
            Ok(found) => Ok(Some(found)),
            Err(Fail::Raised) => Err(Fail::Raised),
            Err(_) => {
                self.mark = mark;
                Ok(None)
            }
        }
    }

    pub(super) fn many<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut found = Vec::new();
        while let Some(item) = self.opt(&mut rule)? {
            found.push(item);
        }
        Ok(found)
    }

    pub(super) fn many1<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let found = self.many(rule)?;
        if found.is_empty() { Err(Fail::No) } else { Ok(found) }
    }

    /// One or more, with tokens between them.
    pub(super) fn separated<T>(
        &mut self,
        separator: TokenKind,
        mut rule: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let mut found = vec![rule(self)?];
        while let Some(item) = self.opt(|p| {
            p.t(separator)?;
            rule(p)
        })? {
            found.push(item);
        }
        Ok(found)
    }

    /// One or more, with commas between them.
    pub(super) fn commas<T>(&mut self, rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.separated(TokenKind::Comma, rule)
    }

    pub(super) fn opt_comma(&mut self) -> Parse<()> {
        self.opt(|p| p.t(TokenKind::Comma)).map(drop)
    }

    /// Match without moving.
    pub(super) fn lookahead<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<()> {
        let mark = self.mark;
        let found = rule(self);
        self.mark = mark;
        found.map(drop)
    }

    pub(super) fn not<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<()> {
        let mark = self.mark;
        let found = rule(self);
        self.mark = mark;
        match found {
            Ok(_) => Err(Fail::No),
            Err(Fail::Raised) => Err(Fail::Raised),
            Err(_) => Ok(()),
        }
    }

    /// What follows a cut: its failure is the failure of the rule.
    pub(super) fn cut<T>(&mut self, mut rule: impl FnMut(&mut Self) -> Parse<T>) -> Parse<T> {
        rule(self).map_err(|fail| if fail == Fail::No { Fail::Cut } else { fail })
    }

    /// The first of two rules that matches.
    pub(super) fn either<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Parse<T>,
        mut other: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<T> {
        match self.opt(&mut one)? {
            Some(found) => Ok(found),
            None => other(self),
        }
    }

    /// A rule of the second pass.
    pub(super) fn invalid<T>(&mut self, rule: fn(&mut Self) -> Parse<T>) -> Parse<T> {
        if !self.invalid_on {
            return Err(Fail::No);
        }
        rule(self).map_err(|fail| if fail == Fail::Cut { Fail::No } else { fail })
    }

    fn remembered(&mut self, rule: Rule) -> Option<Parse> {
        let memo = self.memos[self.mark].iter().find(|memo| memo.rule == rule)?;
        let (found, end) = (memo.found, memo.end);
        Some(match found {
            Some(id) => {
                self.mark = end;
                Ok(id)
            }
            None => Err(Fail::No),
        })
    }

    fn remember(&mut self, at: usize, rule: Rule, found: Option<Id>, end: usize) {
        match self.memos[at].iter_mut().find(|memo| memo.rule == rule) {
            Some(memo) => {
                memo.found = found;
                memo.end = end;
            }
            None => self.memos[at].push(Memo { rule, found, end }),
        }
    }

    /// A rule whose result is remembered by place.
    pub(super) fn memo(&mut self, rule: Rule, body: fn(&mut Self) -> Parse) -> Parse {
        self.fill()?;
        if let Some(found) = self.remembered(rule) {
            return found;
        }
        let at = self.mark;
        let found = body(self);
        if found != Err(Fail::Raised) {
            self.remember(at, rule, found.ok(), self.mark);
        }
        found
    }

    /// A left-recursive rule: grown from the failure of its recursive alternatives until it grows no more.
    pub(super) fn grow(&mut self, rule: Rule, body: fn(&mut Self) -> Parse) -> Parse {
        self.fill()?;
        if let Some(found) = self.remembered(rule) {
            return found;
        }
        let at = self.mark;
        let mut best = None;
        let mut best_end = at;
        loop {
            self.remember(at, rule, best, best_end);
            self.mark = at;
            match body(self) {
                Err(Fail::Raised) => return Err(Fail::Raised),
                Ok(id) if self.mark > best_end => {
                    best = Some(id);
                    best_end = self.mark;
                }
                _ => break,
            }
        }
        self.mark = best_end;
        best.ok_or(Fail::No)
    }

    // Nodes.

    /// A node from the token at `start` to the token before the mark.
    pub(super) fn node(&mut self, kind: Kind, start: usize) -> Parse {
        self.parent(kind, start, Vec::new())
    }

    pub(super) fn parent(&mut self, kind: Kind, start: usize, children: Vec<Id>) -> Parse {
        let first = self.token_span(start);
        let last = self.token_span(self.mark.max(start + 1) - 1);
        let span = Span { line: first.line, col: first.col, end_line: last.end_line, end_col: last.end_col };
        self.nodes.push(Node { kind, span, token: start, children });
        Ok(self.nodes.len() - 1)
    }

    /// What a rule gives of which nothing is asked.
    pub(super) fn matched(&self) -> Parse {
        Ok(0)
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        self.nodes[id].kind
    }

    pub(super) fn span(&self, id: Id) -> Span {
        self.nodes[id].span
    }

    pub(super) fn children(&self, id: Id) -> &[Id] {
        &self.nodes[id].children
    }

    /// The text of a name.
    pub(super) fn name_text(&self, id: Id) -> &'a str {
        self.token_text(self.nodes[id].token)
    }

    pub(super) fn describe(&self, id: Id) -> &'static str {
        self.kind(id).describe()
    }

    // Errors.

    fn set_error<T>(
        &mut self,
        kind: ErrorKind,
        message: String,
        start: (i64, i64),
        end: (i64, i64),
    ) -> Parse<T> {
        if self.error.is_none() {
            self.error = Some(self.tokenizer.located_error(kind, message, start, end));
        }
        Err(Fail::Raised)
    }

    /// An error over the extent of one thing.
    pub(super) fn raise<T>(&mut self, at: Span, message: impl Into<String>) -> Parse<T> {
        self.raise_range(at, at, message)
    }

    /// An error from the start of `from` to the end of `to`.
    pub(super) fn raise_range<T>(&mut self, from: Span, to: Span, message: impl Into<String>) -> Parse<T> {
        let (start, end) = ((from.line, from.col + 1), (to.end_line, to.end_col + 1));
        self.set_error(ErrorKind::Syntax, message.into(), start, end)
    }

    /// An error from here to where the tokenizer has read.
    pub(super) fn raise_from<T>(&mut self, from: Span, message: impl Into<String>) -> Parse<T> {
        let end = (i64::from(self.tokenizer.lineno()), self.tokenizer.column() as i64);
        self.set_error(ErrorKind::Syntax, message.into(), (from.line, from.col + 1), end)
    }

    /// An error at the last token that was read.
    pub(super) fn raise_last<T>(&mut self, kind: ErrorKind, message: impl Into<String>) -> Parse<T> {
        let Some(last) = self.tokens.len().checked_sub(1) else {
            return self.set_error(kind, message.into(), (0, 0), (0, -1));
        };
        self.raise_token(kind, last, message.into())
    }

    /// A plain SyntaxError at the last token that was read.
    pub(super) fn raise_here<T>(&mut self, message: impl Into<String>) -> Parse<T> {
        self.raise_last(ErrorKind::Syntax, message)
    }

    /// An error at the token that would be matched next.
    pub(super) fn raise_next<T>(&mut self, message: impl Into<String>) -> Parse<T> {
        self.fill()?;
        self.raise_token(ErrorKind::Syntax, self.mark, message.into())
    }

    fn raise_token<T>(&mut self, kind: ErrorKind, index: usize, message: String) -> Parse<T> {
        let span = self.token_span(index);
        let col = if span.col < 0 { self.tokenizer.column() as i64 } else { span.col + 1 };
        let end_col = if span.end_col < 0 { -1 } else { span.end_col + 1 };
        self.set_error(kind, message, (span.line, col), (span.end_line, end_col))
    }

    pub(super) fn raise_indentation<T>(&mut self, message: impl Into<String>) -> Parse<T> {
        self.raise_last(ErrorKind::Indentation, message)
    }

    /// "expected an indented block after ..." of the statement whose first token is given.
    pub(super) fn raise_no_block<T>(&mut self, what: &str, token: usize) -> Parse<T> {
        let line = self.tokens[token].lineno;
        self.raise_indentation(format!("expected an indented block after {what} on line {line}"))
    }

    /// An error if there is something in `target` that cannot be assigned to or deleted; else the rule just fails.
    pub(super) fn raise_invalid_target<T>(&mut self, usage: TargetUse, target: Id) -> Parse<T> {
        let Some(wrong) = self.invalid_target(usage, target) else { return Err(Fail::Cut) };
        let verb = if usage == TargetUse::Delete { "delete" } else { "assign to" };
        let message = format!("cannot {verb} {}", self.describe(wrong));
        self.raise(self.span(wrong), message)
    }

    fn invalid_target(&self, usage: TargetUse, id: Id) -> Option<Id> {
        let node = &self.nodes[id];
        match node.kind {
            Kind::List | Kind::Tuple => {
                node.children.iter().find_map(|&child| self.invalid_target(usage, child))
            }
            Kind::Starred if usage == TargetUse::Delete => Some(id),
            Kind::Starred => node.children.first().and_then(|&child| self.invalid_target(usage, child)),
            Kind::CompareIn if usage == TargetUse::For => {
                node.children.first().and_then(|&child| self.invalid_target(usage, child))
            }
            Kind::Compare if usage == TargetUse::For => None,
            Kind::Name | Kind::Subscript | Kind::Attribute => None,
            _ => Some(id),
        }
    }
}
