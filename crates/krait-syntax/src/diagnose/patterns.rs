//! The `match` statement and its patterns.

use super::node::Kind;
use super::peg::{Fail, Id, Parse, Peg, Rule, choice};
use crate::token::TokenKind as T;

/// What shows that a name in a pattern is more than a capture.
const GOES_ON: [T; 3] = [T::Dot, T::LPar, T::Equal];

impl Peg<'_> {
    pub(super) fn match_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.word("match")?;
                p.subject_expr()?;
                p.t(T::Colon)?;
                p.t(T::Newline)?;
                p.t(T::Indent)?;
                p.many1(Self::case_block)?;
                p.t(T::Dedent)
            }
            { p.invalid(Self::invalid_match_stmt) }
        )
    }

    fn invalid_match_stmt(&mut self) -> Parse {
        choice!(self, p:
            {
                p.word("match")?;
                p.subject_expr()?;
                p.newline_for_colon()
            }
            {
                let token = p.word("match")?;
                p.subject_expr()?;
                p.colon_no_indent()?;
                p.raise_no_block("'match' statement", token)
            }
        )
    }

    fn subject_expr(&mut self) -> Parse {
        choice!(self, p:
            {
                p.star_named_expression()?;
                p.t(T::Comma)?;
                p.opt(Self::star_named_expressions)?;
                p.matched()
            }
            { p.named_expression() }
        )
    }

    /// `case`, its patterns and guard; the token of the keyword.
    fn case_head(&mut self) -> Parse<usize> {
        let token = self.word("case")?;
        self.patterns()?;
        self.opt(|p| {
            p.t(T::If)?;
            p.named_expression()
        })?;
        Ok(token)
    }

    fn case_block(&mut self) -> Parse {
        choice!(self, p:
            { p.invalid(Self::invalid_case_block) }
            {
                p.case_head()?;
                p.t(T::Colon)?;
                p.block()
            }
        )
    }

    fn invalid_case_block(&mut self) -> Parse {
        choice!(self, p:
            {
                p.case_head()?;
                p.newline_for_colon()
            }
            {
                let token = p.case_head()?;
                p.colon_no_indent()?;
                p.raise_no_block("'case' statement", token)
            }
        )
    }

    fn patterns(&mut self) -> Parse {
        choice!(self, p:
            { p.open_sequence_pattern() }
            { p.pattern() }
        )
    }

    fn pattern(&mut self) -> Parse {
        choice!(self, p:
            { p.as_pattern() }
            { p.or_pattern() }
        )
    }

    fn as_pattern(&mut self) -> Parse {
        choice!(self, p:
            {
                let start = p.mark;
                p.or_pattern()?;
                p.t(T::As)?;
                p.pattern_capture_target()?;
                p.node(Kind::Other, start)
            }
            { p.invalid(Self::invalid_as_pattern) }
        )
    }

    fn invalid_as_pattern(&mut self) -> Parse {
        choice!(self, p:
            {
                p.or_pattern()?;
                p.t(T::As)?;
                let wildcard = p.word("_")?;
                p.raise(p.token_span(wildcard), "cannot use '_' as a target")
            }
            {
                p.or_pattern()?;
                p.t(T::As)?;
                let target = p.expression()?;
                let message = format!("cannot use {} as pattern target", p.describe(target));
                p.raise(p.span(target), message)
            }
        )
    }

    fn or_pattern(&mut self) -> Parse {
        let start = self.mark;
        self.separated(T::VBar, Self::closed_pattern)?;
        self.node(Kind::Other, start)
    }

    fn closed_pattern(&mut self) -> Parse {
        self.memo(Rule::ClosedPattern, |p| {
            choice!(p, p:
                { p.literal_pattern() }
                { p.pattern_capture_target() }
                { p.word("_") }
                {
                    p.attr()?;
                    p.not_ahead(&GOES_ON)?;
                    p.matched()
                }
                {
                    p.t(T::LPar)?;
                    p.pattern()?;
                    p.t(T::RPar)
                }
                { p.sequence_pattern() }
                { p.mapping_pattern() }
                { p.class_pattern() }
            )
        })
    }

    fn literal_pattern(&mut self) -> Parse {
        choice!(self, p:
            { p.signed_number() }
            { p.complex_number() }
            { p.strings() }
            { p.any(&[T::None, T::True, T::False]) }
        )
    }

    fn signed_number(&mut self) -> Parse {
        self.opt(|p| p.t(T::Minus))?;
        self.number()?;
        self.not_ahead(&[T::Plus, T::Minus])?;
        self.matched()
    }

    fn complex_number(&mut self) -> Parse {
        self.opt(|p| p.t(T::Minus))?;
        self.part_of_complex(false, "real number required in complex literal")?;
        self.any(&[T::Plus, T::Minus])?;
        self.part_of_complex(true, "imaginary number required in complex literal")
    }

    fn part_of_complex(&mut self, imaginary: bool, message: &str) -> Parse {
        let token = self.mark;
        let number = self.number()?;
        if self.token_text(token).ends_with(['j', 'J']) != imaginary {
            return self.raise(self.span(number), message);
        }
        Ok(number)
    }

    fn pattern_capture_target(&mut self) -> Parse {
        let name = self.name()?;
        if self.name_text(name) == "_" {
            return Err(Fail::No);
        }
        self.not_ahead(&GOES_ON)?;
        Ok(name)
    }

    fn attr(&mut self) -> Parse {
        self.grow(Rule::Attr, |p| {
            let start = p.mark;
            p.name_or_attr()?;
            p.t(T::Dot)?;
            p.name()?;
            p.node(Kind::Attribute, start)
        })
    }

    /// Left-recursive together with `attr`, which remembers for both.
    fn name_or_attr(&mut self) -> Parse {
        choice!(self, p:
            { p.attr() }
            { p.name() }
        )
    }

    fn sequence_pattern(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::LSqb)?;
                p.opt(Self::maybe_sequence_pattern)?;
                p.t(T::RSqb)
            }
            {
                p.t(T::LPar)?;
                p.opt(Self::open_sequence_pattern)?;
                p.t(T::RPar)
            }
        )
    }

    fn open_sequence_pattern(&mut self) -> Parse {
        self.maybe_star_pattern()?;
        self.t(T::Comma)?;
        self.opt(Self::maybe_sequence_pattern)?;
        self.matched()
    }

    fn maybe_sequence_pattern(&mut self) -> Parse {
        self.commas(Self::maybe_star_pattern)?;
        self.opt_comma()?;
        self.matched()
    }

    fn maybe_star_pattern(&mut self) -> Parse {
        choice!(self, p:
            { p.star_pattern() }
            { p.pattern() }
        )
    }

    fn star_pattern(&mut self) -> Parse {
        self.memo(Rule::StarPattern, |p| {
            choice!(p, p:
                {
                    p.t(T::Star)?;
                    p.pattern_capture_target()
                }
                {
                    p.t(T::Star)?;
                    p.word("_")
                }
            )
        })
    }

    fn mapping_pattern(&mut self) -> Parse {
        choice!(self, p:
            {
                p.t(T::LBrace)?;
                p.t(T::RBrace)
            }
            {
                p.t(T::LBrace)?;
                p.double_star_pattern()?;
                p.opt_comma()?;
                p.t(T::RBrace)
            }
            {
                p.t(T::LBrace)?;
                p.commas(Self::key_value_pattern)?;
                p.t(T::Comma)?;
                p.double_star_pattern()?;
                p.opt_comma()?;
                p.t(T::RBrace)
            }
            {
                p.t(T::LBrace)?;
                p.commas(Self::key_value_pattern)?;
                p.opt_comma()?;
                p.t(T::RBrace)
            }
        )
    }

    fn key_value_pattern(&mut self) -> Parse {
        self.either(Self::literal_expr, Self::attr)?;
        self.t(T::Colon)?;
        self.pattern()
    }

    fn literal_expr(&mut self) -> Parse {
        choice!(self, p:
            { p.signed_number() }
            { p.complex_number() }
            {
                p.ahead(&[T::String, T::FStringStart, T::TStringStart])?;
                p.strings()
            }
            { p.any(&[T::None, T::True, T::False]) }
        )
    }

    fn double_star_pattern(&mut self) -> Parse {
        self.t(T::DoubleStar)?;
        self.pattern_capture_target()
    }

    fn class_pattern(&mut self) -> Parse {
        choice!(self, p:
            {
                p.name_or_attr()?;
                p.t(T::LPar)?;
                p.t(T::RPar)
            }
            {
                p.name_or_attr()?;
                p.t(T::LPar)?;
                p.commas(Self::pattern)?;
                p.opt_comma()?;
                p.t(T::RPar)
            }
            {
                p.name_or_attr()?;
                p.t(T::LPar)?;
                p.commas(Self::keyword_pattern)?;
                p.opt_comma()?;
                p.t(T::RPar)
            }
            {
                p.name_or_attr()?;
                p.t(T::LPar)?;
                p.commas(Self::pattern)?;
                p.t(T::Comma)?;
                p.commas(Self::keyword_pattern)?;
                p.opt_comma()?;
                p.t(T::RPar)
            }
            { p.invalid(Self::invalid_class_pattern) }
        )
    }

    fn keyword_pattern(&mut self) -> Parse {
        self.name()?;
        self.t(T::Equal)?;
        self.pattern()
    }

    fn invalid_class_pattern(&mut self) -> Parse {
        self.name_or_attr()?;
        self.t(T::LPar)?;
        self.opt(|p| {
            p.commas(Self::pattern)?;
            p.t(T::Comma)
        })?;
        self.commas(Self::keyword_pattern)?;
        self.t(T::Comma)?;
        let late: Vec<(Id, usize, usize)> = self.commas(|p| {
            let start = p.mark;
            let pattern = p.pattern()?;
            Ok((pattern, start, p.mark - 1))
        })?;
        let (from, to) = (self.token_span(late[0].1), self.token_span(late[late.len() - 1].2));
        self.raise_range(from, to, "positional patterns follow keyword patterns")
    }
}
