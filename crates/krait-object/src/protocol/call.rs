//! Calling (`Objects/call.c`). Arguments are slices of borrowed objects; keyword values follow the positional ones
//! and their names are in a tuple, as in the vectorcall protocol (PEP 590).

use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::str::Str;
use crate::tuple::Tuple;

impl Object {
    /// `self(*args)`.
    #[inline]
    pub fn call(&self, args: &[&Object]) -> Result {
        self.vectorcall(args, None)
    }
    /// `self(*args[..n], **dict(zip(kwnames, args[n..])))`.
    pub fn vectorcall(&self, _args: &[&Object], _kwnames: Option<&Tuple>) -> Result {
        todo!()
    }
    /// `self(*args, **kwargs)` (`PyObject_Call`).
    pub fn call_dict(&self, _args: &Tuple, _kwargs: Option<&crate::Dict>) -> Result {
        todo!()
    }
    /// `self(*args, **{name: value, ..})`.
    pub fn call_keywords(&self, _args: &[&Object], _keywords: &[(&str, &Object)]) -> Result {
        todo!()
    }
    /// `self.name(*args)` without making a bound method.
    pub fn call_method(&self, _name: &Str, _args: &[&Object]) -> Result {
        todo!()
    }
    /// Calls the special method `name` of the type; `None` when the type has none.
    pub fn call_special(&self, name: &Str, args: &[&Object]) -> Result<Option<Ref<Object>>> {
        match self.lookup_special(name)? {
            Some(method) => method.call(args).map(Some),
            None => Ok(None),
        }
    }
}
