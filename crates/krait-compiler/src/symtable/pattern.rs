//! Names that patterns bind.

use krait_ast::{ExprContext, Name, Pattern, PatternKind};

use super::build::Builder;
use super::flag;
use crate::depth::with_stack;
use crate::error::Result;

impl Builder {
    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Result {
        self.depth.enter()?;
        let result = with_stack(|| self.pattern_inner(pattern));
        self.depth.leave();
        result
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Result {
        patterns.iter().try_for_each(|pattern| self.pattern(pattern))
    }

    fn capture(&mut self, name: Option<&Name>, pattern: &Pattern) -> Result {
        name.map_or(Ok(()), |name| self.add_def(name, flag::DEF_LOCAL, pattern.range))
    }

    fn pattern_inner(&mut self, pattern: &Pattern) -> Result {
        match &pattern.node {
            PatternKind::MatchValue { value } => self.expr(value),
            PatternKind::MatchSingleton { .. } => Ok(()),
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                self.patterns(patterns)
            }
            PatternKind::MatchStar { name } => self.capture(name.as_ref(), pattern),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                self.patterns(patterns)?;
                self.capture(rest.as_ref(), pattern)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                self.patterns(patterns)?;
                for (name, value) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.check_name(name, value.range, ExprContext::Store)?;
                }
                self.patterns(kwd_patterns)
            }
            PatternKind::MatchAs { pattern: inner, name } => {
                if let Some(inner) = inner {
                    self.pattern(inner)?;
                }
                self.capture(name.as_ref(), pattern)
            }
        }
    }
}
