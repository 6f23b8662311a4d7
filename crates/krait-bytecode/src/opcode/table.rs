//! The rows of the opcode table, and the types made from them.

use super::{Flags, Info, Kind};

macro_rules! kind {
    (base) => {
        Kind::Base
    };
    (specialized) => {
        Kind::Specialized
    };
    (instrumented) => {
        Kind::Instrumented
    };
    (pseudo) => {
        Kind::Pseudo
    };
}

macro_rules! base {
    ($name:ident _) => {
        Opcode::$name
    };
    ($name:ident $base:ident) => {
        Opcode::$base
    };
}

macro_rules! raw_opcode {
    (pseudo $name:ident $number:literal) => {};
    ($kind:ident $name:ident $number:literal) => {
        pub const $name: u8 = $number;
    };
}

macro_rules! opcodes {
    ($arg:ident => $($name:ident = $number:literal, $kind:ident($base:tt), cache $cache:literal,
        pops $pops:expr, pushes $pushes:expr, [$($flag:ident)*];)*) => {
        /// An instruction of the 3.14 virtual machine, or a pseudo instruction of its compiler.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "CPython's names, so that both can be searched")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Opcode { $($name = $number),* }

        /// The code bytes of the real opcodes, for code that matches on bytes.
        pub mod raw { $(raw_opcode!{$kind $name $number})* }

        pub(super) static BY_NUMBER: [Option<Opcode>; 267] = {
            let mut table = [None; 267];
            $(table[$number] = Some(Opcode::$name);)*
            table
        };

        pub(super) static INFO: [Option<Info>; 267] = {
            let mut table = [None; 267];
            $(table[$number] = Some(Info {
                name: stringify!($name),
                kind: kind!($kind),
                flags: Flags(0 $(| Flags::$flag.0)*),
                caches: $cache,
                base: base!($name $base),
            });)*
            table
        };

        impl Opcode {
            /// How many values the instruction takes off the stack (for a specialised form, as its base form would
            /// unless it pushes a frame); `None` when the count would not fit.
            pub fn popped(self, arg: u32) -> Option<u32> {
                let $arg = u64::from(arg);
                let _ = $arg;
                let count: u64 = match self { $(Opcode::$name => $pops,)* };
                u32::try_from(count).ok().filter(|n| *n <= i32::MAX as u32)
            }

            /// How many values the instruction puts on the stack.
            pub fn pushed(self, arg: u32) -> Option<u32> {
                let $arg = u64::from(arg);
                let _ = $arg;
                let count: u64 = match self { $(Opcode::$name => $pushes,)* };
                u32::try_from(count).ok().filter(|n| *n <= i32::MAX as u32)
            }
        }
    };
}

opcodes! { a =>
    CACHE = 0, base(_), cache 0, pops 0, pushes 0, [];
    BINARY_SLICE = 1, base(_), cache 0, pops 3, pushes 1, [ERROR ESCAPES];
    BUILD_TEMPLATE = 2, base(_), cache 0, pops 2, pushes 1, [ERROR ESCAPES];

    BINARY_OP_INPLACE_ADD_UNICODE = 3, specialized(BINARY_OP), cache 5, pops 2, pushes 0, [LOCAL DEOPT EXIT ERROR ESCAPES];

    CALL_FUNCTION_EX = 4, base(_), cache 0, pops 4, pushes 1, [EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];
    CHECK_EG_MATCH = 5, base(_), cache 0, pops 2, pushes 2, [ERROR ESCAPES];
    CHECK_EXC_MATCH = 6, base(_), cache 0, pops 2, pushes 2, [ERROR ERROR_NO_POP ESCAPES];
    CLEANUP_THROW = 7, base(_), cache 0, pops 3, pushes 2, [ERROR ERROR_NO_POP ESCAPES];
    DELETE_SUBSCR = 8, base(_), cache 0, pops 2, pushes 0, [ERROR ESCAPES];
    END_FOR = 9, base(_), cache 0, pops 1, pushes 0, [ESCAPES NO_SAVE_IP];
    END_SEND = 10, base(_), cache 0, pops 2, pushes 1, [ESCAPES PURE];
    EXIT_INIT_CHECK = 11, base(_), cache 0, pops 1, pushes 0, [ERROR ERROR_NO_POP ESCAPES];
    FORMAT_SIMPLE = 12, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    FORMAT_WITH_SPEC = 13, base(_), cache 0, pops 2, pushes 1, [ERROR ESCAPES];
    GET_AITER = 14, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    GET_ANEXT = 15, base(_), cache 0, pops 1, pushes 2, [ERROR ERROR_NO_POP ESCAPES];
    GET_ITER = 16, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    RESERVED = 17, base(_), cache 0, pops 0, pushes 0, [];
    GET_LEN = 18, base(_), cache 0, pops 1, pushes 2, [ERROR ESCAPES];
    GET_YIELD_FROM_ITER = 19, base(_), cache 0, pops 1, pushes 1, [ERROR ERROR_NO_POP ESCAPES];
    INTERPRETER_EXIT = 20, base(_), cache 0, pops 1, pushes 0, [ESCAPES];
    LOAD_BUILD_CLASS = 21, base(_), cache 0, pops 0, pushes 1, [ERROR ESCAPES];
    LOAD_LOCALS = 22, base(_), cache 0, pops 0, pushes 1, [ERROR ESCAPES];
    MAKE_FUNCTION = 23, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    MATCH_KEYS = 24, base(_), cache 0, pops 2, pushes 3, [ERROR ESCAPES];
    MATCH_MAPPING = 25, base(_), cache 0, pops 1, pushes 2, [];
    MATCH_SEQUENCE = 26, base(_), cache 0, pops 1, pushes 2, [];
    NOP = 27, base(_), cache 0, pops 0, pushes 0, [PURE];
    NOT_TAKEN = 28, base(_), cache 0, pops 0, pushes 0, [PURE];
    POP_EXCEPT = 29, base(_), cache 0, pops 1, pushes 0, [ESCAPES];
    POP_ITER = 30, base(_), cache 0, pops 1, pushes 0, [ESCAPES PURE];
    POP_TOP = 31, base(_), cache 0, pops 1, pushes 0, [ESCAPES PURE];
    PUSH_EXC_INFO = 32, base(_), cache 0, pops 1, pushes 2, [];
    PUSH_NULL = 33, base(_), cache 0, pops 0, pushes 1, [PURE];
    RETURN_GENERATOR = 34, base(_), cache 0, pops 0, pushes 1, [ERROR ESCAPES];
    RETURN_VALUE = 35, base(_), cache 0, pops 1, pushes 1, [ESCAPES];
    SETUP_ANNOTATIONS = 36, base(_), cache 0, pops 0, pushes 0, [ERROR ESCAPES];
    STORE_SLICE = 37, base(_), cache 0, pops 4, pushes 0, [ERROR ESCAPES];
    STORE_SUBSCR = 38, base(_), cache 1, pops 3, pushes 0, [ERROR ESCAPES];
    TO_BOOL = 39, base(_), cache 3, pops 1, pushes 1, [ERROR ESCAPES];
    UNARY_INVERT = 40, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    UNARY_NEGATIVE = 41, base(_), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    UNARY_NOT = 42, base(_), cache 0, pops 1, pushes 1, [PURE];
    WITH_EXCEPT_START = 43, base(_), cache 0, pops 5, pushes 6, [ERROR ESCAPES];
    BINARY_OP = 44, base(_), cache 5, pops 2, pushes 1, [ARG ERROR ERROR_NO_POP ESCAPES];
    BUILD_INTERPOLATION = 45, base(_), cache 0, pops 2 + (a & 1), pushes 1, [ARG ERROR ESCAPES];
    BUILD_LIST = 46, base(_), cache 0, pops a, pushes 1, [ARG ERROR ERROR_NO_POP ESCAPES];
    BUILD_MAP = 47, base(_), cache 0, pops a * 2, pushes 1, [ARG ERROR ESCAPES];
    BUILD_SET = 48, base(_), cache 0, pops a, pushes 1, [ARG ERROR ESCAPES];
    BUILD_SLICE = 49, base(_), cache 0, pops a, pushes 1, [ARG ERROR];
    BUILD_STRING = 50, base(_), cache 0, pops a, pushes 1, [ARG ERROR];
    BUILD_TUPLE = 51, base(_), cache 0, pops a, pushes 1, [ARG ERROR ERROR_NO_POP];
    CALL = 52, base(_), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];
    CALL_INTRINSIC_1 = 53, base(_), cache 0, pops 1, pushes 1, [ARG ERROR ESCAPES];
    CALL_INTRINSIC_2 = 54, base(_), cache 0, pops 2, pushes 1, [ARG ERROR ESCAPES];
    CALL_KW = 55, base(_), cache 3, pops 3 + a, pushes 1, [ARG ERROR ERROR_NO_POP ESCAPES];
    COMPARE_OP = 56, base(_), cache 1, pops 2, pushes 1, [ARG ERROR ESCAPES];
    CONTAINS_OP = 57, base(_), cache 1, pops 2, pushes 1, [ARG ERROR ESCAPES];
    CONVERT_VALUE = 58, base(_), cache 0, pops 1, pushes 1, [ARG ERROR ESCAPES];
    COPY = 59, base(_), cache 0, pops a, pushes a + 1, [ARG PURE];
    COPY_FREE_VARS = 60, base(_), cache 0, pops 0, pushes 0, [ARG];
    DELETE_ATTR = 61, base(_), cache 0, pops 1, pushes 0, [ARG NAME ERROR ESCAPES];
    DELETE_DEREF = 62, base(_), cache 0, pops 0, pushes 0, [ARG FREE ERROR ERROR_NO_POP ESCAPES];
    DELETE_FAST = 63, base(_), cache 0, pops 0, pushes 0, [ARG LOCAL ERROR ESCAPES];
    DELETE_GLOBAL = 64, base(_), cache 0, pops 0, pushes 0, [ARG NAME ERROR ERROR_NO_POP ESCAPES];
    DELETE_NAME = 65, base(_), cache 0, pops 0, pushes 0, [ARG NAME ERROR ERROR_NO_POP ESCAPES];
    DICT_MERGE = 66, base(_), cache 0, pops a + 4, pushes a + 3, [ARG ERROR ESCAPES];
    DICT_UPDATE = 67, base(_), cache 0, pops a + 1, pushes a, [ARG ERROR ESCAPES];
    END_ASYNC_FOR = 68, base(_), cache 0, pops 2, pushes 0, [ARG JUMP ERROR ERROR_NO_POP ESCAPES];
    EXTENDED_ARG = 69, base(_), cache 0, pops 0, pushes 0, [ARG];
    FOR_ITER = 70, base(_), cache 1, pops 1, pushes 2, [ARG JUMP ERROR ERROR_NO_POP ESCAPES];
    GET_AWAITABLE = 71, base(_), cache 0, pops 1, pushes 1, [ARG ERROR ESCAPES];
    IMPORT_FROM = 72, base(_), cache 0, pops 1, pushes 2, [ARG NAME ERROR ESCAPES];
    IMPORT_NAME = 73, base(_), cache 0, pops 2, pushes 1, [ARG NAME ERROR ESCAPES];
    IS_OP = 74, base(_), cache 0, pops 2, pushes 1, [ARG];
    JUMP_BACKWARD = 75, base(_), cache 1, pops 0, pushes 0, [ARG JUMP EVAL_BREAK ERROR ESCAPES];
    JUMP_BACKWARD_NO_INTERRUPT = 76, base(_), cache 0, pops 0, pushes 0, [ARG JUMP];
    JUMP_FORWARD = 77, base(_), cache 0, pops 0, pushes 0, [ARG JUMP];
    LIST_APPEND = 78, base(_), cache 0, pops a + 1, pushes a, [ARG ERROR];
    LIST_EXTEND = 79, base(_), cache 0, pops a + 1, pushes a, [ARG ERROR ESCAPES];
    LOAD_ATTR = 80, base(_), cache 9, pops 1, pushes 1 + (a & 1), [ARG NAME ERROR ESCAPES];
    LOAD_COMMON_CONSTANT = 81, base(_), cache 0, pops 0, pushes 1, [ARG];
    LOAD_CONST = 82, base(_), cache 0, pops 0, pushes 1, [ARG CONST];
    LOAD_DEREF = 83, base(_), cache 0, pops 0, pushes 1, [ARG LOCAL ERROR ESCAPES];
    LOAD_FAST = 84, base(_), cache 0, pops 0, pushes 1, [ARG LOCAL PURE];
    LOAD_FAST_AND_CLEAR = 85, base(_), cache 0, pops 0, pushes 1, [ARG LOCAL];
    LOAD_FAST_BORROW = 86, base(_), cache 0, pops 0, pushes 1, [ARG LOCAL PURE];
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87, base(_), cache 0, pops 0, pushes 2, [ARG LOCAL];
    LOAD_FAST_CHECK = 88, base(_), cache 0, pops 0, pushes 1, [ARG LOCAL ERROR ESCAPES];
    LOAD_FAST_LOAD_FAST = 89, base(_), cache 0, pops 0, pushes 2, [ARG LOCAL];
    LOAD_FROM_DICT_OR_DEREF = 90, base(_), cache 0, pops 1, pushes 1, [ARG FREE ERROR ERROR_NO_POP ESCAPES];
    LOAD_FROM_DICT_OR_GLOBALS = 91, base(_), cache 0, pops 1, pushes 1, [ARG NAME ERROR ERROR_NO_POP ESCAPES];
    LOAD_GLOBAL = 92, base(_), cache 4, pops 0, pushes 1 + (a & 1), [ARG NAME ERROR ESCAPES];
    LOAD_NAME = 93, base(_), cache 0, pops 0, pushes 1, [ARG NAME ERROR ESCAPES];
    LOAD_SMALL_INT = 94, base(_), cache 0, pops 0, pushes 1, [ARG];
    LOAD_SPECIAL = 95, base(_), cache 0, pops 1, pushes 2, [ARG ERROR ERROR_NO_POP ESCAPES];
    LOAD_SUPER_ATTR = 96, base(_), cache 1, pops 3, pushes 1 + (a & 1), [ARG NAME ERROR ESCAPES];
    MAKE_CELL = 97, base(_), cache 0, pops 0, pushes 0, [ARG FREE ERROR ERROR_NO_POP ESCAPES];
    MAP_ADD = 98, base(_), cache 0, pops a + 2, pushes a, [ARG ERROR ESCAPES];
    MATCH_CLASS = 99, base(_), cache 0, pops 3, pushes 1, [ARG ERROR ESCAPES];
    POP_JUMP_IF_FALSE = 100, base(_), cache 1, pops 1, pushes 0, [ARG JUMP];
    POP_JUMP_IF_NONE = 101, base(_), cache 1, pops 1, pushes 0, [ARG JUMP];
    POP_JUMP_IF_NOT_NONE = 102, base(_), cache 1, pops 1, pushes 0, [ARG JUMP];
    POP_JUMP_IF_TRUE = 103, base(_), cache 1, pops 1, pushes 0, [ARG JUMP];
    RAISE_VARARGS = 104, base(_), cache 0, pops a, pushes 0, [ARG ERROR ERROR_NO_POP ESCAPES];
    RERAISE = 105, base(_), cache 0, pops 1 + a, pushes a, [ARG ERROR ERROR_NO_POP ESCAPES];
    SEND = 106, base(_), cache 1, pops 2, pushes 2, [ARG JUMP ERROR ESCAPES];
    SET_ADD = 107, base(_), cache 0, pops a + 1, pushes a, [ARG ERROR ESCAPES];
    SET_FUNCTION_ATTRIBUTE = 108, base(_), cache 0, pops 2, pushes 1, [ARG ERROR ESCAPES];
    SET_UPDATE = 109, base(_), cache 0, pops a + 1, pushes a, [ARG ERROR ESCAPES];
    STORE_ATTR = 110, base(_), cache 4, pops 2, pushes 0, [ARG NAME ERROR ESCAPES];
    STORE_DEREF = 111, base(_), cache 0, pops 1, pushes 0, [ARG FREE ESCAPES];
    STORE_FAST = 112, base(_), cache 0, pops 1, pushes 0, [ARG LOCAL ESCAPES];
    STORE_FAST_LOAD_FAST = 113, base(_), cache 0, pops 1, pushes 1, [ARG LOCAL ESCAPES];
    STORE_FAST_STORE_FAST = 114, base(_), cache 0, pops 2, pushes 0, [ARG LOCAL ESCAPES];
    STORE_GLOBAL = 115, base(_), cache 0, pops 1, pushes 0, [ARG NAME ERROR ESCAPES];
    STORE_NAME = 116, base(_), cache 0, pops 1, pushes 0, [ARG NAME ERROR ESCAPES];
    SWAP = 117, base(_), cache 0, pops a, pushes a, [ARG PURE];
    UNPACK_EX = 118, base(_), cache 0, pops 1, pushes 1 + (a & 0xFF) + (a >> 8), [ARG ERROR ESCAPES];
    UNPACK_SEQUENCE = 119, base(_), cache 1, pops 1, pushes a, [ARG ERROR ESCAPES];
    YIELD_VALUE = 120, base(_), cache 0, pops 1, pushes 1, [ARG ESCAPES];
    RESUME = 128, base(_), cache 0, pops 0, pushes 0, [ARG EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];

    BINARY_OP_ADD_FLOAT = 129, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR];
    BINARY_OP_ADD_INT = 130, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR ESCAPES];
    BINARY_OP_ADD_UNICODE = 131, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR];
    BINARY_OP_EXTEND = 132, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [DEOPT ERROR ESCAPES];
    BINARY_OP_MULTIPLY_FLOAT = 133, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR];
    BINARY_OP_MULTIPLY_INT = 134, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR ESCAPES];
    BINARY_OP_SUBSCR_DICT = 135, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR ESCAPES];
    BINARY_OP_SUBSCR_GETITEM = 136, specialized(BINARY_OP), cache 5, pops 2, pushes 0, [DEOPT];
    BINARY_OP_SUBSCR_LIST_INT = 137, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [DEOPT EXIT ESCAPES];
    BINARY_OP_SUBSCR_LIST_SLICE = 138, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR ESCAPES];
    BINARY_OP_SUBSCR_STR_INT = 139, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [DEOPT EXIT ESCAPES];
    BINARY_OP_SUBSCR_TUPLE_INT = 140, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [DEOPT EXIT];
    BINARY_OP_SUBTRACT_FLOAT = 141, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR];
    BINARY_OP_SUBTRACT_INT = 142, specialized(BINARY_OP), cache 5, pops 2, pushes 1, [EXIT ERROR ESCAPES];
    CALL_ALLOC_AND_ENTER_INIT = 143, specialized(CALL), cache 3, pops 2 + a, pushes 0, [ARG DEOPT ERROR ERROR_NO_POP ESCAPES];
    CALL_BOUND_METHOD_EXACT_ARGS = 144, specialized(CALL), cache 3, pops 2 + a, pushes 0, [ARG DEOPT EXIT ESCAPES];
    CALL_BOUND_METHOD_GENERAL = 145, specialized(CALL), cache 3, pops 2 + a, pushes 0, [ARG DEOPT EXIT ERROR ERROR_NO_POP ESCAPES];
    CALL_BUILTIN_CLASS = 146, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK DEOPT ERROR ESCAPES];
    CALL_BUILTIN_FAST = 147, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK DEOPT ERROR ESCAPES];
    CALL_BUILTIN_FAST_WITH_KEYWORDS = 148, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK DEOPT ERROR ESCAPES];
    CALL_BUILTIN_O = 149, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_ISINSTANCE = 150, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG DEOPT ERROR ERROR_NO_POP ESCAPES];
    CALL_KW_BOUND_METHOD = 151, specialized(CALL_KW), cache 3, pops 3 + a, pushes 0, [ARG DEOPT EXIT ERROR ESCAPES];
    CALL_KW_NON_PY = 152, specialized(CALL_KW), cache 3, pops 3 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_KW_PY = 153, specialized(CALL_KW), cache 3, pops 3 + a, pushes 0, [ARG DEOPT EXIT ERROR ESCAPES];
    CALL_LEN = 154, specialized(CALL), cache 3, pops 3, pushes 1, [DEOPT ERROR ERROR_NO_POP ESCAPES];
    CALL_LIST_APPEND = 155, specialized(CALL), cache 3, pops 3, pushes 0, [ARG DEOPT ERROR ESCAPES];
    CALL_METHOD_DESCRIPTOR_FAST = 156, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS = 157, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_METHOD_DESCRIPTOR_NOARGS = 158, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_METHOD_DESCRIPTOR_O = 159, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_NON_PY_GENERAL = 160, specialized(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK EXIT ERROR ESCAPES];
    CALL_PY_EXACT_ARGS = 161, specialized(CALL), cache 3, pops 2 + a, pushes 0, [ARG DEOPT EXIT];
    CALL_PY_GENERAL = 162, specialized(CALL), cache 3, pops 2 + a, pushes 0, [ARG DEOPT EXIT ERROR ERROR_NO_POP ESCAPES];
    CALL_STR_1 = 163, specialized(CALL), cache 3, pops 3, pushes 1, [ARG EVAL_BREAK DEOPT ERROR ESCAPES];
    CALL_TUPLE_1 = 164, specialized(CALL), cache 3, pops 3, pushes 1, [ARG EVAL_BREAK DEOPT ERROR ESCAPES];
    CALL_TYPE_1 = 165, specialized(CALL), cache 3, pops 3, pushes 1, [ARG DEOPT ESCAPES];
    COMPARE_OP_FLOAT = 166, specialized(COMPARE_OP), cache 1, pops 2, pushes 1, [ARG EXIT];
    COMPARE_OP_INT = 167, specialized(COMPARE_OP), cache 1, pops 2, pushes 1, [ARG DEOPT EXIT];
    COMPARE_OP_STR = 168, specialized(COMPARE_OP), cache 1, pops 2, pushes 1, [ARG EXIT];
    CONTAINS_OP_DICT = 169, specialized(CONTAINS_OP), cache 1, pops 2, pushes 1, [ARG EXIT ERROR ESCAPES];
    CONTAINS_OP_SET = 170, specialized(CONTAINS_OP), cache 1, pops 2, pushes 1, [ARG DEOPT ERROR ESCAPES];
    FOR_ITER_GEN = 171, specialized(FOR_ITER), cache 1, pops 1, pushes 1, [ARG DEOPT];
    FOR_ITER_LIST = 172, specialized(FOR_ITER), cache 1, pops 1, pushes 2, [ARG JUMP DEOPT EXIT ESCAPES];
    FOR_ITER_RANGE = 173, specialized(FOR_ITER), cache 1, pops 1, pushes 2, [ARG JUMP EXIT ERROR];
    FOR_ITER_TUPLE = 174, specialized(FOR_ITER), cache 1, pops 1, pushes 2, [ARG JUMP EXIT ESCAPES];
    JUMP_BACKWARD_JIT = 175, specialized(JUMP_BACKWARD), cache 1, pops 0, pushes 0, [ARG JUMP EVAL_BREAK ERROR ESCAPES];
    JUMP_BACKWARD_NO_JIT = 176, specialized(JUMP_BACKWARD), cache 1, pops 0, pushes 0, [ARG JUMP EVAL_BREAK ERROR ESCAPES];
    LOAD_ATTR_CLASS = 177, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG EXIT];
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK = 178, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG EXIT];
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN = 179, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1, [ARG NAME DEOPT];
    LOAD_ATTR_INSTANCE_VALUE = 180, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG DEOPT EXIT ESCAPES];
    LOAD_ATTR_METHOD_LAZY_DICT = 181, specialized(LOAD_ATTR), cache 9, pops 1, pushes 2, [ARG DEOPT EXIT];
    LOAD_ATTR_METHOD_NO_DICT = 182, specialized(LOAD_ATTR), cache 9, pops 1, pushes 2, [ARG EXIT];
    LOAD_ATTR_METHOD_WITH_VALUES = 183, specialized(LOAD_ATTR), cache 9, pops 1, pushes 2, [ARG DEOPT EXIT];
    LOAD_ATTR_MODULE = 184, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG DEOPT ESCAPES];
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT = 185, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1, [ARG EXIT ESCAPES];
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES = 186, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1, [ARG DEOPT EXIT ESCAPES];
    LOAD_ATTR_PROPERTY = 187, specialized(LOAD_ATTR), cache 9, pops 1, pushes 0, [ARG DEOPT EXIT];
    LOAD_ATTR_SLOT = 188, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG DEOPT EXIT];
    LOAD_ATTR_WITH_HINT = 189, specialized(LOAD_ATTR), cache 9, pops 1, pushes 1 + (a & 1), [ARG NAME DEOPT EXIT ESCAPES];
    LOAD_CONST_IMMORTAL = 190, specialized(LOAD_CONST), cache 0, pops 0, pushes 1, [ARG CONST];
    LOAD_CONST_MORTAL = 191, specialized(LOAD_CONST), cache 0, pops 0, pushes 1, [ARG CONST];
    LOAD_GLOBAL_BUILTIN = 192, specialized(LOAD_GLOBAL), cache 4, pops 0, pushes 1 + (a & 1), [ARG DEOPT];
    LOAD_GLOBAL_MODULE = 193, specialized(LOAD_GLOBAL), cache 4, pops 0, pushes 1 + (a & 1), [ARG DEOPT];
    LOAD_SUPER_ATTR_ATTR = 194, specialized(LOAD_SUPER_ATTR), cache 1, pops 3, pushes 1, [ARG NAME DEOPT ERROR ESCAPES];
    LOAD_SUPER_ATTR_METHOD = 195, specialized(LOAD_SUPER_ATTR), cache 1, pops 3, pushes 2, [ARG NAME DEOPT ERROR ERROR_NO_POP ESCAPES];
    RESUME_CHECK = 196, specialized(RESUME), cache 0, pops 0, pushes 0, [DEOPT];
    SEND_GEN = 197, specialized(SEND), cache 1, pops 2, pushes 1, [ARG DEOPT];
    STORE_ATTR_INSTANCE_VALUE = 198, specialized(STORE_ATTR), cache 4, pops 2, pushes 0, [EXIT ESCAPES];
    STORE_ATTR_SLOT = 199, specialized(STORE_ATTR), cache 4, pops 2, pushes 0, [DEOPT EXIT ESCAPES];
    STORE_ATTR_WITH_HINT = 200, specialized(STORE_ATTR), cache 4, pops 2, pushes 0, [ARG NAME DEOPT EXIT ESCAPES];
    STORE_SUBSCR_DICT = 201, specialized(STORE_SUBSCR), cache 1, pops 3, pushes 0, [EXIT ERROR ESCAPES];
    STORE_SUBSCR_LIST_INT = 202, specialized(STORE_SUBSCR), cache 1, pops 3, pushes 0, [DEOPT EXIT ESCAPES];
    TO_BOOL_ALWAYS_TRUE = 203, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT ESCAPES];
    TO_BOOL_BOOL = 204, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT];
    TO_BOOL_INT = 205, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT ESCAPES];
    TO_BOOL_LIST = 206, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT];
    TO_BOOL_NONE = 207, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT];
    TO_BOOL_STR = 208, specialized(TO_BOOL), cache 3, pops 1, pushes 1, [EXIT ESCAPES];
    UNPACK_SEQUENCE_LIST = 209, specialized(UNPACK_SEQUENCE), cache 1, pops 1, pushes a, [ARG DEOPT EXIT];
    UNPACK_SEQUENCE_TUPLE = 210, specialized(UNPACK_SEQUENCE), cache 1, pops 1, pushes a, [ARG DEOPT EXIT];
    UNPACK_SEQUENCE_TWO_TUPLE = 211, specialized(UNPACK_SEQUENCE), cache 1, pops 1, pushes 2, [ARG DEOPT EXIT ESCAPES];

    INSTRUMENTED_END_FOR = 234, instrumented(END_FOR), cache 0, pops 2, pushes 1, [ERROR ERROR_NO_POP ESCAPES NO_SAVE_IP];
    INSTRUMENTED_POP_ITER = 235, instrumented(POP_ITER), cache 0, pops 1, pushes 0, [ESCAPES];
    INSTRUMENTED_END_SEND = 236, instrumented(END_SEND), cache 0, pops 2, pushes 1, [ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_FOR_ITER = 237, instrumented(FOR_ITER), cache 1, pops 1, pushes 2, [ARG JUMP ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_INSTRUCTION = 238, instrumented(_), cache 0, pops 0, pushes 0, [ERROR ESCAPES];
    INSTRUMENTED_JUMP_FORWARD = 239, instrumented(JUMP_FORWARD), cache 0, pops 0, pushes 0, [ARG];
    INSTRUMENTED_NOT_TAKEN = 240, instrumented(NOT_TAKEN), cache 0, pops 0, pushes 0, [];
    INSTRUMENTED_POP_JUMP_IF_TRUE = 241, instrumented(POP_JUMP_IF_TRUE), cache 1, pops 1, pushes 0, [ARG];
    INSTRUMENTED_POP_JUMP_IF_FALSE = 242, instrumented(POP_JUMP_IF_FALSE), cache 1, pops 1, pushes 0, [ARG];
    INSTRUMENTED_POP_JUMP_IF_NONE = 243, instrumented(POP_JUMP_IF_NONE), cache 1, pops 1, pushes 0, [ARG ESCAPES];
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE = 244, instrumented(POP_JUMP_IF_NOT_NONE), cache 1, pops 1, pushes 0, [ARG ESCAPES];
    INSTRUMENTED_RESUME = 245, instrumented(RESUME), cache 0, pops 0, pushes 0, [ARG EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_RETURN_VALUE = 246, instrumented(RETURN_VALUE), cache 0, pops 1, pushes 1, [ERROR ESCAPES];
    INSTRUMENTED_YIELD_VALUE = 247, instrumented(YIELD_VALUE), cache 0, pops 1, pushes 1, [ARG ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_END_ASYNC_FOR = 248, instrumented(END_ASYNC_FOR), cache 0, pops 2, pushes 0, [ARG JUMP ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_LOAD_SUPER_ATTR = 249, instrumented(LOAD_SUPER_ATTR), cache 1, pops 3, pushes 1 + (a & 1), [ARG NAME ERROR ESCAPES];
    INSTRUMENTED_CALL = 250, instrumented(CALL), cache 3, pops 2 + a, pushes 1, [ARG EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_CALL_KW = 251, instrumented(CALL_KW), cache 3, pops 3 + a, pushes 1, [ARG ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_CALL_FUNCTION_EX = 252, instrumented(CALL_FUNCTION_EX), cache 0, pops 4, pushes 1, [EVAL_BREAK ERROR ERROR_NO_POP ESCAPES];
    INSTRUMENTED_JUMP_BACKWARD = 253, instrumented(JUMP_BACKWARD), cache 1, pops 0, pushes 0, [ARG EVAL_BREAK ERROR ESCAPES];
    INSTRUMENTED_LINE = 254, instrumented(_), cache 0, pops 0, pushes 0, [ESCAPES];
    ENTER_EXECUTOR = 255, instrumented(_), cache 0, pops 0, pushes 0, [ARG];

    ANNOTATIONS_PLACEHOLDER = 256, pseudo(_), cache 0, pops 0, pushes 0, [PURE];
    JUMP = 257, pseudo(_), cache 0, pops 0, pushes 0, [ARG JUMP EVAL_BREAK ERROR ESCAPES];
    JUMP_IF_FALSE = 258, pseudo(_), cache 0, pops 1, pushes 1, [ARG JUMP ERROR ESCAPES];
    JUMP_IF_TRUE = 259, pseudo(_), cache 0, pops 1, pushes 1, [ARG JUMP ERROR ESCAPES];
    JUMP_NO_INTERRUPT = 260, pseudo(_), cache 0, pops 0, pushes 0, [ARG JUMP];
    LOAD_CLOSURE = 261, pseudo(_), cache 0, pops 0, pushes 1, [ARG LOCAL PURE];
    POP_BLOCK = 262, pseudo(_), cache 0, pops 0, pushes 0, [PURE];
    SETUP_CLEANUP = 263, pseudo(_), cache 0, pops 0, pushes 2, [PURE ARG];
    SETUP_FINALLY = 264, pseudo(_), cache 0, pops 0, pushes 1, [PURE ARG];
    SETUP_WITH = 265, pseudo(_), cache 0, pops 0, pushes 1, [PURE ARG];
    STORE_FAST_MAYBE_NULL = 266, pseudo(_), cache 0, pops 1, pushes 0, [ARG LOCAL ESCAPES];
}
