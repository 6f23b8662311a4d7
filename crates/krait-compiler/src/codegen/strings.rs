//! f-strings and t-strings.

use krait_ast::{Constant, Expr, ExprKind, Name};
use krait_bytecode::opcode::operand::Conversion;
use krait_bytecode::{Const, Opcode};

use super::{Codegen, STACK_USE_GUIDELINE};
use crate::error::{CompileError, Result};
use crate::instruction_sequence::Location;

/// The conversion that a character stands for; -1 is none.
fn conversion_number(conversion: i32) -> Result<Option<u32>> {
    let found = match u8::try_from(conversion) {
        Ok(b's') => Conversion::Str,
        Ok(b'r') => Conversion::Repr,
        Ok(b'a') => Conversion::Ascii,
        _ if conversion == -1 => return Ok(None),
        _ => {
            return Err(CompileError::system(format!("Unrecognized conversion character {conversion}")));
        }
    };
    Ok(Some(found as u32))
}

impl<'a> Codegen<'a, '_> {
    pub(super) fn joined_str(&mut self, values: &'a [Expr], loc: Location) -> Result {
        if values.len() > STACK_USE_GUIDELINE {
            self.load_str(&Name::from(""), loc);
            self.op_name_shifted(Opcode::LOAD_ATTR, &Name::from("join"), 1, 1, loc);
            self.op_arg(Opcode::BUILD_LIST, 0, loc);
            for value in values {
                self.expr(value)?;
                self.op_arg(Opcode::LIST_APPEND, 1, loc);
            }
            self.op_arg(Opcode::CALL, 1, loc);
            return Ok(());
        }
        self.exprs(values)?;
        match values.len() {
            0 => self.load_str(&Name::from(""), loc),
            1 => {}
            count => self.op_arg(Opcode::BUILD_STRING, count as u32, loc),
        }
        Ok(())
    }

    pub(super) fn formatted_value(
        &mut self,
        value: &'a Expr,
        conversion: i32,
        format_spec: Option<&'a Expr>,
        loc: Location,
    ) -> Result {
        self.expr(value)?;
        if let Some(number) = conversion_number(conversion)? {
            self.op_arg(Opcode::CONVERT_VALUE, number, loc);
        }
        match format_spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(Opcode::FORMAT_WITH_SPEC, loc);
            }
            None => self.op(Opcode::FORMAT_SIMPLE, loc),
        }
        Ok(())
    }

    /// The strings and the interpolations of a template alternate, with a string at both ends.
    pub(super) fn template_str(&mut self, values: &'a [Expr], loc: Location) -> Result {
        let is_interpolation = |value: &Expr| matches!(value.node, ExprKind::Interpolation { .. });
        let mut string_wanted = true;
        let mut strings = 0;
        for value in values {
            if !is_interpolation(value) {
                self.expr(value)?;
                strings += 1;
                string_wanted = false;
            } else {
                if string_wanted {
                    self.load_const(Const::str(""), loc);
                    strings += 1;
                }
                string_wanted = true;
            }
        }
        if string_wanted {
            self.load_const(Const::str(""), loc);
            strings += 1;
        }
        self.op_arg(Opcode::BUILD_TUPLE, strings, loc);
        let mut interpolations = 0;
        for value in values.iter().filter(|value| is_interpolation(value)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.op_arg(Opcode::BUILD_TUPLE, interpolations, loc);
        self.op(Opcode::BUILD_TEMPLATE, loc);
        Ok(())
    }

    pub(super) fn interpolation(
        &mut self,
        value: &'a Expr,
        text: &Constant,
        conversion: i32,
        format_spec: Option<&'a Expr>,
        loc: Location,
    ) -> Result {
        self.expr(value)?;
        self.load_constant(text, loc);
        let mut arg = 2;
        if let Some(spec) = format_spec {
            arg += 1;
            self.expr(spec)?;
        }
        if let Some(number) = conversion_number(conversion)? {
            arg |= number << 2;
        }
        self.op_arg(Opcode::BUILD_INTERPOLATION, arg, loc);
        Ok(())
    }
}
