//! Expressions, from comma lists down to primaries.
//!
//! Each level has a form that goes on after a first operand (`…_rest`), so that an operand without an operator passes
//! through all levels with one look at the next token.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Arguments, BoolOp, CmpOp, Expr, ExprContext, ExprKind, Operator, UnaryOp};

/// Loosest first; a higher number binds tighter.
const BITWISE_OR: u8 = 1;

fn binary_operator(kind: TokenKind) -> Option<(Operator, u8)> {
    Some(match kind {
        TokenKind::VBar => (Operator::BitOr, BITWISE_OR),
        TokenKind::Circumflex => (Operator::BitXor, 2),
        TokenKind::Amper => (Operator::BitAnd, 3),
        TokenKind::LeftShift => (Operator::LShift, 4),
        TokenKind::RightShift => (Operator::RShift, 4),
        TokenKind::Plus => (Operator::Add, 5),
        TokenKind::Minus => (Operator::Sub, 5),
        TokenKind::Star => (Operator::Mult, 6),
        TokenKind::Slash => (Operator::Div, 6),
        TokenKind::DoubleSlash => (Operator::FloorDiv, 6),
        TokenKind::Percent => (Operator::Mod, 6),
        TokenKind::At => (Operator::MatMult, 6),
        _ => return None,
    })
}

/// What follows most operands and continues no operator level.
fn ends_operand(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(
        kind,
        Newline
            | Comma
            | RPar
            | RSqb
            | RBrace
            | Colon
            | Equal
            | For
            | If
            | Else
            | Semi
            | As
            | ColonEqual
            | Async
    )
}

fn unary_operator(kind: TokenKind) -> Option<UnaryOp> {
    match kind {
        TokenKind::Minus => Some(UnaryOp::USub),
        TokenKind::Plus => Some(UnaryOp::UAdd),
        TokenKind::Tilde => Some(UnaryOp::Invert),
        _ => None,
    }
}

/// The beginning of an expression that ends with another expression.
enum Head {
    Lambda(Box<Arguments>),
    /// The value if true, and the test.
    Conditional(Box<Expr>, Box<Expr>),
}

enum FactorHead {
    Unary(UnaryOp),
    Power(Box<Expr>),
}

impl Parser<'_> {
    /// `expression (',' expression)* [',']`
    pub(super) fn expressions(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.expression()?;
        if self.kind() == TokenKind::Comma { self.expressions_from(start, first) } else { Ok(first) }
    }

    /// The tuple that began with `first` and goes on with a comma.
    pub(super) fn expressions_from(&mut self, start: usize, first: Expr) -> Parsed<Expr> {
        let mut elts = vec![first];
        while self.eat(TokenKind::Comma) && self.starts_expression() {
            elts.push(self.expression()?);
        }
        Ok(self.tuple(start, elts))
    }

    pub(super) fn star_expressions(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.star_expression()?;
        if self.kind() != TokenKind::Comma {
            return Ok(first);
        }
        let mut elts = vec![first];
        while self.eat(TokenKind::Comma) && (self.kind() == TokenKind::Star || self.starts_expression()) {
            elts.push(self.star_expression()?);
        }
        Ok(self.tuple(start, elts))
    }

    fn tuple(&self, start: usize, elts: Vec<Expr>) -> Expr {
        Expr::new(ExprKind::Tuple { elts, ctx: ExprContext::Load }, self.range(start))
    }

    /// The next token can begin an expression (other than a starred one).
    pub(super) fn starts_expression(&self) -> bool {
        use TokenKind::*;
        matches!(
            self.kind(),
            Name | Number
                | String
                | FStringStart
                | TStringStart
                | LPar
                | LSqb
                | LBrace
                | Minus
                | Plus
                | Tilde
                | Not
                | Lambda
                | Await
                | True
                | False
                | None
                | Ellipsis
        )
    }

    pub(super) fn star_expression(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Star { self.starred() } else { self.expression() }
    }

    /// `'*' bitwise_or`
    pub(super) fn starred(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        let value = Box::new(self.bitwise_or()?);
        Ok(Expr::new(ExprKind::Starred { value, ctx: ExprContext::Load }, self.range(start)))
    }

    pub(super) fn star_named_expression(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Star { self.starred() } else { self.named_expression() }
    }

    /// The next tokens are `NAME :=`.
    pub(super) fn at_walrus(&self) -> bool {
        self.kind() == TokenKind::Name && self.kind_at(1) == TokenKind::ColonEqual
    }

    pub(super) fn named_expression(&mut self) -> Parsed<Expr> {
        if self.at_walrus() {
            return self.assignment_expression();
        }
        let expr = self.expression()?;
        if self.kind() == TokenKind::ColonEqual { self.fail() } else { Ok(expr) }
    }

    pub(super) fn assignment_expression(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let id = self.name()?;
        let target = Expr::new(ExprKind::Name { id, ctx: ExprContext::Store }, self.range(start));
        self.expect(TokenKind::ColonEqual)?;
        let value = Box::new(self.expression()?);
        self.since(8, "Assignment expressions are")?;
        Ok(Expr::new(ExprKind::NamedExpr { target: Box::new(target), value }, self.range(start)))
    }

    pub(super) fn yield_expr(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        let node = if self.eat(TokenKind::From) {
            ExprKind::YieldFrom { value: Box::new(self.expression()?) }
        } else if self.kind() == TokenKind::Star || self.starts_expression() {
            ExprKind::Yield { value: Some(Box::new(self.star_expressions()?)) }
        } else {
            ExprKind::Yield { value: None }
        };
        Ok(Expr::new(node, self.range(start)))
    }

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Lambda {
            return self.expression_chain(self.pos, None);
        }
        let start = self.pos;
        let body = self.disjunction()?;
        if self.kind() == TokenKind::If { self.expression_chain(start, Some(body)) } else { Ok(body) }
    }

    /// Lambdas and conditional expressions, each the tail of the one before: read in a loop, built from the last.
    /// `operand` is the one that began at `start`, if it is read already.
    #[inline(never)]
    fn expression_chain(&mut self, mut start: usize, mut operand: Option<Expr>) -> Parsed<Expr> {
        let mut heads = Vec::new();
        let mut levels = 0;
        let mut expr = loop {
            if operand.is_none() && self.kind() == TokenKind::Lambda {
                levels += 2;
                self.enter(2)?;
                heads.push((start, Head::Lambda(self.lambda_head()?)));
            } else {
                let body = match operand.take() {
                    Some(body) => body,
                    None => self.disjunction()?,
                };
                if !self.eat(TokenKind::If) {
                    break body;
                }
                levels += 1;
                self.enter(1)?;
                let test = self.disjunction()?;
                self.expect(TokenKind::Else)?;
                heads.push((start, Head::Conditional(Box::new(body), Box::new(test))));
            }
            start = self.pos;
        };
        self.leave(levels);
        while let Some((start, head)) = heads.pop() {
            let tail = Box::new(expr);
            let node = match head {
                Head::Lambda(args) => ExprKind::Lambda { args, body: tail },
                Head::Conditional(body, test) => ExprKind::IfExp { test, body, orelse: tail },
            };
            expr = Expr::new(node, self.range(start));
        }
        Ok(expr)
    }

    /// `lambda` with its parameters and colon.
    fn lambda_head(&mut self) -> Parsed<Box<Arguments>> {
        self.pos += 1;
        let args = Box::new(self.parameters(TokenKind::Colon)?);
        self.expect(TokenKind::Colon)?;
        Ok(args)
    }

    pub(super) fn disjunction(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.conjunction()?;
        if self.kind() != TokenKind::Or {
            return Ok(first);
        }
        let mut values = vec![first];
        while self.eat(TokenKind::Or) {
            values.push(self.conjunction()?);
        }
        Ok(Expr::new(ExprKind::BoolOp { op: BoolOp::Or, values }, self.range(start)))
    }

    fn conjunction(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let first = self.inversion()?;
        if self.kind() != TokenKind::And {
            return Ok(first);
        }
        let mut values = vec![first];
        while self.eat(TokenKind::And) {
            values.push(self.inversion()?);
        }
        Ok(Expr::new(ExprKind::BoolOp { op: BoolOp::And, values }, self.range(start)))
    }

    #[inline]
    fn inversion(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Not {
            return self.not();
        }
        let start = self.pos;
        let left = self.factor()?;
        if ends_operand(self.kind()) {
            return Ok(left);
        }
        let left = self.binary_rest(start, left, BITWISE_OR)?;
        self.comparison_rest(start, left)
    }

    /// One `not` or several in a row.
    #[inline(never)]
    fn not(&mut self) -> Parsed<Expr> {
        let first = self.pos;
        while self.eat(TokenKind::Not) {
            self.enter(1)?;
        }
        let last = self.pos;
        let mut expr = self.inversion()?;
        self.leave((last - first) as u32);
        for start in (first..last).rev() {
            let node = ExprKind::UnaryOp { op: UnaryOp::Not, operand: Box::new(expr) };
            expr = Expr::new(node, self.range(start));
        }
        Ok(expr)
    }

    fn comparison_rest(&mut self, start: usize, left: Expr) -> Parsed<Expr> {
        let Some(op) = self.comparison_operator()? else { return Ok(left) };
        let mut ops = vec![op];
        let mut comparators = vec![self.bitwise_or()?];
        while let Some(op) = self.comparison_operator()? {
            ops.push(op);
            comparators.push(self.bitwise_or()?);
        }
        Ok(Expr::new(ExprKind::Compare { left: Box::new(left), ops, comparators }, self.range(start)))
    }

    fn comparison_operator(&mut self) -> Parsed<Option<CmpOp>> {
        let op = match self.kind() {
            TokenKind::EqEqual => CmpOp::Eq,
            TokenKind::NotEqual => {
                let barry = self.text(self.token()) == "<>";
                if barry != self.flags.barry_as_flufl {
                    if self.flags.barry_as_flufl {
                        return self.raise_here("with Barry as BDFL, use '<>' instead of '!='");
                    }
                    return Ok(None);
                }
                CmpOp::NotEq
            }
            TokenKind::Less => CmpOp::Lt,
            TokenKind::LessEqual => CmpOp::LtE,
            TokenKind::Greater => CmpOp::Gt,
            TokenKind::GreaterEqual => CmpOp::GtE,
            TokenKind::In => CmpOp::In,
            TokenKind::Is if self.kind_at(1) == TokenKind::Not => {
                self.pos += 1;
                CmpOp::IsNot
            }
            TokenKind::Is => CmpOp::Is,
            TokenKind::Not if self.kind_at(1) == TokenKind::In => {
                self.pos += 1;
                CmpOp::NotIn
            }
            _ => return Ok(None),
        };
        self.pos += 1;
        Ok(Some(op))
    }

    pub(super) fn bitwise_or(&mut self) -> Parsed<Expr> {
        self.binary(BITWISE_OR)
    }

    /// Operators that bind at least as tightly as `level`.
    fn binary(&mut self, level: u8) -> Parsed<Expr> {
        let start = self.pos;
        let left = self.factor()?;
        if ends_operand(self.kind()) { Ok(left) } else { self.binary_rest(start, left, level) }
    }

    fn binary_rest(&mut self, start: usize, mut left: Expr, level: u8) -> Parsed<Expr> {
        while let Some((op, tightness)) = binary_operator(self.kind()) {
            if tightness < level {
                break;
            }
            self.pos += 1;
            let right = Box::new(self.binary(tightness + 1)?);
            if op == Operator::MatMult {
                self.since(5, "The '@' operator is")?;
            }
            left = Expr::new(ExprKind::BinOp { left: Box::new(left), op, right }, self.range(start));
        }
        Ok(left)
    }

    /// Signs, `await` and `**`.
    fn factor(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        if unary_operator(self.kind()).is_some() {
            return self.factor_chain(start, None);
        }
        let operand = self.power_operand()?;
        if self.kind() == TokenKind::DoubleStar {
            self.factor_chain(start, Some(operand))
        } else {
            Ok(operand)
        }
    }

    #[inline]
    fn power_operand(&mut self) -> Parsed<Expr> {
        if self.kind() == TokenKind::Await { self.await_primary() } else { self.primary() }
    }

    /// Signs and powers, each the operand of the one before: read in a loop, built from the last. `operand` is the
    /// one that began at `start`, if it is read already.
    #[inline(never)]
    fn factor_chain(&mut self, mut start: usize, mut operand: Option<Expr>) -> Parsed<Expr> {
        let mut heads = Vec::new();
        let mut levels = 0;
        let mut expr = loop {
            let head = match unary_operator(self.kind()) {
                Some(op) if operand.is_none() => {
                    self.pos += 1;
                    levels += 1;
                    self.enter(1)?;
                    FactorHead::Unary(op)
                }
                _ => {
                    let base = match operand.take() {
                        Some(base) => base,
                        None => self.power_operand()?,
                    };
                    if !self.eat(TokenKind::DoubleStar) {
                        break base;
                    }
                    levels += 2;
                    self.enter(2)?;
                    FactorHead::Power(Box::new(base))
                }
            };
            heads.push((start, head));
            start = self.pos;
        };
        self.leave(levels);
        while let Some((start, head)) = heads.pop() {
            let operand = Box::new(expr);
            let node = match head {
                FactorHead::Unary(op) => ExprKind::UnaryOp { op, operand },
                FactorHead::Power(left) => ExprKind::BinOp { left, op: Operator::Pow, right: operand },
            };
            expr = Expr::new(node, self.range(start));
        }
        Ok(expr)
    }

    #[inline(never)]
    fn await_primary(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        self.pos += 1;
        let value = Box::new(self.primary()?);
        self.since(5, "Await expressions are")?;
        Ok(Expr::new(ExprKind::Await { value }, self.range(start)))
    }

    /// An atom with its attributes, calls and subscripts.
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let mut expr = self.atom()?;
        loop {
            let node = match self.kind() {
                TokenKind::Dot => {
                    self.pos += 1;
                    let attr = self.name()?;
                    ExprKind::Attribute { value: Box::new(expr), attr, ctx: ExprContext::Load }
                }
                TokenKind::LPar => self.call(expr)?,
                TokenKind::LSqb => self.subscript(expr)?,
                _ => return Ok(expr),
            };
            expr = Expr::new(node, self.range(start));
        }
    }

    fn subscript(&mut self, value: Expr) -> Parsed<ExprKind> {
        self.pos += 1;
        self.enter(super::BRACKET_DEPTH)?;
        let start = self.pos;
        let mut slice = self.slice()?;
        if self.kind() == TokenKind::Comma || matches!(slice.node, ExprKind::Starred { .. }) {
            let mut elts = vec![slice];
            while self.eat(TokenKind::Comma) && self.kind() != TokenKind::RSqb {
                elts.push(self.slice()?);
            }
            slice = self.tuple(start, elts);
        }
        self.expect(TokenKind::RSqb)?;
        self.leave(super::BRACKET_DEPTH);
        Ok(ExprKind::Subscript { value: Box::new(value), slice: Box::new(slice), ctx: ExprContext::Load })
    }

    /// One item between the brackets of a subscript.
    fn slice(&mut self) -> Parsed<Expr> {
        let start = self.pos;
        let lower = match self.kind() {
            TokenKind::Star => return self.starred_argument(),
            TokenKind::Colon => None,
            _ if self.at_walrus() => return self.assignment_expression(),
            _ => {
                let expr = self.expression()?;
                match self.kind() {
                    TokenKind::Colon => Some(Box::new(expr)),
                    TokenKind::ColonEqual => return self.fail(),
                    _ => return Ok(expr),
                }
            }
        };
        self.pos += 1;
        let upper = self.slice_part()?;
        let step = if self.eat(TokenKind::Colon) { self.slice_part()? } else { None };
        Ok(Expr::new(ExprKind::Slice { lower, upper, step }, self.range(start)))
    }

    fn slice_part(&mut self) -> Parsed<Option<Box<Expr>>> {
        if self.starts_expression() { Ok(Some(Box::new(self.expression()?))) } else { Ok(None) }
    }
}
