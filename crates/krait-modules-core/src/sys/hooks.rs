//! Hooks of `sys`: printing exceptions and values, auditing, breakpoints.

use crate::builtins::console::sys_attribute;
use krait_macros::pyfn;
use krait_object::args::{Args, Kwargs};
use krait_object::errors::{self, runtime_error, type_error};
use krait_object::exceptions::BaseException;
use krait_object::{Object, Ref, Result, Str, id, interp, none};

/// Writes text to `sys.stderr`, or to the descriptor when there is none.
pub fn write_stderr(text: &str) {
    if let Some(file) = sys_attribute(id!("stderr")).filter(|f| !f.is_none()) {
        let written = file
            .call_method(id!("write"), &[&Str::new(text)])
            .and_then(|_| file.call_method(id!("flush"), &[]));
        if written.is_ok() {
            return;
        }
        errors::clear();
    }
    eprint!("{text}");
}

/// Prints an exception as the interpreter does: by the library's traceback module, or plainly if that fails.
pub fn print_exception(exception: &BaseException) {
    if print_by_library(exception).is_ok() {
        return;
    }
    errors::clear();
    let name = exception.ty().short_name().to_owned();
    let text = Object::str(exception).map(|s| s.to_string_lossy()).unwrap_or_else(|_| {
        errors::clear();
        "<exception str() failed>".to_owned()
    });
    write_stderr(&if text.is_empty() { format!("{name}\n") } else { format!("{name}: {text}\n") });
}

fn print_by_library(exception: &BaseException) -> Result<()> {
    let traceback = crate::import::import_name("traceback")?;
    let file = sys_attribute(id!("stderr")).unwrap_or_else(|| none().to_ref());
    if file.is_none() {
        return Ok(());
    }
    let printer = traceback.get_attr(id!("_print_exception_bltin"))?;
    printer.call(&[exception])?;
    file.call_method(id!("flush"), &[])?;
    Ok(())
}

/// Handle an exception by displaying it with a traceback on sys.stderr.
#[pyfn("excepthook(exctype, value, traceback, /)")]
pub fn excepthook(exctype: &Object, value: &Object, traceback: &Object) -> Result<()> {
    let _ = exctype;
    let Some(exception) = value.downcast::<BaseException>() else {
        let text = format!(
            "TypeError: print_exception(): Exception expected for value, {} found\n",
            value.type_name()
        );
        write_stderr(&text);
        return Ok(());
    };
    if exception.traceback.is_empty() && !traceback.is_none() {
        exception.traceback.set(Some(traceback.to_ref()));
    }
    print_exception(exception);
    Ok(())
}

/// Print an object to sys.stdout and also save it in builtins._
#[pyfn("displayhook(object, /)")]
pub fn displayhook(object: &Object) -> Result<()> {
    let Some(builtins) = interp::current().builtins.get() else {
        return Err(runtime_error("lost builtins module"));
    };
    if object.is_none() {
        return Ok(());
    }
    builtins.set_str(id!("_"), none())?;
    let Some(stdout) = sys_attribute(id!("stdout")).filter(|f| !f.is_none()) else {
        return Err(runtime_error("lost sys.stdout"));
    };
    let text = object.repr()?;
    match stdout.call_method(id!("write"), &[&text]) {
        Ok(_) => {}
        Err(raised) => {
            errors::clear_if(raised, &krait_object::exceptions::PyExc_UnicodeEncodeError)?;
            let encoding = stdout.get_attr(id!("encoding"))?.str()?.to_string_lossy();
            let bytes = krait_object::codecs::encode_text(&text, &encoding, "backslashreplace")?;
            let bytes = krait_object::buffer::copy_of_bytes(&bytes)?.unwrap_or_default();
            let shown = krait_object::codecs::decode_text(&bytes, &encoding, "strict")?;
            stdout.call_method(id!("write"), &[&shown])?;
        }
    }
    stdout.call_method(id!("write"), &[id!("\n")])?;
    builtins.set_str(id!("_"), object)
}

/// Handle an unraisable exception.
///
/// The unraisable argument has the following attributes:
///
/// * exc_type: Exception type.
/// * exc_value: Exception value, can be None.
/// * exc_traceback: Exception traceback, can be None.
/// * err_msg: Error message, can be None.
/// * object: Object causing the exception, can be None.
#[pyfn("unraisablehook(unraisable, /)")]
pub fn unraisablehook(unraisable: &Object) -> Result<()> {
    let message = unraisable.get_attr(id!("err_msg"))?;
    let object = unraisable.get_attr(id!("object"))?;
    let mut line = match message.is_none() {
        true => "Exception ignored in".to_owned(),
        false => message.str()?.to_string_lossy(),
    };
    if !object.is_none() {
        let shown = object.repr().map_or_else(
            |_| {
                errors::clear();
                "<object repr() failed>".to_owned()
            },
            |r| r.to_string_lossy(),
        );
        line = format!("{line}: {shown}");
    }
    write_stderr(&format!("{line}\n"));
    let value = unraisable.get_attr(id!("exc_value"))?;
    if let Some(exception) = value.downcast::<BaseException>() {
        print_exception(exception);
    }
    Ok(())
}

/// Reports an exception that cannot be raised: `interp.hooks.write_unraisable`.
pub fn write_unraisable(place: &str, object: Option<&Object>) {
    let Some(exception) = errors::take() else { return };
    if report_unraisable(&exception, place, object).is_err() {
        errors::clear();
        print_exception(&exception);
    }
}

fn report_unraisable(exception: &Ref<BaseException>, place: &str, object: Option<&Object>) -> Result<()> {
    let message = if place.is_empty() {
        none().to_ref()
    } else {
        Str::new(&format!("Exception ignored {}", place.trim_end())).into_object()
    };
    let args = crate::sys::attributes::unraisable_args(vec![
        exception.ty().to_ref(),
        exception.clone().into_object(),
        exception.traceback.get().unwrap_or_else(|| none().to_ref()),
        message,
        object.map_or_else(|| none().to_ref(), Object::to_ref),
    ])?;
    match sys_attribute(id!("unraisablehook")).filter(|h| !h.is_none()) {
        Some(hook) => hook.call(&[&args]).map(drop),
        None => unraisablehook(&args),
    }
}

/// This hook function is called by built-in breakpoint().
#[pyfn("breakpointhook(*args, **kws)")]
pub fn breakpointhook(args: Args<'_>, kws: Kwargs<'_>) -> Result {
    let named = std::env::var("PYTHONBREAKPOINT").unwrap_or_default();
    let named = if crate::config::get().ignore_environment { String::new() } else { named };
    let path = match named.as_str() {
        "0" => return Ok(none().to_ref()),
        "" => "pdb.set_trace",
        other => other,
    };
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", path));
    let found = crate::import::import_name(module).and_then(|m| m.get_attr(&Str::new(name)));
    match found {
        Ok(function) => {
            let keywords = kws.to_dict()?;
            function.call_dict(&args.to_tuple(), Some(&keywords))
        }
        Err(_) => {
            errors::clear();
            errors::warn(
                &krait_object::exceptions::PyExc_RuntimeWarning,
                format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{path}\""),
                0,
            )?;
            Ok(none().to_ref())
        }
    }
}

/// The audit hooks of the interpreter, in a list that Python code does not see.
fn audit_hooks() -> Option<Ref<krait_object::List>> {
    interp::current().audit_hooks.get()
}

/// audit(event, *args)
///
/// Passes the event to any hooks that are attached.
#[pyfn("audit(event, /, *args)")]
pub fn audit(event: &Object, args: Args<'_>) -> Result<()> {
    if event.downcast::<Str>().is_none() {
        return Err(type_error(format!("expected str for argument 'event', not {}", event.type_name())));
    }
    match audit_hooks() {
        Some(hooks) => dispatch(&hooks, event, &args.to_tuple()),
        None => Ok(()),
    }
}

fn dispatch(hooks: &krait_object::List, event: &Object, args: &krait_object::Tuple) -> Result<()> {
    for hook in hooks.to_vec() {
        hook.call(&[event, args])?;
    }
    Ok(())
}

/// Raises an audit event from native code: `interp.hooks.audit`.
pub fn raise_audit(event: &str, args: &[&Object]) -> Result<()> {
    match audit_hooks() {
        None => Ok(()),
        Some(hooks) => dispatch(&hooks, &Str::new(event), &krait_object::Tuple::from_slice(args)),
    }
}

/// Adds a new audit hook callback.
#[pyfn("addaudithook(hook)")]
pub fn addaudithook(hook: &Object) -> Result<()> {
    let hooks = match audit_hooks() {
        Some(hooks) => hooks,
        None => {
            let hooks = krait_object::List::new();
            interp::current().audit_hooks.set(Some(hooks.clone()));
            hooks
        }
    };
    hooks.push(hook.to_ref());
    Ok(())
}
