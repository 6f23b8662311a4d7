//! krait-macros
