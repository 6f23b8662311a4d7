//! Whole sources, blocks and simple statements.

use super::Mode;
use super::node::{Kind, TargetUse};
use super::peg::{Fail, Id, Parse, Peg, Rule, choice};
use crate::error::{ErrorKind, SyntaxError};
use crate::token::TokenKind as T;
use crate::tokenizer::normalize_name;

const AUGMENTED: [T; 13] = [
    T::PlusEqual,
    T::MinEqual,
    T::StarEqual,
    T::AtEqual,
    T::SlashEqual,
    T::PercentEqual,
    T::AmperEqual,
    T::VBarEqual,
    T::CircumflexEqual,
    T::LeftShiftEqual,
    T::RightShiftEqual,
    T::DoubleStarEqual,
    T::DoubleSlashEqual,
];

impl Peg<'_> {
    /// The whole source.
    pub(super) fn start(&mut self) -> Parse {
        match self.options.mode {
            Mode::Exec => {
                self.opt(Self::statements)?;
                self.t(T::EndMarker)
            }
            Mode::Single => self.statement_newline(),
            Mode::Eval => {
                self.expressions()?;
                self.many(|p| p.t(T::Newline))?;
                self.t(T::EndMarker)
            }
            Mode::FuncType => self.func_type(),
        }
    }

    pub(super) fn statements(&mut self) -> Parse {
        self.many1(Self::statement)?;
        self.matched()
    }

    fn statement(&mut self) -> Parse {
        self.either(Self::compound_stmt, Self::simple_stmts)
    }

    fn statement_newline(&mut self) -> Parse {
        choice!(self, p:
            {
                p.compound_stmt()?;
                p.t(T::Newline)
            }
            { p.simple_stmts() }
            { p.t(T::Newline) }
            {
                p.t(T::EndMarker)?;
                Err(Fail::Cut)
            }
        )
    }

    pub(super) fn simple_stmts(&mut self) -> Parse {
        choice!(self, p:
            {
                p.simple_stmt()?;
                p.not_ahead(&[T::Semi])?;
                p.t(T::Newline)
            }
            {
                p.separated(T::Semi, Self::simple_stmt)?;
                p.opt(|p| p.t(T::Semi))?;
                p.t(T::Newline)
            }
        )
    }

    pub(super) fn simple_stmt(&mut self) -> Parse {
        self.memo(Rule::SimpleStmt, |p| {
            choice!(p, p:
                { p.assignment() }
                {
                    p.lookahead(|p| p.word("type"))?;
                    p.type_alias()
                }
                { p.star_expressions() }
                {
                    p.t(T::Return)?;
                    p.opt(Self::star_expressions)?;
                    p.matched()
                }
                {
                    p.ahead(&[T::Import, T::From])?;
                    p.import_stmt()
                }
                {
                    p.ahead(&[T::Raise])?;
                    p.raise_stmt()
                }
                { p.t(T::Pass) }
                {
                    p.ahead(&[T::Del])?;
                    p.del_stmt()
                }
                {
                    p.ahead(&[T::Yield])?;
                    p.yield_expr()
                }
                {
                    p.t(T::Assert)?;
                    p.expression()?;
                    p.opt(|p| {
                        p.t(T::Comma)?;
                        p.expression()
                    })?;
                    p.matched()
                }
                { p.t(T::Break) }
                { p.t(T::Continue) }
                {
                    p.any(&[T::Global, T::Nonlocal])?;
                    p.commas(Self::name)?;
                    p.matched()
                }
            )
        })
    }

    pub(super) fn block(&mut self) -> Parse {
        self.memo(Rule::Block, |p| {
            choice!(p, p:
                {
                    p.t(T::Newline)?;
                    p.t(T::Indent)?;
                    p.statements()?;
                    p.t(T::Dedent)
                }
                { p.simple_stmts() }
                { p.invalid(Self::invalid_block) }
            )
        })
    }

    fn invalid_block(&mut self) -> Parse {
        self.t(T::Newline)?;
        self.not_ahead(&[T::Indent])?;
        self.raise_indentation("expected an indented block")
    }

    fn assignment(&mut self) -> Parse {
        choice!(self, p:
            {
                p.name()?;
                p.annotation_and_value()
            }
            {
                p.either(
                    |p| {
                        p.t(T::LPar)?;
                        p.single_target()?;
                        p.t(T::RPar)
                    },
                    Self::single_subscript_attribute_target,
                )?;
                p.annotation_and_value()
            }
            {
                p.many1(Self::target_equals)?;
                p.annotated_rhs()?;
                p.not_ahead(&[T::Equal])?;
                p.opt(|p| p.t(T::TypeComment))?;
                p.matched()
            }
            {
                p.single_target()?;
                p.any(&AUGMENTED)?;
                p.cut(Self::annotated_rhs)
            }
            { p.invalid(Self::invalid_assignment) }
        )
    }

    fn annotation_and_value(&mut self) -> Parse {
        self.t(T::Colon)?;
        self.expression()?;
        self.opt(|p| {
            p.t(T::Equal)?;
            p.annotated_rhs()
        })?;
        self.matched()
    }

    fn target_equals(&mut self) -> Parse {
        self.star_targets()?;
        self.t(T::Equal)
    }

    pub(super) fn annotated_rhs(&mut self) -> Parse {
        self.either(Self::yield_expr, Self::star_expressions)
    }

    fn invalid_assignment(&mut self) -> Parse {
        choice!(self, p:
            {
                let target = p.invalid_ann_assign_target()?;
                p.t(T::Colon)?;
                p.expression()?;
                let message = format!("only single target (not {}) can be annotated", p.describe(target));
                p.raise(p.span(target), message)
            }
            {
                let first = p.star_named_expression()?;
                p.t(T::Comma)?;
                p.many(Self::star_named_expressions)?;
                p.t(T::Colon)?;
                p.expression()?;
                p.raise(p.span(first), "only single target (not tuple) can be annotated")
            }
            {
                let target = p.expression()?;
                p.t(T::Colon)?;
                p.expression()?;
                p.raise(p.span(target), "illegal target for annotation")
            }
            {
                p.many(Self::target_equals)?;
                let target = p.star_expressions()?;
                p.t(T::Equal)?;
                p.raise_invalid_target(TargetUse::Assign, target)
            }
            {
                p.many(Self::target_equals)?;
                let target = p.yield_expr()?;
                p.t(T::Equal)?;
                p.raise(p.span(target), "assignment to yield expression not possible")
            }
            {
                let target = p.star_expressions()?;
                p.any(&AUGMENTED)?;
                p.annotated_rhs()?;
                let message =
                    format!("'{}' is an illegal expression for augmented assignment", p.describe(target));
                p.raise(p.span(target), message)
            }
        )
    }

    fn invalid_ann_assign_target(&mut self) -> Parse {
        choice!(self, p:
            { p.list() }
            { p.tuple() }
            {
                p.t(T::LPar)?;
                let target = p.invalid_ann_assign_target()?;
                p.t(T::RPar)?;
                Ok(target)
            }
        )
    }

    fn raise_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Raise)?;
                p.expression()?;
                p.opt(|p| {
                    p.t(T::From)?;
                    p.expression()
                })?;
                p.matched()
            }
            { p.t(T::Raise) }
        )
    }

    fn del_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::Del)?;
                p.del_targets()?;
                p.ahead(&[T::Semi, T::Newline])?;
                p.matched()
            }
            {
                p.invalid(|p| {
                    p.t(T::Del)?;
                    let target = p.star_expressions()?;
                    p.raise_invalid_target(TargetUse::Delete, target)
                })
            }
        )
    }

    fn import_stmt(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_import) }
            {
                p.t(T::Import)?;
                p.commas(Self::dotted_as_name)?;
                p.matched()
            }
            { p.import_from() }
        )
    }

    fn import_from(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::From)?;
                let dots = p.many(|p| p.any(&[T::Dot, T::Ellipsis]))?;
                let start = p.mark;
                p.dotted_name()?;
                let end = p.mark;
                p.t(T::Import)?;
                let from = p.mark;
                p.import_from_targets()?;
                if dots.is_empty() && end == start + 1 && p.token_text(start) == "__future__" {
                    let barry = (from..p.mark).any(|at| p.token_text(at) == "barry_as_FLUFL");
                    if barry {
                        p.obey_barry();
                    }
                }
                p.matched()
            }
            {
                p.t(T::From)?;
                p.many1(|p| p.any(&[T::Dot, T::Ellipsis]))?;
                p.t(T::Import)?;
                p.import_from_targets()
            }
        )
    }

    fn import_from_targets(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::LPar)?;
                p.commas(Self::import_from_as_name)?;
                p.opt_comma()?;
                p.t(T::RPar)
            }
            {
                p.commas(Self::import_from_as_name)?;
                p.not_ahead(&[T::Comma])?;
                p.matched()
            }
            { p.t(T::Star) }
            { p.invalid(Self::invalid_import_from_targets) }
        )
    }

    fn invalid_import_from_targets(&mut self) -> Parse {
        choice!(self, p:
            {
                p.commas(Self::import_from_as_name)?;
                p.t(T::Comma)?;
                p.t(T::Newline)?;
                p.raise_here("trailing comma not allowed without surrounding parentheses")
            }
            {
                let newline = p.t(T::Newline)?;
                p.raise_from(p.token_span(newline), "Expected one or more names after 'import'")
            }
        )
    }

    fn import_from_as_name(&mut self) -> Parse {
        choice!(self, p:
            {
                p.invalid(|p| {
                    p.name()?;
                    p.invalid_import_target()
                })
            }
            {
                p.name()?;
                p.opt(Self::as_name)?;
                p.matched()
            }
        )
    }

    fn dotted_as_name(&mut self) -> Parse {
        choice!(self, p:
            {
                p.invalid(|p| {
                    p.dotted_name()?;
                    p.invalid_import_target()
                })
            }
            {
                p.dotted_name()?;
                p.opt(Self::as_name)?;
                p.matched()
            }
        )
    }

    pub(super) fn as_name(&mut self) -> Parse {
        self.t(T::As)?;
        self.name()
    }

    /// `as` and something that is not just a name.
    fn invalid_import_target(&mut self) -> Parse {
        self.t(T::As)?;
        self.not(|p| {
            p.name()?;
            p.any(&[T::Comma, T::RPar, T::Semi, T::Newline])
        })?;
        let target = self.expression()?;
        let message = format!("cannot use {} as import target", self.describe(target));
        self.raise(self.span(target), message)
    }

    fn invalid_import(&mut self) -> Parse {
        choice!(self, p:
            {
                let import = p.t(T::Import)?;
                p.commas(Self::dotted_name)?;
                p.t(T::From)?;
                p.dotted_name()?;
                p.raise_from(p.token_span(import), "Did you mean to use 'from ... import ...' instead?")
            }
            {
                p.t(T::Import)?;
                let newline = p.t(T::Newline)?;
                p.raise_from(p.token_span(newline), "Expected one or more names after 'import'")
            }
        )
    }

    pub(super) fn dotted_name(&mut self) -> Parse {
        self.grow(Rule::DottedName, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.dotted_name()?;
                    p.t(T::Dot)?;
                    p.name()?;
                    p.node(Kind::Attribute, start)
                }
                { p.name() }
            )
        })
    }

    pub(super) fn name(&mut self) -> Parse<Id> {
        let token = self.t(T::Name)?;
        let text = self.token_text(token);
        if !text.is_ascii() {
            self.check_normal_form(&normalize_name(text))?;
        }
        self.node(Kind::Name, token)
    }

    /// A name may not turn into a constant by normalisation.
    fn check_normal_form(&mut self, name: &str) -> Parse<()> {
        if !matches!(name, "None" | "True" | "False") {
            return Ok(());
        }
        let message = format!("identifier field can't represent '{name}' constant");
        self.error = Some(Box::new(SyntaxError::nowhere(ErrorKind::Value, message)));
        Err(Fail::Raised)
    }
}
