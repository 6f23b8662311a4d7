//! Private names: `__name` inside `class C` is `_C__name`.

use krait_ast::Name;

/// The name as it is stored inside the class `private`.
pub fn mangle(private: Option<&Name>, name: &Name) -> Name {
    let Some(private) = private else { return name.clone() };
    // Names with dots come from imports and are left alone.
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = private.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    Name::from(format!("_{class}{name}"))
}
