//! The buffer protocol: `Py_buffer` and safe access to exported memory (`Include/pybuffer.h`).

use crate::object::Object;
use core::ffi::{c_char, c_int, c_void};

/// `PyBUF_*` request flags.
pub mod request {
    use core::ffi::c_int;
    pub const SIMPLE: c_int = 0;
    pub const WRITABLE: c_int = 0x1;
    pub const FORMAT: c_int = 0x4;
    pub const ND: c_int = 0x8;
    pub const STRIDES: c_int = 0x10 | ND;
    pub const C_CONTIGUOUS: c_int = 0x20 | STRIDES;
    pub const F_CONTIGUOUS: c_int = 0x40 | STRIDES;
    pub const ANY_CONTIGUOUS: c_int = 0x80 | STRIDES;
    pub const INDIRECT: c_int = 0x100 | STRIDES;
    pub const CONTIG: c_int = ND | WRITABLE;
    pub const CONTIG_RO: c_int = ND;
    pub const FULL: c_int = INDIRECT | WRITABLE | FORMAT;
    pub const FULL_RO: c_int = INDIRECT | FORMAT;
}

/// `Py_buffer`.
#[repr(C)]
pub struct Buffer {
    pub buf: *mut c_void,
    pub obj: *mut Object,
    pub len: isize,
    pub itemsize: isize,
    pub readonly: c_int,
    pub ndim: c_int,
    pub format: *mut c_char,
    pub shape: *mut isize,
    pub strides: *mut isize,
    pub suboffsets: *mut isize,
    pub internal: *mut c_void,
}

const _: () = assert!(size_of::<Buffer>() == 80);

/// The bytes of a bytes-like object, copied; `None` when it does not export a buffer.
pub fn copy_of_bytes(object: &Object) -> crate::Result<Option<Vec<u8>>> {
    if let Some(bytes) = object.downcast::<crate::Bytes>() {
        return Ok(Some(bytes.as_slice().to_vec()));
    }
    if object.ty().buffer().is_none_or(|b| b.bf_getbuffer.get().is_none()) {
        return Ok(None);
    }
    let view = View::get(object, request::SIMPLE)?;
    Ok(Some(view.as_slice().to_vec()))
}

/// A buffer in use; released on drop.
pub struct View(Box<Buffer>);

impl View {
    /// Asks an object for its memory (`PyObject_GetBuffer`).
    pub fn get(object: &Object, flags: c_int) -> crate::Result<View> {
        let Some(getbuffer) = object.ty().buffer().and_then(|b| b.bf_getbuffer.get()) else {
            return Err(crate::type_error(format!(
                "a bytes-like object is required, not '{}'",
                object.type_name()
            )));
        };
        let mut buffer = Box::new(Buffer {
            buf: core::ptr::null_mut(),
            obj: core::ptr::null_mut(),
            len: 0,
            itemsize: 1,
            readonly: 1,
            ndim: 1,
            format: core::ptr::null_mut(),
            shape: core::ptr::null_mut(),
            strides: core::ptr::null_mut(),
            suboffsets: core::ptr::null_mut(),
            internal: core::ptr::null_mut(),
        });
        crate::result::from_int(getbuffer(object, &raw mut *buffer, flags))?;
        Ok(View(buffer))
    }

    /// The raw buffer.
    pub fn raw(&self) -> &Buffer {
        &self.0
    }

    /// The memory, if it was requested contiguous. It may change when Python code runs.
    pub fn as_slice(&self) -> &[u8] {
        if self.0.len == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps `len` bytes at `buf` alive until the buffer is released.
        unsafe { core::slice::from_raw_parts(self.0.buf.cast::<u8>(), self.0.len as usize) }
    }

    /// Writes into the memory.
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(
            self.0.readonly == 0 && offset + bytes.len() <= self.0.len as usize,
            "write within the buffer"
        );
        // SAFETY: the bounds were tested, and a writable buffer may be written while it is held.
        unsafe {
            core::ptr::copy(bytes.as_ptr(), self.0.buf.cast::<u8>().add(offset), bytes.len());
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: the exporter put an owned reference into `obj` (null: nothing to release).
        let Some(exporter) = (unsafe { crate::Ref::from_owned_opt(self.0.obj) }) else { return };
        self.0.obj = core::ptr::null_mut();
        if let Some(release) = exporter.ty().buffer().and_then(|b| b.bf_releasebuffer.get()) {
            release(&exporter, &raw mut *self.0);
        }
    }
}

/// Fills a buffer that is one run of bytes (`PyBuffer_FillInfo`).
pub fn fill_info(
    view: *mut Buffer,
    exporter: &Object,
    data: *mut u8,
    len: usize,
    readonly: bool,
    flags: c_int,
) -> crate::Result<()> {
    // SAFETY: the protocol passes null (an error) or a buffer to fill.
    let Some(view) = (unsafe { view.as_mut() }) else {
        return Err(crate::errors::buffer_error("fill_info: view==NULL argument is obsolete"));
    };
    if flags & request::WRITABLE != 0 && readonly {
        return Err(crate::errors::buffer_error("Object is not writable."));
    }
    view.obj = exporter.to_ref().into_raw();
    view.buf = data.cast();
    view.len = len as isize;
    view.readonly = c_int::from(readonly);
    view.itemsize = 1;
    view.format = if flags & request::FORMAT != 0 { c"B".as_ptr().cast_mut() } else { core::ptr::null_mut() };
    view.ndim = 1;
    view.shape = core::ptr::null_mut();
    if flags & request::ND != 0 {
        view.shape = &raw mut view.len;
    }
    view.strides = core::ptr::null_mut();
    if flags & request::STRIDES == request::STRIDES {
        view.strides = &raw mut view.itemsize;
    }
    view.suboffsets = core::ptr::null_mut();
    view.internal = core::ptr::null_mut();
    Ok(())
}
