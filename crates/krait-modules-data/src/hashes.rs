//! `_md5`, `_sha1`, `_sha2`: message digests. CPython: `Modules/md5module.c`, `sha1module.c`, `sha2module.c`.
//!
//! Each algorithm has its own type, made by `hash_type!`; instances are made only by the module's function, so the
//! state in them is always a real one.

use krait_object::buffer::{View, request};
use krait_object::{Object, Result, Str, type_error};
use sha2::Digest;

/// Below this many bytes CPython keeps the lock while it hashes.
const GIL_MINSIZE: i64 = 2048;

/// The memory to hash.
fn memory(data: &Object) -> Result<View> {
    if data.downcast::<Str>().is_some() {
        return Err(type_error("Strings must be encoded before hashing"));
    }
    if data.ty().buffer().is_none_or(|b| b.bf_getbuffer.get().is_none()) {
        return Err(type_error("object supporting the buffer API required"));
    }
    let view = View::get(data, request::SIMPLE)?;
    if view.raw().ndim > 1 {
        return Err(krait_object::errors::buffer_error("Buffer must be single dimension"));
    }
    Ok(view)
}

/// The argument of a constructor, under its name or its old one.
fn initial<'a>(data: Option<&'a Object>, string: Option<&'a Object>) -> Result<Option<&'a Object>> {
    match (data, string) {
        (Some(_), Some(_)) => Err(type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version.",
        )),
        (data, string) => Ok(data.or(string)),
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

macro_rules! hash_type {
    ($module:ident, $algorithm:ty, $type_name:literal, $name:literal, $block:literal, $size:literal, $signature:literal, $doc:literal) => {
        mod $module {
            use super::*;
            use core::cell::RefCell;
            use core::ffi::c_void;
            use krait_macros::pyfn;
            use krait_object::dealloc::dealloc_plain;
            use krait_object::defs::{GetSetDef, MethodDef};
            use krait_object::typeobj::flags;
            use krait_object::{Bytes, Int, Ref, TypeObject, alloc};

            #[repr(C)]
            pub struct Hash {
                ob_base: Object,
                state: RefCell<$algorithm>,
            }

            krait_object::object_type!(Hash, TYPE);

            static GETSET: &[GetSetDef] = &[
                GetSetDef::getter(c"block_size", block_size),
                GetSetDef::getter(c"name", name),
                GetSetDef::getter(c"digest_size", digest_size),
                GetSetDef::SENTINEL,
            ];

            pub static TYPE: TypeObject = TypeObject::of::<Hash>($type_name)
                .flags(flags::DISALLOW_INSTANTIATION | flags::IMMUTABLETYPE)
                .tp_dealloc(dealloc_plain::<Hash>)
                .methods(&[copy::DEF, digest::DEF, hexdigest::DEF, update::DEF, MethodDef::SENTINEL])
                .getset(GETSET);

            fn make(state: $algorithm) -> Ref<Hash> {
                alloc::new_object(Hash { ob_base: Object::new(&TYPE), state: RefCell::new(state) })
            }

            extern "C" fn block_size(_: &Object, _: *mut c_void) -> Result {
                Ok(Int::from_i64($block).into_object())
            }

            extern "C" fn name(_: &Object, _: *mut c_void) -> Result {
                Ok(Str::new($name).into_object())
            }

            extern "C" fn digest_size(_: &Object, _: *mut c_void) -> Result {
                Ok(Int::from_i64($size).into_object())
            }

            /// Return a copy of the hash object.
            #[pyfn("copy($self, /)")]
            fn copy(hash: &Hash) -> Ref<Hash> {
                make(hash.state.borrow().clone())
            }

            /// Return the digest value as a bytes object.
            #[pyfn("digest($self, /)")]
            fn digest(hash: &Hash) -> Ref<Bytes> {
                Bytes::new(&hash.state.borrow().clone().finalize())
            }

            /// Return the digest value as a string of hexadecimal digits.
            #[pyfn("hexdigest($self, /)")]
            fn hexdigest(hash: &Hash) -> String {
                hexadecimal(&hash.state.borrow().clone().finalize())
            }

            /// Update this hash object's state with the provided string.
            #[pyfn("update($self, obj, /)")]
            fn update(hash: &Hash, obj: &Object) -> Result<()> {
                let view = memory(obj)?;
                hash.state.borrow_mut().update(view.as_slice());
                Ok(())
            }

            #[doc = $doc]
            #[pyfn($signature)]
            pub fn new(
                data: Option<&Object>,
                _usedforsecurity: bool,
                string: Option<&Object>,
            ) -> Result<Ref<Hash>> {
                let mut state = <$algorithm>::new();
                if let Some(data) = initial(data, string)? {
                    state.update(memory(data)?.as_slice());
                }
                Ok(make(state))
            }
        }
    };
}

hash_type!(
    md5,
    ::md5::Md5,
    c"_md5.md5",
    "md5",
    64,
    16,
    "md5(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new MD5 hash object; optionally initialized with a string."
);
hash_type!(
    sha1,
    ::sha1::Sha1,
    c"_sha1.sha1",
    "sha1",
    64,
    20,
    "sha1(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new SHA1 hash object; optionally initialized with a string."
);
hash_type!(
    sha224,
    ::sha2::Sha224,
    c"_sha2.SHA224Type",
    "sha224",
    64,
    28,
    "sha224(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new SHA-224 hash object; optionally initialized with a string."
);
hash_type!(
    sha256,
    ::sha2::Sha256,
    c"_sha2.SHA256Type",
    "sha256",
    64,
    32,
    "sha256(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new SHA-256 hash object; optionally initialized with a string."
);
hash_type!(
    sha384,
    ::sha2::Sha384,
    c"_sha2.SHA384Type",
    "sha384",
    128,
    48,
    "sha384(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new SHA-384 hash object; optionally initialized with a string."
);
hash_type!(
    sha512,
    ::sha2::Sha512,
    c"_sha2.SHA512Type",
    "sha512",
    128,
    64,
    "sha512(data=b'', *, usedforsecurity=True, string=None)",
    " Return a new SHA-512 hash object; optionally initialized with a string."
);

use krait_object::defs::MethodDef;
use krait_object::module::{Module, ModuleDef};
use krait_object::typeobj::ready::ready;

static MD5_METHODS: &[MethodDef] = &[md5::new::DEF, MethodDef::SENTINEL];
static SHA1_METHODS: &[MethodDef] = &[sha1::new::DEF, MethodDef::SENTINEL];
static SHA2_METHODS: &[MethodDef] =
    &[sha256::new::DEF, sha224::new::DEF, sha512::new::DEF, sha384::new::DEF, MethodDef::SENTINEL];

/// The module `_md5`.
pub static MD5: ModuleDef = ModuleDef::new(c"_md5").methods(MD5_METHODS).exec(exec_md5);
/// The module `_sha1`.
pub static SHA1: ModuleDef = ModuleDef::new(c"_sha1").methods(SHA1_METHODS).exec(exec_sha1);
/// The module `_sha2`.
pub static SHA2: ModuleDef = ModuleDef::new(c"_sha2").methods(SHA2_METHODS).exec(exec_sha2);

fn exec_md5(module: &Module) -> Result<()> {
    ready(&md5::TYPE)?;
    module.add("MD5Type", &md5::TYPE)?;
    module.add_int("_GIL_MINSIZE", GIL_MINSIZE)
}

fn exec_sha1(module: &Module) -> Result<()> {
    ready(&sha1::TYPE)?;
    module.add("SHA1Type", &sha1::TYPE)?;
    module.add_int("_GIL_MINSIZE", GIL_MINSIZE)
}

fn exec_sha2(module: &Module) -> Result<()> {
    for ty in [&sha224::TYPE, &sha256::TYPE, &sha384::TYPE, &sha512::TYPE] {
        module.add_type(ty)?;
    }
    module.add_int("_GIL_MINSIZE", GIL_MINSIZE)
}
