//! `import` and `from … import`.

use krait_ast::{Alias, Name};
use krait_bytecode::opcode::operand::Intrinsic1;
use krait_bytecode::{Const, Opcode};

use super::Codegen;
use crate::error::Result;
use crate::instruction_sequence::{Location, NO_LOCATION};

impl Codegen<'_, '_> {
    pub(super) fn import(&mut self, names: &[Alias], loc: Location) -> Result {
        for alias in names {
            self.load_const(Const::int(0), loc);
            self.load_none(loc);
            self.op_mangled(Opcode::IMPORT_NAME, &alias.name, 0, 0, loc);
            match (&alias.asname, alias.name.split_once('.')) {
                (Some(asname), _) => self.import_as(&alias.name, asname, loc)?,
                (None, Some((head, _))) => self.store_name(&Name::from(head), loc)?,
                (None, None) => self.store_name(&alias.name, loc)?,
            }
        }
        Ok(())
    }

    /// Binds the last part of a dotted name; the first is on the stack.
    fn import_as(&mut self, name: &Name, asname: &Name, loc: Location) -> Result {
        let mut parts = name.split('.').skip(1).peekable();
        if parts.peek().is_none() {
            return self.store_name(asname, loc);
        }
        while let Some(part) = parts.next() {
            self.op_name(Opcode::IMPORT_FROM, &Name::from(part), loc);
            if parts.peek().is_some() {
                self.op_arg(Opcode::SWAP, 2, loc);
                self.op(Opcode::POP_TOP, loc);
            }
        }
        self.store_name(asname, loc)?;
        self.op(Opcode::POP_TOP, loc);
        Ok(())
    }

    pub(super) fn import_from(
        &mut self,
        module: Option<&Name>,
        names: &[Alias],
        level: u32,
        loc: Location,
    ) -> Result {
        self.load_const(Const::int(i64::from(level)), loc);
        let wanted = self.name_tuple(names.iter().map(|alias| &alias.name));
        let late = (loc.lineno, loc.col) > self.last_future;
        if late && level == 0 && module.is_some_and(|m| *m == "__future__") {
            return self.error("from __future__ imports must occur at the beginning of the file", loc);
        }
        self.load_const(wanted, loc);
        let empty = Name::from("");
        self.op_mangled(Opcode::IMPORT_NAME, module.unwrap_or(&empty), 0, 0, loc);
        for (i, alias) in names.iter().enumerate() {
            if i == 0 && alias.name.starts_with('*') {
                self.op_arg(Opcode::CALL_INTRINSIC_1, Intrinsic1::ImportStar as u32, loc);
                self.op(Opcode::POP_TOP, NO_LOCATION);
                return Ok(());
            }
            self.op_mangled(Opcode::IMPORT_FROM, &alias.name, 0, 0, loc);
            self.store_name(alias.asname.as_ref().unwrap_or(&alias.name), loc)?;
        }
        self.op(Opcode::POP_TOP, loc);
        Ok(())
    }
}
