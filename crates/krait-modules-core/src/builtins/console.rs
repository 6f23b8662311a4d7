//! `print` and `input`.

use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::errors::{self, runtime_error, type_error};
use krait_object::{Object, Ref, Result, Str, gil, id, interp};

/// An attribute of the module `sys`.
pub(crate) fn sys_attribute(name: &Str) -> Option<Ref<Object>> {
    interp::current().sysdict.get().and_then(|sys| sys.get_str(name))
}

/// Writes text to a file object.
fn write(file: &Object, text: &Object) -> Result<()> {
    file.call_method(id!("write"), &[text]).map(drop)
}

fn flush(file: &Object) -> Result<()> {
    file.call_method(id!("flush"), &[]).map(drop)
}

/// A separator argument: text or nothing.
fn separator<'a>(value: Option<&'a Object>, name: &str) -> Result<Option<&'a Object>> {
    let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(None) };
    if value.downcast::<Str>().is_none() {
        return Err(type_error(format!("{name} must be None or a string, not {}", value.type_name())));
    }
    Ok(Some(value))
}

/// Prints the values to a stream, or to sys.stdout by default.
///
/// sep
///   string inserted between values, default a space.
/// end
///   string appended after the last value, default a newline.
/// file
///   a file-like object (stream); defaults to the current sys.stdout.
/// flush
///   whether to forcibly flush the stream.
#[pyfn("print(*args, sep=' ', end='\\n', file=None, flush=False)")]
pub fn print(
    args: Args<'_>,
    sep: Option<&Object>,
    end: Option<&Object>,
    file: Option<&Object>,
    flush: bool,
) -> Result<()> {
    let file = match file {
        Some(file) => file.to_ref(),
        None => match sys_attribute(id!("stdout")) {
            Some(file) if file.is_none() => return Ok(()),
            Some(file) => file,
            None => return Err(runtime_error("lost sys.stdout")),
        },
    };
    let sep = separator(sep, "sep")?.unwrap_or(id!(" "));
    let end = separator(end, "end")?.unwrap_or(id!("\n"));
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            write(&file, sep)?;
        }
        write(&file, &*arg.str()?)?;
    }
    write(&file, end)?;
    if flush {
        self::flush(&file)?;
    }
    Ok(())
}

/// Does the file object stand for this descriptor and a terminal?
fn is_terminal(file: &Object, descriptor: i32) -> bool {
    let number = match file.call_method(id!("fileno"), &[]).and_then(|n| n.as_isize(true)) {
        Ok(number) => number,
        Err(_) => {
            errors::clear();
            return false;
        }
    };
    // SAFETY: asks the system about a descriptor.
    number == descriptor as isize && unsafe { libc::isatty(descriptor) } == 1
}

/// Read a string from standard input.  The trailing newline is stripped.
///
/// The prompt string, if given, is printed to standard output without a
/// trailing newline before reading input.
///
/// If the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.
/// On *nix systems, readline is used if available.
#[pyfn("input(prompt='', /)")]
pub fn input(prompt: Option<&Object>) -> Result {
    let stream = |name: &'static Str| match sys_attribute(name) {
        Some(file) if !file.is_none() => Ok(file),
        _ => Err(runtime_error(format!("input(): lost sys.{name}"))),
    };
    let (stdin, stdout, stderr) = (stream(id!("stdin"))?, stream(id!("stdout"))?, stream(id!("stderr"))?);
    if flush(&stderr).is_err() {
        errors::clear();
    }
    if let Some(prompt) = prompt {
        write(&stdout, &*prompt.str()?)?;
    }
    if flush(&stdout).is_err() {
        errors::clear();
    }
    if is_terminal(&stdin, 0) && is_terminal(&stdout, 1) {
        return read_terminal(&stdin);
    }
    let line = stdin.call_method(id!("readline"), &[])?;
    strip_newline(&line)
}

fn strip_newline(line: &Object) -> Result {
    let Some(text) = line.downcast::<Str>() else {
        return Err(type_error(format!("object.readline() returned non-string (type {})", line.type_name())));
    };
    match text.len() {
        0 => Err(errors::eof_error("EOF when reading a line")),
        len if text.chars().at(len - 1) == 10 => Ok(text.part(0, len - 1).into_object()),
        _ => Ok(line.to_ref()),
    }
}

/// Reads a line from the terminal with the lock released.
fn read_terminal(stdin: &Object) -> Result {
    let line = gil::allow_threads(|| {
        let mut line = Vec::new();
        let mut byte = 0u8;
        loop {
            // SAFETY: reads one byte into a local variable.
            match unsafe { libc::read(0, (&raw mut byte).cast(), 1) } {
                1 if byte == b'\n' => return Ok((line, true)),
                1 => line.push(byte),
                0 => return Ok((line, false)),
                _ => return Err(std::io::Error::last_os_error()),
            }
        }
    });
    match line {
        Ok((line, false)) if line.is_empty() => Err(errors::eof_error("EOF when reading a line")),
        Ok((line, _)) => {
            let encoding = stdin.get_attr_opt(id!("encoding"))?;
            let encoding = encoding.and_then(|e| e.downcast_into::<Str>().ok());
            let encoding = encoding.map_or_else(|| "utf-8".to_owned(), |e| e.to_string_lossy());
            Ok(krait_object::codecs::decode_text(&line, &encoding, "strict")?.into_object())
        }
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
            if let Some(check) = interp::current().hooks.check_signals.get() {
                check()?;
            }
            Err(errors::from_io(&error, None))
        }
        Err(error) => Err(errors::from_io(&error, None)),
    }
}
