//! `import` and `from … import`.

use super::{Parsed, Parser};
use crate::token::TokenKind;
use krait_ast::{Alias, Name, StmtKind};

impl Parser<'_> {
    pub(super) fn import_name(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let mut names = Vec::with_capacity(1);
        loop {
            let start = self.pos;
            let name = self.dotted_name()?;
            names.push(self.alias(name, start)?);
            if !self.eat(TokenKind::Comma) {
                return Ok(StmtKind::Import { names });
            }
        }
    }

    pub(super) fn import_from(&mut self) -> Parsed<StmtKind> {
        self.pos += 1;
        let mut level = 0;
        loop {
            if self.eat(TokenKind::Dot) {
                level += 1;
            } else if self.eat(TokenKind::Ellipsis) {
                level += 3;
            } else {
                break;
            }
        }
        let bare = level > 0 && self.kind() == TokenKind::Import;
        let module = if bare { None } else { Some(self.dotted_name()?) };
        self.expect(TokenKind::Import)?;
        let names = self.import_targets()?;
        if level == 0 && module.as_ref().is_some_and(|name| *name == "__future__") {
            self.flags.barry_as_flufl |= names.iter().any(|alias| alias.name == "barry_as_FLUFL");
        }
        Ok(StmtKind::ImportFrom { module, names, level })
    }

    fn import_targets(&mut self) -> Parsed<Vec<Alias>> {
        let start = self.pos;
        if self.eat(TokenKind::Star) {
            let name = self.intern("*");
            return Ok(vec![Alias { name, asname: None, range: self.range(start) }]);
        }
        let parens = self.eat(TokenKind::LPar);
        let mut names = Vec::with_capacity(1);
        loop {
            let start = self.pos;
            let name = self.name()?;
            names.push(self.alias(name, start)?);
            if !self.eat(TokenKind::Comma) || parens && self.kind() == TokenKind::RPar {
                break;
            }
        }
        if parens {
            self.expect(TokenKind::RPar)?;
        }
        Ok(names)
    }

    fn alias(&mut self, name: Name, start: usize) -> Parsed<Alias> {
        let asname = if self.eat(TokenKind::As) { Some(self.name()?) } else { None };
        Ok(Alias { name, asname, range: self.range(start) })
    }

    fn dotted_name(&mut self) -> Parsed<Name> {
        let first = self.name()?;
        if self.kind() != TokenKind::Dot {
            return Ok(first);
        }
        let mut joined = first.to_string();
        while self.eat(TokenKind::Dot) {
            joined.push('.');
            joined.push_str(&self.name()?);
        }
        Ok(self.names.intern(&joined))
    }
}
