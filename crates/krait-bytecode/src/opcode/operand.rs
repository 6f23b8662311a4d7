//! What the arguments of some instructions mean.

/// Operators of `BINARY_OP`, in the order of CPython's `NB_*` numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    And,
    FloorDivide,
    LeftShift,
    MatrixMultiply,
    Multiply,
    Remainder,
    Or,
    Power,
    RightShift,
    Subtract,
    TrueDivide,
    Xor,
    InplaceAdd,
    InplaceAnd,
    InplaceFloorDivide,
    InplaceLeftShift,
    InplaceMatrixMultiply,
    InplaceMultiply,
    InplaceRemainder,
    InplaceOr,
    InplacePower,
    InplaceRightShift,
    InplaceSubtract,
    InplaceTrueDivide,
    InplaceXor,
    Subscript,
}

/// Name and symbol of each binary operator, as `_opcode.get_nb_ops` gives them.
pub const BINARY_OPS: [(&str, &str); 27] = [
    ("NB_ADD", "+"),
    ("NB_AND", "&"),
    ("NB_FLOOR_DIVIDE", "//"),
    ("NB_LSHIFT", "<<"),
    ("NB_MATRIX_MULTIPLY", "@"),
    ("NB_MULTIPLY", "*"),
    ("NB_REMAINDER", "%"),
    ("NB_OR", "|"),
    ("NB_POWER", "**"),
    ("NB_RSHIFT", ">>"),
    ("NB_SUBTRACT", "-"),
    ("NB_TRUE_DIVIDE", "/"),
    ("NB_XOR", "^"),
    ("NB_INPLACE_ADD", "+="),
    ("NB_INPLACE_AND", "&="),
    ("NB_INPLACE_FLOOR_DIVIDE", "//="),
    ("NB_INPLACE_LSHIFT", "<<="),
    ("NB_INPLACE_MATRIX_MULTIPLY", "@="),
    ("NB_INPLACE_MULTIPLY", "*="),
    ("NB_INPLACE_REMAINDER", "%="),
    ("NB_INPLACE_OR", "|="),
    ("NB_INPLACE_POWER", "**="),
    ("NB_INPLACE_RSHIFT", ">>="),
    ("NB_INPLACE_SUBTRACT", "-="),
    ("NB_INPLACE_TRUE_DIVIDE", "/="),
    ("NB_INPLACE_XOR", "^="),
    ("NB_SUBSCR", "[]"),
];

impl BinaryOp {
    const ALL: [BinaryOp; 27] = {
        use BinaryOp::*;
        [
            Add,
            And,
            FloorDivide,
            LeftShift,
            MatrixMultiply,
            Multiply,
            Remainder,
            Or,
            Power,
            RightShift,
            Subtract,
            TrueDivide,
            Xor,
            InplaceAdd,
            InplaceAnd,
            InplaceFloorDivide,
            InplaceLeftShift,
            InplaceMatrixMultiply,
            InplaceMultiply,
            InplaceRemainder,
            InplaceOr,
            InplacePower,
            InplaceRightShift,
            InplaceSubtract,
            InplaceTrueDivide,
            InplaceXor,
            Subscript,
        ]
    };

    pub const fn from_arg(arg: u32) -> Option<BinaryOp> {
        if (arg as usize) < Self::ALL.len() { Some(Self::ALL[arg as usize]) } else { None }
    }

    pub const fn symbol(self) -> &'static str {
        BINARY_OPS[self as usize].1
    }

    /// The augmented form (`+=` for `+`) of one of the thirteen plain operators.
    pub const fn inplace(self) -> BinaryOp {
        if (self as u8) < BinaryOp::InplaceAdd as u8 { Self::ALL[self as usize + 13] } else { self }
    }
}

/// Comparisons, in the order of `Py_LT`…`Py_GE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Comparison {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
}

pub const COMPARISONS: [&str; 6] = ["<", "<=", "==", "!=", ">", ">="];

/// Set in the argument of `COMPARE_OP` when the result must be a `bool`.
pub const COMPARE_TO_BOOL: u32 = 16;

impl Comparison {
    /// Bits for unordered, less, greater and equal: those that make the comparison true.
    const MASKS: [u8; 6] = [2, 2 | 8, 8, 1 | 2 | 4, 4, 4 | 8];

    /// The argument of `COMPARE_OP` (without [`COMPARE_TO_BOOL`]): the number in the upper bits, the mask below.
    pub const fn arg(self) -> u32 {
        (self as u32) << 5 | Self::MASKS[self as usize] as u32
    }

    pub const fn from_arg(arg: u32) -> Option<Comparison> {
        Some(match arg >> 5 {
            0 => Comparison::Less,
            1 => Comparison::LessEqual,
            2 => Comparison::Equal,
            3 => Comparison::NotEqual,
            4 => Comparison::Greater,
            5 => Comparison::GreaterEqual,
            _ => return None,
        })
    }

    pub const fn symbol(self) -> &'static str {
        COMPARISONS[self as usize]
    }
}

/// Argument of `CALL_INTRINSIC_1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Intrinsic1 {
    Invalid,
    Print,
    ImportStar,
    StopIterationError,
    AsyncGenWrap,
    UnaryPositive,
    ListToTuple,
    TypeVar,
    ParamSpec,
    TypeVarTuple,
    SubscriptGeneric,
    TypeAlias,
}

pub const INTRINSICS_1: [&str; 12] = [
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// Argument of `CALL_INTRINSIC_2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Intrinsic2 {
    Invalid,
    PrepReraiseStar,
    TypeVarWithBound,
    TypeVarWithConstraints,
    SetFunctionTypeParams,
    SetTypeParamDefault,
}

pub const INTRINSICS_2: [&str; 6] = [
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

impl Intrinsic1 {
    pub const fn from_arg(arg: u32) -> Option<Intrinsic1> {
        use Intrinsic1::*;
        Some(match arg {
            1 => Print,
            2 => ImportStar,
            3 => StopIterationError,
            4 => AsyncGenWrap,
            5 => UnaryPositive,
            6 => ListToTuple,
            7 => TypeVar,
            8 => ParamSpec,
            9 => TypeVarTuple,
            10 => SubscriptGeneric,
            11 => TypeAlias,
            _ => return None,
        })
    }
}

impl Intrinsic2 {
    pub const fn from_arg(arg: u32) -> Option<Intrinsic2> {
        use Intrinsic2::*;
        Some(match arg {
            1 => PrepReraiseStar,
            2 => TypeVarWithBound,
            3 => TypeVarWithConstraints,
            4 => SetFunctionTypeParams,
            5 => SetTypeParamDefault,
            _ => return None,
        })
    }
}

/// Argument of `LOAD_SPECIAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SpecialMethod {
    Enter,
    Exit,
    AsyncEnter,
    AsyncExit,
}

pub const SPECIAL_METHODS: [&str; 4] = ["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// Argument of `LOAD_COMMON_CONSTANT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum CommonConstant {
    AssertionError,
    NotImplementedError,
    Tuple,
    All,
    Any,
}

pub const COMMON_CONSTANTS: [&str; 5] = ["AssertionError", "NotImplementedError", "tuple", "all", "any"];

/// Argument of `CONVERT_VALUE` (`!s`, `!r`, `!a`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Conversion {
    Str = 1,
    Repr = 2,
    Ascii = 3,
}

/// Bits of the argument of `SET_FUNCTION_ATTRIBUTE`.
pub mod make_function {
    pub const DEFAULTS: u32 = 0x01;
    pub const KWDEFAULTS: u32 = 0x02;
    pub const ANNOTATIONS: u32 = 0x04;
    pub const CLOSURE: u32 = 0x08;
    pub const ANNOTATE: u32 = 0x10;
}

/// Argument of `RESUME`: where the frame goes on, and whether inside one exception handler only.
pub mod resume {
    pub const AT_FUNC_START: u32 = 0;
    pub const AFTER_YIELD: u32 = 1;
    pub const AFTER_YIELD_FROM: u32 = 2;
    pub const AFTER_AWAIT: u32 = 3;
    pub const LOCATION_MASK: u32 = 3;
    pub const DEPTH1_MASK: u32 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_arguments() {
        let args: Vec<u32> = (0..6).map(|n| Comparison::from_arg(n << 5).unwrap().arg()).collect();
        assert_eq!(args, [2, 42, 72, 103, 132, 172]);
    }

    #[test]
    fn binary_operators() {
        assert_eq!(BinaryOp::Xor.inplace().symbol(), "^=");
        assert_eq!(BinaryOp::from_arg(26), Some(BinaryOp::Subscript));
        assert_eq!(BinaryOp::from_arg(27), None);
    }
}
