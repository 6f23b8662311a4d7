//! Keyword arguments onto parameters (`_PyArg_UnpackKeywords`).

use super::{init, plural};
use crate::errors::type_error;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::{Raised, Result};
use crate::str::Str;
use crate::str::intern::Cached;
use crate::tuple::Tuple;

/// The parameters of a function that takes keywords. Their order: positional-only, positional or keyword,
/// keyword-only; `*args` and `**kwargs` are not counted.
pub struct ParamSpec {
    /// The function's name in messages.
    pub function: &'static str,
    /// Names of the parameters that are not positional-only.
    pub keywords: &'static [&'static str],
    /// Their interned strings, filled on first use.
    pub interned: &'static [Cached],
    /// Number of positional-only parameters.
    pub posonly: usize,
    /// Number of required positional parameters.
    pub minpos: usize,
    /// Number of positional parameters.
    pub maxpos: usize,
    /// Number of required keyword-only parameters, which are the first of these.
    pub minkw: usize,
    /// Has `*args`.
    pub varargs: bool,
    /// Has `**kwargs`.
    pub varkw: bool,
}

/// The values of `*args`.
#[derive(Clone, Copy)]
pub struct Args<'a>(&'a [&'a Object]);

impl<'a> Args<'a> {
    /// From the surplus arguments.
    pub fn new(values: &'a [&'a Object]) -> Args<'a> {
        Args(values)
    }

    /// The values, with the arguments' lifetime.
    pub fn as_slice(self) -> &'a [&'a Object] {
        self.0
    }

    /// As a tuple object.
    pub fn to_tuple(self) -> Ref<Tuple> {
        Tuple::from_slice(self.0)
    }
}

impl<'a> core::ops::Deref for Args<'a> {
    type Target = [&'a Object];
    fn deref(&self) -> &[&'a Object] {
        self.0
    }
}

/// The pairs of `**kwargs`: keyword arguments that are no parameter.
#[derive(Clone, Copy)]
pub struct Kwargs<'a> {
    spec: &'static ParamSpec,
    names: Option<&'a Tuple>,
    values: &'a [&'a Object],
}

impl<'a> Kwargs<'a> {
    /// From the keyword arguments of a call.
    pub fn new(spec: &'static ParamSpec, names: Option<&'a Tuple>, values: &'a [&'a Object]) -> Kwargs<'a> {
        Kwargs { spec, names, values }
    }

    /// Names and values.
    pub fn iter(self) -> impl Iterator<Item = (&'a Str, &'a Object)> {
        let names = self.names.map_or(&[][..], Tuple::as_objects);
        let pairs =
            names.iter().zip(self.values).filter_map(|(name, value)| Some((name.downcast::<Str>()?, *value)));
        pairs.filter(move |(name, _)| !self.spec.keywords.iter().any(|known| name.eq_str(known)))
    }

    /// Number of pairs.
    pub fn len(self) -> usize {
        if self.spec.keywords.is_empty() { self.names.map_or(0, Tuple::len) } else { self.iter().count() }
    }

    /// No pairs?
    pub fn is_empty(self) -> bool {
        self.names.is_none() || self.len() == 0
    }

    /// As a dict object.
    pub fn to_dict(self) -> Result<Ref<crate::Dict>> {
        let dict = crate::Dict::new();
        for (name, value) in self.iter() {
            dict.set_str(name, value)?;
        }
        Ok(dict)
    }
}

impl ParamSpec {
    fn total(&self) -> usize {
        self.posonly + self.keywords.len()
    }

    /// Positional arguments beyond the parameters: `*args`.
    #[inline(always)]
    pub fn rest<'a>(&self, args: &'a [&'a Object], nargs: usize) -> &'a [&'a Object] {
        args.get(self.maxpos..nargs).unwrap_or(&[])
    }

    /// The value of each parameter, by index; those beyond the end of the result are absent. `buffer` has room for
    /// all parameters. A call without keywords and with a right count binds to the arguments themselves.
    #[inline(always)]
    pub fn bind<'a: 'b, 'b>(
        &self,
        args: &'a [&'a Object],
        nargs: usize,
        kwnames: Option<&'a Tuple>,
        buffer: &'b mut [Option<&'a Object>],
    ) -> Result<&'b [Option<&'a Object>]> {
        if kwnames.is_none()
            && self.minkw == 0
            && nargs >= self.minpos
            && (nargs <= self.maxpos || self.varargs)
        {
            let given = &args[..nargs.min(self.maxpos).min(args.len())];
            // SAFETY: `Option<&Object>` has the representation of `&Object`.
            return Ok(unsafe { core::slice::from_raw_parts(given.as_ptr().cast(), given.len()) });
        }
        self.bind_keywords(args, nargs, kwnames, buffer)
    }

    /// The general case of [`ParamSpec::bind`].
    fn bind_keywords<'a: 'b, 'b>(
        &self,
        args: &'a [&'a Object],
        nargs: usize,
        kwnames: Option<&'a Tuple>,
        buffer: &'b mut [Option<&'a Object>],
    ) -> Result<&'b [Option<&'a Object>]> {
        let names = kwnames.map_or(&[][..], Tuple::as_objects);
        let values = &args[nargs..];
        self.check_counts(nargs, names.len())?;
        let given = nargs.min(self.maxpos);
        for (slot, arg) in buffer.iter_mut().zip(&args[..given]) {
            *slot = Some(arg);
        }
        let required_keywords = self.maxpos..self.maxpos + self.minkw;
        let mut unused = names.len();
        for index in given.max(self.posonly)..self.total() {
            let keyword = index - self.posonly;
            let found = if unused == 0 { None } else { self.find(keyword, names) };
            match found {
                Some(at) => {
                    buffer[index] = values.get(at).copied();
                    unused -= 1;
                }
                None if index < self.minpos || required_keywords.contains(&index) => {
                    return Err(self.missing_argument(index));
                }
                None => {}
            }
        }
        if unused > 0 {
            self.check_unused(given, names)?;
        }
        Ok(buffer)
    }

    /// Where among the names given is this parameter? Names of calls are mostly interned, so identity is tried first.
    fn find(&self, keyword: usize, names: &[&Object]) -> Option<usize> {
        let wanted = self.interned[keyword].get(self.keywords[keyword]);
        if let Some(at) = names.iter().position(|name| name.is(wanted)) {
            return Some(at);
        }
        names.iter().position(|name| name.downcast::<Str>().is_some_and(|name| name.eq(wanted)))
    }

    fn check_counts(&self, nargs: usize, keywords: usize) -> Result<()> {
        let too_many = nargs + keywords > self.total() && !self.varargs && !self.varkw;
        let too_many_positional = nargs > self.maxpos && !self.varargs;
        let least = self.posonly.min(self.minpos);
        if too_many || too_many_positional || nargs < least {
            return Err(self.wrong_count(nargs, keywords, too_many));
        }
        Ok(())
    }

    #[cold]
    fn wrong_count(&self, nargs: usize, keywords: usize, too_many: bool) -> Raised {
        let function = self.function;
        if too_many {
            let (max, given) = (self.total(), nargs + keywords);
            let keyword = if nargs == 0 { "keyword " } else { "" };
            let s = plural(max);
            return type_error(format!(
                "{function}() takes at most {max} {keyword}argument{s} ({given} given)"
            ));
        }
        if self.maxpos == 0 {
            return type_error(format!("{function}() takes no positional arguments"));
        }
        let least = self.posonly.min(self.minpos);
        let (bound, count, exact) = if nargs > self.maxpos {
            ("at most", self.maxpos, self.minpos == self.maxpos)
        } else {
            ("at least", least, least == self.maxpos)
        };
        let bound = if exact { "exactly" } else { bound };
        let s = plural(count);
        type_error(format!("{function}() takes {bound} {count} positional argument{s} ({nargs} given)"))
    }

    #[cold]
    fn missing_argument(&self, index: usize) -> Raised {
        let name = self.keywords[index - self.posonly];
        type_error(format!("{}() missing required argument '{name}' (pos {})", self.function, index + 1))
    }

    /// Some keyword arguments were not taken: they were given by position too, or are unknown.
    #[cold]
    fn check_unused(&self, given: usize, names: &[&Object]) -> Result<()> {
        let function = self.function;
        for index in self.posonly..given {
            let keyword = index - self.posonly;
            if self.find(keyword, names).is_some() {
                let (name, position) = (self.keywords[keyword], index + 1);
                return Err(type_error(format!(
                    "argument for {function}() given by name ('{name}') and position ({position})"
                )));
            }
        }
        if self.varkw {
            return Ok(());
        }
        for name in names {
            let Some(name) = name.downcast::<Str>() else {
                return Err(type_error("keywords must be strings"));
            };
            if self.keywords.iter().any(|known| name.eq_str(known)) {
                continue;
            }
            return Err(type_error(init::unexpected(function, &name.to_string(), self.keywords)));
        }
        Ok(())
    }
}
