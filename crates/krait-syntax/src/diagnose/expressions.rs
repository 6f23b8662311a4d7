//! Expressions down to the primaries.

use super::node::Kind;
use super::peg::{Fail, Id, Parse, Peg, Rule, choice};
use crate::token::TokenKind as T;

const SOFT_KEYWORDS: [&str; 4] = ["_", "case", "match", "type"];

impl Peg<'_> {
    pub(super) fn expressions(&mut self) -> Parse {
        self.tuple_or_one(Self::expression)
    }

    pub(super) fn star_expressions(&mut self) -> Parse {
        self.tuple_or_one(Self::star_expression)
    }

    /// One item, or several with commas between them that are a tuple.
    fn tuple_or_one(&mut self, item: fn(&mut Self) -> Parse) -> Parse {
        let start = self.mark;
        let first = item(self)?;
        let mut items = vec![first];
        let rest = self.many(|p| {
            p.t(T::Comma)?;
            item(p)
        })?;
        items.extend(rest);
        let trailing = self.opt(|p| p.t(T::Comma))?;
        if items.len() == 1 && trailing.is_none() {
            return Ok(first);
        }
        self.parent(Kind::Tuple, start, items)
    }

    pub(super) fn expression(&mut self) -> Parse {
        self.memo(Rule::Expression, |p| {
            choice!(p, p:
                { p.invalid(Self::invalid_expression) }
                { p.invalid(Self::invalid_legacy_expression) }
                { p.conditional_expression() }
                { p.disjunction() }
                { p.lambdef() }
            )
        })
    }

    fn conditional_expression(&mut self) -> Parse {
        let start = self.mark;
        self.disjunction()?;
        self.t(T::If)?;
        self.disjunction()?;
        self.t(T::Else)?;
        self.expression()?;
        self.node(Kind::Conditional, start)
    }

    fn expression_without_invalid(&mut self) -> Parse {
        let before = std::mem::replace(&mut self.invalid_on, false);
        let found = self.any_expression();
        self.invalid_on = before;
        found
    }

    fn any_expression(&mut self) -> Parse {
        choice!(self, p:
            { p.conditional_expression() }
            { p.disjunction() }
            { p.lambdef() }
        )
    }

    fn invalid_expression(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid_inside_string() }
            { p.invalid_juxtaposition() }
            {
                let first = p.disjunction()?;
                p.t(T::If)?;
                let condition = p.disjunction()?;
                p.not_ahead(&[T::Else, T::Colon])?;
                let (from, to) = (p.span(first), p.span(condition));
                p.raise_range(from, to, "expected 'else' after 'if' expression")
            }
            {
                p.disjunction()?;
                p.t(T::If)?;
                p.disjunction()?;
                p.t(T::Else)?;
                p.not(Self::expression)?;
                p.raise_next("expected expression after 'else', but statement is given")
            }
            {
                let statement = p.any(&[T::Pass, T::Break, T::Continue])?;
                p.t(T::If)?;
                p.disjunction()?;
                p.t(T::Else)?;
                p.simple_stmt()?;
                let span = p.token_span(statement);
                p.raise(span, "expected expression before 'if', but statement is given")
            }
            { p.invalid_lambda_field(T::FStringMiddle, 'f') }
            { p.invalid_lambda_field(T::TStringMiddle, 't') }
        )
    }

    /// Text between two strings on a line, which may have been meant as part of one.
    fn invalid_inside_string(&mut self) -> Parse {
        self.t(T::String)?;
        let inside = self.many1(|p| {
            p.not_ahead(&[T::String])?;
            p.expression_without_invalid()
        })?;
        self.t(T::String)?;
        let (from, to) = (self.span(inside[0]), self.span(inside[inside.len() - 1]));
        self.raise_range(from, to, "invalid syntax. Is this intended to be part of the string?")
    }

    /// Two expressions side by side.
    fn invalid_juxtaposition(&mut self) -> Parse {
        self.not(|p| {
            let name = p.t(T::Name)?;
            let soft = SOFT_KEYWORDS.contains(&p.token_text(name));
            if soft { Ok(name) } else { p.t(T::String) }
        })?;
        let first = self.disjunction()?;
        let second = self.expression_without_invalid()?;
        if self.is_legacy_statement(first) || self.tokens[self.mark - 1].level == 0 {
            return Err(Fail::Cut);
        }
        let (from, to) = (self.span(first), self.span(second));
        self.raise_range(from, to, "invalid syntax. Perhaps you forgot a comma?")
    }

    fn invalid_lambda_field(&mut self, middle: T, prefix: char) -> Parse {
        let lambda = self.t(T::Lambda)?;
        self.opt(Self::lambda_params)?;
        let colon = self.t(T::Colon)?;
        self.ahead(&[middle])?;
        let (from, to) = (self.token_span(lambda), self.token_span(colon));
        let message = format!("{prefix}-string: lambda expressions are not allowed without parentheses");
        self.raise_range(from, to, message)
    }

    fn is_legacy_statement(&self, id: Id) -> bool {
        self.kind(id) == Kind::Name && matches!(self.name_text(id), "print" | "exec")
    }

    fn invalid_legacy_expression(&mut self) -> Parse {
        let name = self.name()?;
        self.not_ahead(&[T::LPar])?;
        let rest = self.star_expressions()?;
        if !self.is_legacy_statement(name) {
            return Err(Fail::Cut);
        }
        let text = self.name_text(name);
        let message = format!("Missing parentheses in call to '{text}'. Did you mean {text}(...)?");
        let (from, to) = (self.span(name), self.span(rest));
        self.raise_range(from, to, message)
    }

    pub(super) fn yield_expr(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.t(T::Yield)?;
                p.t(T::From)?;
                p.expression()?;
                p.node(Kind::Yield, start)
            }
            {
                let start = p.t(T::Yield)?;
                p.opt(Self::star_expressions)?;
                p.node(Kind::Yield, start)
            }
        )
    }

    /// `*` and an operand.
    fn starred(&mut self, operand: fn(&mut Self) -> Parse) -> Parse {
        let start = self.t(T::Star)?;
        let value = operand(self)?;
        self.parent(Kind::Starred, start, vec![value])
    }

    pub(super) fn star_expression(&mut self) -> Parse {
        self.memo(Rule::StarExpression, |p| {
            choice!(p, p:
                { p.starred(Self::bitwise_or) }
                { p.expression() }
            )
        })
    }

    pub(super) fn star_named_expressions(&mut self) -> Parse {
        let start = self.mark;
        let items = self.commas(Self::star_named_expression)?;
        self.opt_comma()?;
        self.parent(Kind::Other, start, items)
    }

    pub(super) fn star_named_expression(&mut self) -> Parse {
        choice!(self, p:
            { p.starred(Self::bitwise_or) }
            { p.named_expression() }
        )
    }

    pub(super) fn starred_expression(&mut self) -> Parse {
        choice!(self, p:
            {
                p.invalid(|p| {
                    let star = p.t(T::Star)?;
                    p.expression()?;
                    p.t(T::Equal)?;
                    let value = p.expression()?;
                    let (from, to) = (p.token_span(star), p.span(value));
                    p.raise_range(from, to, "cannot assign to iterable argument unpacking")
                })
            }
            { p.starred(Self::expression) }
            {
                p.invalid(|p| {
                    p.t(T::Star)?;
                    p.raise_here("Invalid star expression")
                })
            }
        )
    }

    pub(super) fn assignment_expression(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.mark;
                p.name()?;
                p.t(T::ColonEqual)?;
                p.cut(Self::expression)?;
                p.node(Kind::Walrus, start)
            }
        )
    }

    pub(super) fn named_expression(&mut self) -> Parse {
        choice!(self, p:
            { p.assignment_expression() }
            { p.invalid(Self::invalid_named_expression) }
            { p.plain_expression() }
        )
    }

    /// An expression that no `:=` follows.
    pub(super) fn plain_expression(&mut self) -> Parse {
        let found = self.expression()?;
        self.not_ahead(&[T::ColonEqual])?;
        Ok(found)
    }

    fn invalid_named_expression(&mut self) -> Parse {
        self.memo(Rule::NamedInvalid, |p| {
            choice!(p, p:
                {
                    let target = p.expression()?;
                    p.t(T::ColonEqual)?;
                    p.expression()?;
                    let message = format!("cannot use assignment expressions with {}", p.describe(target));
                    p.raise(p.span(target), message)
                }
                {
                    let name = p.name()?;
                    p.t(T::Equal)?;
                    let value = p.bitwise_or()?;
                    p.not_ahead(&[T::Equal, T::ColonEqual])?;
                    let (from, to) = (p.span(name), p.span(value));
                    p.raise_range(from, to, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?")
                }
                {
                    p.not(Self::list)?;
                    p.not(Self::tuple)?;
                    p.not(Self::genexp)?;
                    p.not_ahead(&[T::True, T::None, T::False])?;
                    let target = p.bitwise_or()?;
                    p.t(T::Equal)?;
                    p.bitwise_or()?;
                    p.not_ahead(&[T::Equal, T::ColonEqual])?;
                    let message = format!(
                        "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                        p.describe(target)
                    );
                    p.raise(p.span(target), message)
                }
            )
        })
    }

    pub(super) fn disjunction(&mut self) -> Parse {
        self.memo(Rule::Disjunction, |p| p.boolean(T::Or, Self::conjunction))
    }

    fn conjunction(&mut self) -> Parse {
        self.memo(Rule::Conjunction, |p| p.boolean(T::And, Self::inversion))
    }

    fn boolean(&mut self, operator: T, operand: fn(&mut Self) -> Parse) -> Parse {
        self.enter()?;
        let start = self.mark;
        let found = self.separated(operator, operand);
        self.depth -= 1;
        match found? {
            operands if operands.len() == 1 => Ok(operands[0]),
            _ => self.node(Kind::Operation, start),
        }
    }

    pub(super) fn inversion(&mut self) -> Parse {
        self.memo(Rule::Inversion, |p| {
            choice!(p, p:
                {
                    let start = p.t(T::Not)?;
                    p.inversion()?;
                    p.node(Kind::Operation, start)
                }
                { p.comparison() }
            )
        })
    }

    fn comparison(&mut self) -> Parse {
        self.enter()?;
        let start = self.mark;
        let left = self.bitwise_or();
        self.depth -= 1;
        let left = left?;
        let operator = self.mark;
        if self.many(Self::comparison_pair)?.is_empty() {
            return Ok(left);
        }
        let kind = if self.tokens[operator].kind == T::In { Kind::CompareIn } else { Kind::Compare };
        self.parent(kind, start, vec![left])
    }

    fn comparison_pair(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::EqEqual)?;
                p.bitwise_or()
            }
            {
                let token = p.t(T::NotEqual)?;
                if (p.token_text(token) == "<>") != p.flufl {
                    return p.refused_not_equal();
                }
                p.bitwise_or()
            }
            {
                p.t(T::LessEqual)?;
                p.bitwise_or()
            }
            {
                p.invalid(|p| {
                    let less = p.t(T::Less)?;
                    let greater = p.t(T::Greater)?;
                    let (from, to) = (p.token_span(less), p.token_span(greater));
                    if (from.end_line, from.end_col) != (to.line, to.col) {
                        return Err(Fail::Cut);
                    }
                    p.raise_range(from, to, "invalid syntax.  Maybe you meant '!=' instead of '<>'?")
                })
            }
            {
                p.any(&[T::Less, T::GreaterEqual, T::Greater])?;
                p.bitwise_or()
            }
            {
                p.t(T::Not)?;
                p.t(T::In)?;
                p.bitwise_or()
            }
            {
                p.t(T::In)?;
                p.bitwise_or()
            }
            {
                p.t(T::Is)?;
                p.t(T::Not)?;
                p.bitwise_or()
            }
            {
                p.t(T::Is)?;
                p.bitwise_or()
            }
        )
    }

    /// `<>`, or `!=` where the future import asks for `<>`.
    fn refused_not_equal(&mut self) -> Parse {
        if self.flufl {
            return self.raise_here("with Barry as BDFL, use '<>' instead of '!='");
        }
        Err(Fail::No)
    }

    // Operators.

    fn binary(&mut self, start: usize, right: fn(&mut Self) -> Parse) -> Parse {
        right(self)?;
        self.node(Kind::Operation, start)
    }

    pub(super) fn bitwise_or(&mut self) -> Parse {
        self.grow(Rule::BitwiseOr, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.bitwise_or()?;
                    p.t(T::VBar)?;
                    p.binary(start, Self::bitwise_xor)
                }
                { p.bitwise_xor() }
            )
        })
    }

    fn bitwise_xor(&mut self) -> Parse {
        self.grow(Rule::BitwiseXor, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.bitwise_xor()?;
                    p.t(T::Circumflex)?;
                    p.binary(start, Self::bitwise_and)
                }
                { p.bitwise_and() }
            )
        })
    }

    fn bitwise_and(&mut self) -> Parse {
        self.grow(Rule::BitwiseAnd, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.bitwise_and()?;
                    p.t(T::Amper)?;
                    p.binary(start, Self::shift_expr)
                }
                { p.shift_expr() }
            )
        })
    }

    fn shift_expr(&mut self) -> Parse {
        self.grow(Rule::ShiftExpr, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.shift_expr()?;
                    p.any(&[T::LeftShift, T::RightShift])?;
                    p.binary(start, Self::sum)
                }
                {
                    p.invalid(|p| {
                        p.sum()?;
                        p.any(&[T::Plus, T::Minus, T::Star, T::Slash, T::Percent, T::DoubleSlash, T::At])?;
                        p.invalid_not(Self::inversion)
                    })
                }
                { p.sum() }
            )
        })
    }

    /// `not` right after an operator.
    fn invalid_not(&mut self, operand: fn(&mut Self) -> Parse) -> Parse {
        let not = self.t(T::Not)?;
        let operand = operand(self)?;
        let (from, to) = (self.token_span(not), self.span(operand));
        self.raise_range(from, to, "'not' after an operator must be parenthesized")
    }

    fn sum(&mut self) -> Parse {
        self.grow(Rule::Sum, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.sum()?;
                    p.any(&[T::Plus, T::Minus])?;
                    p.binary(start, Self::term)
                }
                { p.term() }
            )
        })
    }

    fn term(&mut self) -> Parse {
        self.grow(Rule::Term, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.term()?;
                    p.any(&[T::Star, T::Slash, T::DoubleSlash, T::Percent, T::At])?;
                    p.binary(start, Self::factor)
                }
                {
                    p.invalid(|p| {
                        p.any(&[T::Plus, T::Minus, T::Tilde])?;
                        p.invalid_not(Self::factor)
                    })
                }
                { p.factor() }
            )
        })
    }

    fn factor(&mut self) -> Parse {
        self.memo(Rule::Factor, |p| {
            choice!(p, p:
                {
                    let start = p.any(&[T::Plus, T::Minus, T::Tilde])?;
                    p.binary(start, Self::factor)
                }
                { p.power() }
            )
        })
    }

    fn power(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.mark;
                p.await_primary()?;
                p.t(T::DoubleStar)?;
                p.binary(start, Self::factor)
            }
            { p.await_primary() }
        )
    }

    fn await_primary(&mut self) -> Parse {
        self.memo(Rule::AwaitPrimary, |p| {
            choice!(p, p:
                {
                    let start = p.t(T::Await)?;
                    p.primary()?;
                    p.node(Kind::Await, start)
                }
                { p.primary() }
            )
        })
    }

    fn primary(&mut self) -> Parse {
        self.grow(Rule::Primary, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.primary()?;
                    p.t(T::Dot)?;
                    p.name()?;
                    p.node(Kind::Attribute, start)
                }
                {
                    let start = p.mark;
                    p.primary()?;
                    p.genexp()?;
                    p.node(Kind::Call, start)
                }
                {
                    let start = p.mark;
                    p.primary()?;
                    p.call_arguments()?;
                    p.node(Kind::Call, start)
                }
                {
                    let start = p.mark;
                    p.primary()?;
                    p.subscript()?;
                    p.node(Kind::Subscript, start)
                }
                { p.atom() }
            )
        })
    }

    pub(super) fn call_arguments(&mut self) -> Parse {
        self.t(T::LPar)?;
        self.opt(Self::arguments)?;
        self.t(T::RPar)
    }

    pub(super) fn subscript(&mut self) -> Parse {
        self.t(T::LSqb)?;
        self.slices()?;
        self.t(T::RSqb)
    }

    fn slices(&mut self) -> Parse {
        choice!(self, p:
            {
                p.slice()?;
                p.not_ahead(&[T::Comma])?;
                p.matched()
            }
            {
                p.commas(|p| p.either(Self::slice, Self::starred_expression))?;
                p.opt_comma()?;
                p.matched()
            }
        )
    }

    fn slice(&mut self) -> Parse {
        choice!(self, p:
            {
                p.opt(Self::expression)?;
                p.t(T::Colon)?;
                p.opt(Self::expression)?;
                p.opt(|p| {
                    p.t(T::Colon)?;
                    p.opt(Self::expression)
                })?;
                p.matched()
            }
            { p.named_expression() }
        )
    }
}
