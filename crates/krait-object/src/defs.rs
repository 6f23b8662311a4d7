//! Tables that describe methods, attributes and members: `PyMethodDef`, `PyGetSetDef`, `PyMemberDef`.
//!
//! Tables are static slices ending in `SENTINEL`, as in C; the entries of methods come from `#[pyfn]`.

use crate::object::Object;
use crate::result::Result;
use crate::slots::{GetterFn, SetterFn};
use crate::tuple::Tuple;
use core::ffi::{CStr, c_char, c_int, c_void};

/// `METH_*` flags.
pub mod meth {
    use core::ffi::c_int;
    pub const VARARGS: c_int = 1;
    pub const KEYWORDS: c_int = 2;
    pub const NOARGS: c_int = 4;
    pub const O: c_int = 8;
    pub const CLASS: c_int = 16;
    pub const STATIC: c_int = 32;
    pub const COEXIST: c_int = 64;
    pub const FASTCALL: c_int = 128;
    pub const METHOD: c_int = 512;
}

/// METH_NOARGS and METH_O functions (the argument is null for NOARGS), and METH_VARARGS.
pub type PyCFunction = extern "C" fn(&Object, Option<&Object>) -> Result;
/// METH_VARARGS | METH_KEYWORDS.
pub type PyCFunctionWithKeywords = extern "C" fn(&Object, &Tuple, Option<&Object>) -> Result;
/// METH_FASTCALL.
pub type PyCFunctionFast = unsafe extern "C" fn(&Object, *const *mut Object, isize) -> Result;
/// METH_FASTCALL | METH_KEYWORDS.
pub type PyCFunctionFastWithKeywords =
    unsafe extern "C" fn(&Object, *const *mut Object, isize, Option<&Tuple>) -> Result;
/// METH_METHOD | METH_FASTCALL | METH_KEYWORDS.
pub type PyCMethod =
    unsafe extern "C" fn(&Object, &crate::TypeObject, *const *mut Object, usize, Option<&Tuple>) -> Result;

/// The function pointer of a method table entry; which field is valid is told by the flags.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MethodPtr {
    pub null: *const c_void,
    pub plain: PyCFunction,
    pub keywords: PyCFunctionWithKeywords,
    pub fast: PyCFunctionFast,
    pub fast_keywords: PyCFunctionFastWithKeywords,
    pub method: PyCMethod,
}

/// `PyMethodDef`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MethodDef {
    pub ml_name: *const c_char,
    pub ml_meth: MethodPtr,
    pub ml_flags: c_int,
    pub ml_doc: *const c_char,
}

// SAFETY: method tables are constant data.
unsafe impl Sync for MethodDef {}

impl MethodDef {
    /// The end of a table.
    pub const SENTINEL: MethodDef = MethodDef {
        ml_name: core::ptr::null(),
        ml_meth: MethodPtr { null: core::ptr::null() },
        ml_flags: 0,
        ml_doc: core::ptr::null(),
    };

    /// An entry from its parts. `doc` is "name(signature)\n--\n\ntext" or plain text.
    pub const fn new(name: &'static CStr, meth: MethodPtr, flags: c_int, doc: &'static CStr) -> MethodDef {
        MethodDef { ml_name: name.as_ptr(), ml_meth: meth, ml_flags: flags, ml_doc: doc.as_ptr() }
    }

    /// The method's name.
    pub fn name(&self) -> &str {
        // SAFETY: names are NUL-terminated static strings.
        unsafe { CStr::from_ptr(self.ml_name) }.to_str().unwrap_or("?")
    }

    /// The raw documentation, with the signature line.
    pub fn doc(&self) -> Option<&str> {
        if self.ml_doc.is_null() {
            return None;
        }
        // SAFETY: documentation is a NUL-terminated static string.
        unsafe { CStr::from_ptr(self.ml_doc) }.to_str().ok()
    }
}

/// `PyGetSetDef`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct GetSetDef {
    pub name: *const c_char,
    pub get: Option<GetterFn>,
    pub set: Option<SetterFn>,
    pub doc: *const c_char,
    pub closure: *mut c_void,
}

// SAFETY: tables are constant data.
unsafe impl Sync for GetSetDef {}

impl GetSetDef {
    /// The end of a table.
    pub const SENTINEL: GetSetDef = GetSetDef {
        name: core::ptr::null(),
        get: None,
        set: None,
        doc: core::ptr::null(),
        closure: core::ptr::null_mut(),
    };

    /// A read-only attribute.
    pub const fn getter(name: &'static CStr, get: GetterFn) -> GetSetDef {
        GetSetDef { name: name.as_ptr(), get: Some(get), ..GetSetDef::SENTINEL }
    }

    /// A readable and writable attribute (the setter gets `None` for deletion).
    pub const fn getset(name: &'static CStr, get: GetterFn, set: SetterFn) -> GetSetDef {
        GetSetDef { name: name.as_ptr(), get: Some(get), set: Some(set), ..GetSetDef::SENTINEL }
    }

    /// With documentation.
    pub const fn doc(mut self, doc: &'static CStr) -> GetSetDef {
        self.doc = doc.as_ptr();
        self
    }
}

/// `PyMemberDef`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MemberDef {
    pub name: *const c_char,
    pub ty: c_int,
    pub offset: isize,
    pub flags: c_int,
    pub doc: *const c_char,
}

// SAFETY: tables are constant data.
unsafe impl Sync for MemberDef {}

/// `Py_T_*` member types and flags.
pub mod member {
    use core::ffi::c_int;
    pub const T_SHORT: c_int = 0;
    pub const T_INT: c_int = 1;
    pub const T_LONG: c_int = 2;
    pub const T_FLOAT: c_int = 3;
    pub const T_DOUBLE: c_int = 4;
    pub const T_STRING: c_int = 5;
    pub const T_OBJECT: c_int = 6;
    pub const T_CHAR: c_int = 7;
    pub const T_BYTE: c_int = 8;
    pub const T_UBYTE: c_int = 9;
    pub const T_USHORT: c_int = 10;
    pub const T_UINT: c_int = 11;
    pub const T_ULONG: c_int = 12;
    pub const T_STRING_INPLACE: c_int = 13;
    pub const T_BOOL: c_int = 14;
    pub const T_OBJECT_EX: c_int = 16;
    pub const T_LONGLONG: c_int = 17;
    pub const T_ULONGLONG: c_int = 18;
    pub const T_PYSSIZET: c_int = 19;
    pub const T_NONE: c_int = 20;
    pub const READONLY: c_int = 1;
    pub const AUDIT_READ: c_int = 2;
    pub const RELATIVE_OFFSET: c_int = 8;
}

impl MemberDef {
    /// The end of a table.
    pub const SENTINEL: MemberDef =
        MemberDef { name: core::ptr::null(), ty: 0, offset: 0, flags: 0, doc: core::ptr::null() };

    /// A member at a byte offset.
    pub const fn new(name: &'static CStr, ty: c_int, offset: usize, flags: c_int) -> MemberDef {
        MemberDef { name: name.as_ptr(), ty, offset: offset as isize, flags, doc: core::ptr::null() }
    }

    /// With documentation.
    pub const fn doc(mut self, doc: &'static CStr) -> MemberDef {
        self.doc = doc.as_ptr();
        self
    }
}
