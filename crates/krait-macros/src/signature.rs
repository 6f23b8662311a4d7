//! The Python signature text.

use syn::LitStr;

/// How a parameter takes its argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
    VarArgs,
    VarKwargs,
}

/// One parameter, the receiver excluded.
#[derive(Debug)]
pub struct Param {
    pub name: String,
    pub kind: Kind,
    /// Text of the default.
    pub default: Option<String>,
}

/// A parsed signature.
#[derive(Debug)]
pub struct Signature {
    pub name: String,
    /// From the opening to the closing parenthesis.
    pub text: String,
    pub has_receiver: bool,
    pub params: Vec<Param>,
}

/// Splits at commas outside quotes and brackets.
fn split_params(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut depth, mut quote) = (Vec::new(), String::new(), 0, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                part.push(c);
                part.extend(chars.next());
                continue;
            }
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(core::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if !part.trim().is_empty() {
        parts.push(part.trim().to_owned());
    }
    parts
}

/// Parses `name($self, a, /, b=1, *, c=None)`.
pub fn parse(literal: &LitStr) -> syn::Result<Signature> {
    let value = literal.value();
    let error = |message: &str| syn::Error::new(literal.span(), message);
    let open = value.find('(').ok_or_else(|| error("signature has no '('"))?;
    let close = value.rfind(')').ok_or_else(|| error("signature has no ')'"))?;
    let mut params: Vec<Param> = Vec::new();
    let (mut has_receiver, mut keyword_only) = (false, false);
    for (index, part) in split_params(&value[open + 1..close]).into_iter().enumerate() {
        if index == 0 && part.starts_with('$') {
            has_receiver = true;
        } else if part == "/" {
            for param in &mut params {
                param.kind = Kind::PositionalOnly;
            }
        } else if part == "*" {
            keyword_only = true;
        } else if let Some(name) = part.strip_prefix("**") {
            params.push(Param { name: name.to_owned(), kind: Kind::VarKwargs, default: None });
        } else if let Some(name) = part.strip_prefix('*') {
            keyword_only = true;
            params.push(Param { name: name.to_owned(), kind: Kind::VarArgs, default: None });
        } else {
            let (name, default) = match part.split_once('=') {
                Some((name, default)) => (name.trim().to_owned(), Some(default.trim().to_owned())),
                None => (part, None),
            };
            let kind = if keyword_only { Kind::KeywordOnly } else { Kind::PositionalOrKeyword };
            params.push(Param { name, kind, default });
        }
    }
    Ok(Signature {
        name: value[..open].trim().to_owned(),
        text: value[open..=close].to_owned(),
        has_receiver,
        params,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Signature {
        parse(&LitStr::new(text, proc_macro2::Span::call_site())).expect("parses")
    }

    #[test]
    fn kinds_and_defaults() {
        let s = parsed("print(*args, sep=' ', end='\\n', file=None)");
        assert_eq!(s.name, "print");
        assert!(!s.has_receiver);
        let kinds: Vec<_> = s.params.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [Kind::VarArgs, Kind::KeywordOnly, Kind::KeywordOnly, Kind::KeywordOnly]);
        assert_eq!(s.params[1].default.as_deref(), Some("' '"));
    }

    #[test]
    fn positional_only_marker() {
        let s = parsed("pop($self, index=-1, /, other=(1, 2))");
        assert!(s.has_receiver);
        assert_eq!(s.params[0].kind, Kind::PositionalOnly);
        assert_eq!(s.params[1].kind, Kind::PositionalOrKeyword);
        assert_eq!(s.params[1].default.as_deref(), Some("(1, 2)"));
    }

    #[test]
    fn comma_in_a_string_default() {
        let s = parsed("f(a=',', /)");
        assert_eq!(s.params.len(), 1);
        assert_eq!(s.params[0].default.as_deref(), Some("','"));
    }
}
