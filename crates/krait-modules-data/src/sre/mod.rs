//! `_sre`: the engine under `re`. CPython: `Modules/_sre/`.
//!
//! Instances of the types are made only here, never by their types.

mod charset;
mod engine;
mod match_object;
mod opcode;
mod pattern;
mod scanner;
mod subject;
mod substitute;
mod template;

use krait_macros::pyfn;
use krait_object::defs::MethodDef;
use krait_object::errors::overflow_error;
use krait_object::module::{Module, ModuleDef};
use krait_object::typeobj::ready::ready;
use krait_object::{Dict, List, Object, Ref, Result, Tuple};
use pattern::Pattern;

static METHODS: &[MethodDef] = &[
    compile::DEF,
    template_::DEF,
    getcodesize::DEF,
    ascii_iscased::DEF,
    unicode_iscased::DEF,
    ascii_tolower::DEF,
    unicode_tolower::DEF,
    MethodDef::SENTINEL,
];

/// The module `_sre`.
pub static MODULE: ModuleDef = ModuleDef::new(c"_sre").methods(METHODS).exec(exec);

fn exec(module: &Module) -> Result<()> {
    for ty in
        [&pattern::PATTERN_TYPE, &match_object::MATCH_TYPE, &scanner::SCANNER_TYPE, &template::TEMPLATE_TYPE]
    {
        ready(ty)?;
    }
    module.add_int("MAGIC", opcode::MAGIC)?;
    module.add_int("CODESIZE", 4)?;
    module.add_int("MAXREPEAT", opcode::MAXREPEAT.into())?;
    module.add_int("MAXGROUPS", opcode::MAXGROUPS)?;
    module.add_str("copyright", " SRE 2.2.2 Copyright (c) 1997-2002 by Secret Labs AB ")
}

#[pyfn("compile(pattern, flags, code, groups, groupindex, indexgroup)")]
fn compile(
    pattern: &Object,
    flags: i32,
    code: &List,
    groups: isize,
    groupindex: &Dict,
    indexgroup: &Tuple,
) -> Result<Ref<Pattern>> {
    let mut words = Vec::with_capacity(code.len());
    for item in code.to_vec() {
        let value = item.index()?;
        match value.to_u64().and_then(|v| u32::try_from(v).ok()) {
            Some(word) => words.push(word),
            None => return Err(overflow_error("regular expression code size limit exceeded")),
        }
    }
    Pattern::new(pattern, flags, words.into(), groups, groupindex, indexgroup)
}

#[pyfn("template(pattern, template, /)")]
fn template_(pattern: &Object, template: &List) -> Result {
    template::new(pattern, template)
}

#[pyfn("getcodesize()")]
fn getcodesize() -> i32 {
    4
}

#[pyfn("ascii_iscased(character, /)")]
fn ascii_iscased(character: i32) -> bool {
    u8::try_from(character).is_ok_and(|c| c.is_ascii_alphabetic())
}

#[pyfn("unicode_iscased(character, /)")]
fn unicode_iscased(character: i32) -> bool {
    let c = character as u32;
    charset::lower_unicode(c) != c || charset::upper_unicode(c) != c
}

#[pyfn("ascii_tolower(character, /)")]
fn ascii_tolower(character: i32) -> i32 {
    charset::lower_ascii(character as u32) as i32
}

#[pyfn("unicode_tolower(character, /)")]
fn unicode_tolower(character: i32) -> i32 {
    charset::lower_unicode(character as u32) as i32
}
