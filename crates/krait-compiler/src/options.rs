//! What a compilation is told beside the tree.

/// `PyCF_*` flags that the compiler heeds.
pub const PYCF_ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;

#[derive(Clone, Debug)]
pub struct CompileOptions {
    /// The file's name as `co_filename` shows it.
    pub filename: String,
    /// `CO_FUTURE_*` bits inherited from the caller and `PyCF_*` flags.
    pub flags: u32,
    /// 0, 1 (`-O`) or 2 (`-OO`).
    pub optimize: u8,
}

impl CompileOptions {
    pub fn new(filename: impl Into<String>) -> CompileOptions {
        CompileOptions { filename: filename.into(), flags: 0, optimize: 0 }
    }
}
