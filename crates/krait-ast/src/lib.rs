//! krait-ast
