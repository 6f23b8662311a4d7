//! Targets of assignments, loops and `del`.

use super::node::Kind;
use super::peg::{Fail, Parse, Peg, Rule, choice};
use crate::token::TokenKind as T;

/// What shows that a primary goes on.
const GOES_ON: [T; 3] = [T::LPar, T::LSqb, T::Dot];

impl Peg<'_> {
    pub(super) fn star_targets(&mut self) -> Parse {
        choice!(self, p:
            {
                let target = p.star_target()?;
                p.not_ahead(&[T::Comma])?;
                Ok(target)
            }
            {
                let start = p.mark;
                p.commas(Self::star_target)?;
                p.opt_comma()?;
                p.node(Kind::Tuple, start)
            }
        )
    }

    pub(super) fn star_target(&mut self) -> Parse {
        self.memo(Rule::StarTarget, |p| {
            choice!(p, p:
                {
                    let start = p.t(T::Star)?;
                    p.not_ahead(&[T::Star])?;
                    p.star_target()?;
                    p.node(Kind::Starred, start)
                }
                { p.target_with_star_atom() }
            )
        })
    }

    fn target_with_star_atom(&mut self) -> Parse {
        self.memo(Rule::TargetWithStarAtom, |p| {
            choice!(p, p:
                { p.attribute_target() }
                { p.subscript_target() }
                { p.star_atom() }
            )
        })
    }

    fn attribute_target(&mut self) -> Parse {
        let start = self.mark;
        self.t_primary()?;
        self.t(T::Dot)?;
        self.name()?;
        self.not_ahead(&GOES_ON)?;
        self.node(Kind::Attribute, start)
    }

    fn subscript_target(&mut self) -> Parse {
        let start = self.mark;
        self.t_primary()?;
        self.subscript()?;
        self.not_ahead(&GOES_ON)?;
        self.node(Kind::Subscript, start)
    }

    fn star_atom(&mut self) -> Parse {
        choice!(self, p:
            { p.name() }
            {
                p.t(T::LPar)?;
                let target = p.target_with_star_atom()?;
                p.t(T::RPar)?;
                Ok(target)
            }
            {
                let start = p.t(T::LPar)?;
                p.opt(|p| {
                    let targets = p.commas(Self::star_target)?;
                    let trailing = p.opt(|p| p.t(T::Comma))?;
                    if targets.len() == 1 && trailing.is_none() { Err(Fail::No) } else { Ok(()) }
                })?;
                p.t(T::RPar)?;
                p.node(Kind::Tuple, start)
            }
            {
                let start = p.t(T::LSqb)?;
                p.opt(|p| {
                    p.commas(Self::star_target)?;
                    p.opt_comma()
                })?;
                p.t(T::RSqb)?;
                p.node(Kind::List, start)
            }
        )
    }

    pub(super) fn single_target(&mut self) -> Parse {
        choice!(self, p:
            { p.single_subscript_attribute_target() }
            { p.name() }
            {
                p.t(T::LPar)?;
                let target = p.single_target()?;
                p.t(T::RPar)?;
                Ok(target)
            }
        )
    }

    pub(super) fn single_subscript_attribute_target(&mut self) -> Parse {
        choice!(self, p:
            { p.attribute_target() }
            { p.subscript_target() }
        )
    }

    fn t_primary(&mut self) -> Parse {
        self.grow(Rule::TPrimary, |p| {
            choice!(p, p:
                {
                    let start = p.mark;
                    p.t_primary()?;
                    p.t(T::Dot)?;
                    p.name()?;
                    p.ahead(&GOES_ON)?;
                    p.node(Kind::Attribute, start)
                }
                {
                    let start = p.mark;
                    p.t_primary()?;
                    p.subscript()?;
                    p.ahead(&GOES_ON)?;
                    p.node(Kind::Subscript, start)
                }
                {
                    let start = p.mark;
                    p.t_primary()?;
                    p.genexp()?;
                    p.ahead(&GOES_ON)?;
                    p.node(Kind::Call, start)
                }
                {
                    let start = p.mark;
                    p.t_primary()?;
                    p.call_arguments()?;
                    p.ahead(&GOES_ON)?;
                    p.node(Kind::Call, start)
                }
                {
                    let atom = p.atom()?;
                    p.ahead(&GOES_ON)?;
                    Ok(atom)
                }
            )
        })
    }

    pub(super) fn del_targets(&mut self) -> Parse {
        self.commas(Self::del_target)?;
        self.opt_comma()?;
        self.matched()
    }

    fn del_target(&mut self) -> Parse {
        self.memo(Rule::DelTarget, |p| {
            choice!(p, p:
                { p.attribute_target() }
                { p.subscript_target() }
                { p.del_t_atom() }
            )
        })
    }

    fn del_t_atom(&mut self) -> Parse {
        choice!(self, p:
            { p.name() }
            {
                p.t(T::LPar)?;
                p.del_target()?;
                p.t(T::RPar)
            }
            {
                p.t(T::LPar)?;
                p.opt(Self::del_targets)?;
                p.t(T::RPar)
            }
            {
                p.t(T::LSqb)?;
                p.opt(Self::del_targets)?;
                p.t(T::RSqb)
            }
        )
    }
}
