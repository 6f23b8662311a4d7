//! f-strings and t-strings.

use crate::eval::Regs;
use krait_object::{Object, Result, Str, Tuple};

#[inline(always)]
pub fn convert_value(r: &mut Regs, arg: usize) -> Result<()> {
    let value = r.pop();
    let text = match arg {
        1 => value.object().str()?,
        2 => value.object().repr()?,
        _ => value.object().ascii()?,
    };
    r.push_ref(text.into_object());
    Ok(())
}

#[inline(always)]
pub fn format_simple(r: &mut Regs) -> Result<()> {
    // A plain string formats as itself.
    if r.object(1).downcast_exact::<Str>().is_some() {
        return Ok(());
    }
    let value = r.pop();
    let text = value.object().format(Str::empty())?;
    r.push_ref(text.into_object());
    Ok(())
}

#[inline(always)]
pub fn format_with_spec(r: &mut Regs) -> Result<()> {
    let (spec, value) = (r.pop(), r.pop());
    let text = format_value(value.object(), spec.object())?;
    r.push_ref(text);
    Ok(())
}

#[inline(never)]
fn format_value(value: &Object, spec: &Object) -> Result {
    match spec.downcast::<Str>() {
        Some(spec) => Ok(value.format(spec)?.into_object()),
        None => Err(krait_object::type_error(format!(
            "Format specifier must be a string, not {}",
            spec.type_name()
        ))),
    }
}

/// `BUILD_INTERPOLATION`: value, text, and with the low bit a format specifier; the upper bits are the conversion.
pub fn build_interpolation(r: &mut Regs, arg: usize) -> Result<()> {
    let spec = if arg & 1 != 0 { r.pop().into_ref() } else { Str::empty().to_ref() };
    let (text, value) = (r.pop(), r.pop());
    let made = crate::template::new_interpolation(value.object(), text.object(), arg >> 2, &spec);
    r.push_ref(made);
    Ok(())
}

/// `BUILD_TEMPLATE`: strings and interpolations.
pub fn build_template(r: &mut Regs) -> Result<()> {
    let (interpolations, strings) = (r.pop(), r.pop());
    let (Some(strings), Some(interpolations)) =
        (strings.object().downcast::<Tuple>(), interpolations.object().downcast::<Tuple>())
    else {
        return Err(krait_object::errors::system_error("BUILD_TEMPLATE without tuples"));
    };
    r.push_ref(crate::template::new_template(strings, interpolations));
    Ok(())
}
