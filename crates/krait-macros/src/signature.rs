//! The text of a Python signature, `name($self, a, /, b=1, *, c=None)`, as data.

/// How a parameter takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    PositionalOnly,
    Positional,
    Args,
    KeywordOnly,
    Kwargs,
}

/// What a missing argument is.
#[derive(Clone, Debug, PartialEq)]
pub enum Default {
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(String),
    /// Text without meaning here: absent is Rust's `None`.
    Other,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    pub name: String,
    pub kind: Kind,
    pub default: Option<Default>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    pub name: String,
    /// `self`, `type` or `module` when written.
    pub receiver: Option<String>,
    pub params: Vec<Param>,
    /// The text between the parentheses.
    pub inner: String,
}

impl Signature {
    /// Reads name and parameter text only.
    pub fn parse_name(text: &str) -> Result<Signature, String> {
        let (name, rest) = text.split_once('(').ok_or("expected `name(parameters)`")?;
        let inner = rest.trim_end().strip_suffix(')').ok_or("the signature does not end in `)`")?;
        let name = name.trim().to_string();
        if name.is_empty() {
            return Err("the signature has no name".into());
        }
        Ok(Signature { name, receiver: None, params: Vec::new(), inner: inner.trim().to_string() })
    }

    /// Reads the whole signature.
    pub fn parse(text: &str) -> Result<Signature, String> {
        let mut signature = Signature::parse_name(text)?;
        let mut kind = Kind::Positional;
        for (index, part) in split(&without_groups(&signature.inner)).into_iter().enumerate() {
            if let Some(receiver) = part.strip_prefix('$') {
                if index != 0 {
                    return Err(format!("`${receiver}` is not the first parameter"));
                }
                signature.receiver = Some(receiver.to_string());
            } else if part == "/" {
                if kind != Kind::Positional {
                    return Err("`/` after `*`".into());
                }
                signature.params.iter_mut().for_each(|p| p.kind = Kind::PositionalOnly);
            } else if part == "*" {
                kind = Kind::KeywordOnly;
            } else if let Some(name) = part.strip_prefix("**") {
                signature.params.push(Param { name: name.into(), kind: Kind::Kwargs, default: None });
            } else if let Some(name) = part.strip_prefix('*') {
                kind = Kind::KeywordOnly;
                signature.params.push(Param { name: name.into(), kind: Kind::Args, default: None });
            } else {
                let (name, default) = match part.split_once('=') {
                    Some((name, default)) => (name, Some(Default::parse(default.trim()))),
                    None => (part.as_str(), None),
                };
                let name = name.split(':').next().unwrap_or(name).trim().to_string();
                signature.params.push(Param { name, kind, default });
            }
        }
        signature.check_order()?;
        Ok(signature)
    }

    /// The binder relies on required parameters before optional ones, among positional and keyword-only ones each.
    fn check_order(&self) -> Result<(), String> {
        for kinds in [&[Kind::PositionalOnly, Kind::Positional][..], &[Kind::KeywordOnly]] {
            let mut optional = false;
            for param in self.params.iter().filter(|p| kinds.contains(&p.kind)) {
                if optional && param.default.is_none() {
                    return Err(format!("required parameter `{}` after an optional one", param.name));
                }
                optional |= param.default.is_some();
            }
        }
        Ok(())
    }

    /// The signature as `__text_signature__` shows it: functions of modules always show `$module`.
    pub fn text(&self, is_static: bool) -> String {
        if is_static || self.inner.starts_with('$') {
            return format!("{}({})", self.name, self.inner);
        }
        let positional_only = self.params.iter().any(|p| p.kind == Kind::PositionalOnly)
            || split(&self.inner).iter().any(|p| p == "/");
        match (self.inner.is_empty(), positional_only) {
            (true, _) => format!("{}($module, /)", self.name),
            (_, true) => format!("{}($module, {})", self.name, self.inner),
            (_, false) => format!("{}($module, /, {})", self.name, self.inner),
        }
    }

    /// Number of parameters of some kinds.
    pub fn count(&self, filter: impl Fn(&Param) -> bool) -> usize {
        self.params.iter().filter(|p| filter(p)).count()
    }
}

/// Optional groups, `sub[, start[, end]]`: each name in one has a default that cannot be written.
fn without_groups(inner: &str) -> String {
    if !inner.contains("[, ") {
        return inner.to_string();
    }
    let mut groups = inner.split("[, ");
    let mut out = groups.next().unwrap_or_default().to_string();
    for group in groups {
        let (name, rest) = group.split_once(']').unwrap_or((group, ""));
        out += &format!(", {}=<unrepresentable>{}", name, rest.replace(']', ""));
    }
    out
}

impl Default {
    fn parse(text: &str) -> Default {
        match text {
            "None" => return Default::None,
            "True" => return Default::Bool(true),
            "False" => return Default::Bool(false),
            _ => {}
        }
        if let Ok(value) = text.parse() {
            return Default::Int(value);
        }
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
            && let Ok(value) = text.parse()
        {
            return Default::Float(value);
        }
        unquote(text).map_or(Default::Other, Default::Str)
    }
}

/// Splits at commas outside quotes and brackets.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quote, mut escaped) = (0, None, false);
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(String::new());
                    continue;
                }
                _ => {}
            },
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|p| p.trim().to_string()).filter(|p| !p.is_empty()).collect()
}

/// The text of a simple Python string literal.
fn unquote(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                c @ ('\\' | '\'' | '"') => c,
                _ => return None,
            }),
            c if c == quote => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn optional_groups() {
        let s = super::Signature::parse("find($self, sub[, start[, end]], /)").expect("parses");
        let names: Vec<_> = s.params.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["sub", "start", "end"]);
        assert!(s.params[0].default.is_none() && s.params[2].default == Some(super::Default::Other));
        assert_eq!(s.params[2].kind, super::Kind::PositionalOnly);
    }

    use super::*;

    #[test]
    fn kinds_and_defaults() {
        let s =
            Signature::parse(r"f($self, a, b=',', /, c=-1, *, d=None, e=1e-09, g=<unrepresentable>, **kw)")
                .unwrap();
        assert_eq!(s.receiver.as_deref(), Some("self"));
        let kinds: Vec<_> = s.params.iter().map(|p| (p.name.as_str(), p.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("a", Kind::PositionalOnly),
                ("b", Kind::PositionalOnly),
                ("c", Kind::Positional),
                ("d", Kind::KeywordOnly),
                ("e", Kind::KeywordOnly),
                ("g", Kind::KeywordOnly),
                ("kw", Kind::Kwargs),
            ]
        );
        let defaults: Vec<_> = s.params.iter().filter_map(|p| p.default.clone()).collect();
        assert_eq!(
            defaults,
            [Default::Str(",".into()), Default::Int(-1), Default::None, Default::Float(1e-9), Default::Other]
        );
    }

    #[test]
    fn module_is_shown() {
        let text = |s: &str| Signature::parse(s).unwrap().text(false);
        assert_eq!(text("getcwd()"), "getcwd($module, /)");
        assert_eq!(text("len(obj, /)"), "len($module, obj, /)");
        assert_eq!(text("sum(iterable, /, start=0)"), "sum($module, iterable, /, start=0)");
        assert_eq!(text("gcd(*integers)"), "gcd($module, /, *integers)");
        assert_eq!(text("append($self, object, /)"), "append($self, object, /)");
    }

    #[test]
    fn escapes() {
        let s = Signature::parse(r"print(*args, sep=' ', end='\n', file=None, flush=False)").unwrap();
        assert_eq!(s.params[2].default, Some(Default::Str("\n".into())));
        assert_eq!(s.text(false), r"print($module, /, *args, sep=' ', end='\n', file=None, flush=False)");
    }

    #[test]
    fn errors() {
        assert!(Signature::parse("f").is_err());
        assert!(Signature::parse("f(a=1, b)").is_err());
        assert!(Signature::parse("f(a, $self)").is_err());
    }
}
