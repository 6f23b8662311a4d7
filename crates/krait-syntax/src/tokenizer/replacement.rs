//! The source text of a replacement field, as `=` and t-strings show it.

use std::borrow::Cow;

/// The text of an expression in a replacement field, without its comments.
///
/// `source` is what stands between the `{` and the `!`, `:` or `}` that ends the expression.
pub fn interpolation_text(source: &str) -> Cow<'_, str> {
    if !source.contains('#') {
        return Cow::Borrowed(source);
    }
    let mut text = Vec::with_capacity(source.len());
    let mut quote = None;
    let mut bytes = source.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' | b'\'' => {
                quote = match quote {
                    None => Some(byte),
                    Some(open) if open == byte => None,
                    open => open,
                };
                text.push(byte);
            }
            b'\\' if quote.is_some() => {
                text.push(byte);
                text.extend(bytes.next());
            }
            b'#' if quote.is_none() => {
                if bytes.any(|byte| byte == b'\n') {
                    text.push(b'\n');
                }
            }
            _ => text.push(byte),
        }
    }
    String::from_utf8(text).map_or(Cow::Borrowed(source), Cow::Owned)
}
