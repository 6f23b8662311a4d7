//! The module `sys`. CPython: `Python/sysmodule.c`.
//!
//! - `attributes`: constants, paths, flags, version
//! - `functions`: what acts on the interpreter and on threads
//! - `hooks`: excepthook, displayhook, unraisablehook, breakpointhook, audit
//! - `sizes`: getsizeof, getrefcount, intern

pub mod attributes;
pub mod functions;
pub mod hooks;
pub mod sizes;

use krait_object::MethodDef;
use krait_object::module::ModuleDef;

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"sys")
    .doc(c"This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.")
    .methods(&[
        functions::exc_info::DEF,
        functions::exception::DEF,
        functions::exit::DEF,
        functions::getdefaultencoding::DEF,
        functions::getfilesystemencoding::DEF,
        functions::getfilesystemencodeerrors::DEF,
        functions::getrecursionlimit::DEF,
        functions::setrecursionlimit::DEF,
        functions::getswitchinterval::DEF,
        functions::setswitchinterval::DEF,
        functions::getframe::DEF,
        functions::getframemodulename::DEF,
        functions::get_int_max_str_digits::DEF,
        functions::set_int_max_str_digits::DEF,
        functions::is_finalizing::DEF,
        functions::is_stack_trampoline_active::DEF,
        functions::getallocatedblocks::DEF,
        functions::set_asyncgen_hooks::DEF,
        functions::get_asyncgen_hooks::DEF,
        functions::get_coroutine_origin_tracking_depth::DEF,
        functions::set_coroutine_origin_tracking_depth::DEF,
        functions::is_gil_enabled::DEF,
        hooks::excepthook::DEF,
        hooks::displayhook::DEF,
        hooks::unraisablehook::DEF,
        hooks::breakpointhook::DEF,
        hooks::audit::DEF,
        hooks::addaudithook::DEF,
        sizes::getrefcount::DEF,
        sizes::getsizeof::DEF,
        sizes::intern::DEF,
        sizes::is_interned::DEF,
        sizes::is_immortal::DEF,
        MethodDef::SENTINEL,
    ]);
