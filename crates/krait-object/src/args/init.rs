//! Arguments of `tp_new` and `tp_init`, which come as a tuple and a dict.

use super::{plural, suggest};
use crate::errors::type_error;
use crate::object::Object;
use crate::reference::Ref;
use crate::result::Result;
use crate::{Dict, Str, Tuple};

/// Binds the arguments of a `tp_new` or `tp_init` to parameters that can be given by position or name; the first
/// `required` must be there.
pub fn parse_init(
    function: &str,
    params: &[&str],
    required: usize,
    args: &Tuple,
    kwargs: Option<&Dict>,
) -> Result<Vec<Option<Ref<Object>>>> {
    let (total, given) = (params.len(), args.len() + kwargs.map_or(0, Dict::len));
    if given > total {
        let keyword = if args.is_empty() { "keyword " } else { "" };
        let s = plural(total);
        return Err(type_error(format!(
            "{function}() takes at most {total} {keyword}argument{s} ({given} given)"
        )));
    }
    let mut values: Vec<Option<Ref<Object>>> = args.as_slice().iter().cloned().map(Some).collect();
    values.resize(total, None);
    let mut problem = None;
    for (name, value) in kwargs.map_or_else(Vec::new, Dict::items) {
        let Some(text) = name.downcast::<Str>() else { return Err(type_error("keywords must be strings")) };
        let found = params.iter().position(|p| text.eq_str(p));
        match found {
            Some(index) if index >= args.len() => values[index] = Some(value),
            // A missing argument is reported before these.
            _ if problem.is_some() => {}
            Some(index) => {
                let position = index + 1;
                problem = Some(format!(
                    "argument for {function}() given by name ('{text}') and position ({position})"
                ));
            }
            None => problem = Some(unexpected(function, &text.to_string(), params)),
        }
    }
    if let Some(index) = values.iter().take(required).position(Option::is_none) {
        let (name, position) = (params[index], index + 1);
        return Err(type_error(format!("{function}() missing required argument '{name}' (pos {position})")));
    }
    match problem {
        Some(message) => Err(type_error(message)),
        None => Ok(values),
    }
}

/// The message for a keyword argument that is no parameter.
pub(super) fn unexpected(function: &str, name: &str, params: &[&str]) -> String {
    let mut message = format!("{function}() got an unexpected keyword argument '{name}'");
    if let Some(similar) = suggest::closest(name, params.iter().copied()) {
        message.push_str(&format!(". Did you mean '{similar}'?"));
    }
    message
}
