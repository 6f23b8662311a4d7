//! krait-bytecode
