//! What compilation ends with when it fails, and the warnings it gives on the way.
//!
//! Positions are those of the Python exception's attributes: lines and columns count from 1; columns are UTF-8 byte
//! offsets, as CPython's compiler stores them. `None` stands for an attribute that is `None`.

use std::fmt;

use krait_ast::Range;

use crate::instruction_sequence::Location;

/// Which exception an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    Syntax,
    Recursion,
    Overflow,
    /// `RuntimeError`: a tree that the compiler does not take.
    Runtime,
    /// `SystemError`: an inconsistency inside the compiler.
    System,
    /// `ValueError`: a tree that no source gives.
    Value,
    /// The caller that took a warning raised an exception of its own; there is nothing to add to it.
    Raised,
}

/// A place as a SyntaxError tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub lineno: i32,
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    pub kind: ErrorKind,
    pub message: String,
    pub place: Option<Place>,
}

pub type Result<T = ()> = std::result::Result<T, CompileError>;

impl Place {
    pub fn new(loc: Location) -> Place {
        Place {
            lineno: loc.lineno,
            offset: loc.col + 1,
            end_lineno: loc.end_lineno,
            end_offset: loc.end_col + 1,
        }
    }
}

impl CompileError {
    pub fn syntax(message: impl Into<String>, loc: impl Into<Location>) -> CompileError {
        CompileError { kind: ErrorKind::Syntax, message: message.into(), place: Some(Place::new(loc.into())) }
    }

    /// An error that has no place in the source.
    pub fn plain(kind: ErrorKind, message: impl Into<String>) -> CompileError {
        CompileError { kind, message: message.into(), place: None }
    }

    pub fn system(message: impl Into<String>) -> CompileError {
        CompileError::plain(ErrorKind::System, message)
    }

    pub fn too_deep() -> CompileError {
        CompileError::plain(ErrorKind::Recursion, "maximum recursion depth exceeded during compilation")
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{} (line {})", self.message, place.lineno),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for CompileError {}

/// A `SyntaxWarning`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    pub place: Place,
}

/// Why a warning ends the compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningRefused {
    /// The filters turn it into an error: it becomes a SyntaxError with the same message and place.
    AsError,
    /// Handling it raised some other exception, which the caller holds.
    Raised,
}

/// The caller's way to take warnings.
pub type WarnFn<'w> = dyn FnMut(Warning) -> std::result::Result<(), WarningRefused> + 'w;

pub(crate) fn warn(sink: &mut WarnFn<'_>, message: String, loc: Location) -> Result {
    let place = Place::new(loc);
    match sink(Warning { message: message.clone(), place }) {
        Ok(()) => Ok(()),
        Err(WarningRefused::AsError) => Err(CompileError::syntax(message, loc)),
        Err(WarningRefused::Raised) => Err(CompileError::plain(ErrorKind::Raised, "")),
    }
}

impl From<Range> for Location {
    fn from(r: Range) -> Location {
        // Nodes made by the preprocessor have no place: all ones, which becomes -1.
        Location::new(r.lineno as i32, r.end_lineno as i32, r.col_offset as i32, r.end_col_offset as i32)
    }
}

impl From<&Range> for Location {
    fn from(r: &Range) -> Location {
        Location::from(*r)
    }
}
