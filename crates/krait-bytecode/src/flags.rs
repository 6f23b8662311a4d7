//! Flags of code objects (`CO_*`) and kinds of their local variables (`CO_FAST_*`).

pub const CO_OPTIMIZED: u32 = 0x0001;
pub const CO_NEWLOCALS: u32 = 0x0002;
pub const CO_VARARGS: u32 = 0x0004;
pub const CO_VARKEYWORDS: u32 = 0x0008;
pub const CO_NESTED: u32 = 0x0010;
pub const CO_GENERATOR: u32 = 0x0020;
pub const CO_COROUTINE: u32 = 0x0080;
pub const CO_ITERABLE_COROUTINE: u32 = 0x0100;
pub const CO_ASYNC_GENERATOR: u32 = 0x0200;
pub const CO_FUTURE_DIVISION: u32 = 0x2_0000;
pub const CO_FUTURE_ABSOLUTE_IMPORT: u32 = 0x4_0000;
pub const CO_FUTURE_WITH_STATEMENT: u32 = 0x8_0000;
pub const CO_FUTURE_PRINT_FUNCTION: u32 = 0x10_0000;
pub const CO_FUTURE_UNICODE_LITERALS: u32 = 0x20_0000;
pub const CO_FUTURE_BARRY_AS_BDFL: u32 = 0x40_0000;
pub const CO_FUTURE_GENERATOR_STOP: u32 = 0x80_0000;
pub const CO_FUTURE_ANNOTATIONS: u32 = 0x100_0000;
pub const CO_NO_MONITORING_EVENTS: u32 = 0x200_0000;
pub const CO_HAS_DOCSTRING: u32 = 0x400_0000;
pub const CO_METHOD: u32 = 0x800_0000;

/// Bits of an entry of `co_localspluskinds`.
pub const CO_FAST_ARG_POS: u8 = 0x02;
pub const CO_FAST_ARG_KW: u8 = 0x04;
pub const CO_FAST_ARG_VAR: u8 = 0x08;
pub const CO_FAST_HIDDEN: u8 = 0x10;
pub const CO_FAST_LOCAL: u8 = 0x20;
pub const CO_FAST_CELL: u8 = 0x40;
pub const CO_FAST_FREE: u8 = 0x80;
