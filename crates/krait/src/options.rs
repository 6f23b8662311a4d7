//! The command line and the environment variables that go with it. CPython: `Python/initconfig.c`, `Python/getopt.c`.
//!
//! Pure parsing: nothing is printed and nothing is read but the arguments and the environment given.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// What the interpreter runs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Program {
    /// Standard input, or the prompt if it is a terminal.
    #[default]
    Stdin,
    /// `-c`
    Command(OsString),
    /// `-m`
    Module(OsString),
    /// A file, or a folder or archive with `__main__.py`.
    File(OsString),
}

/// What to print instead of running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Information {
    Help,
    HelpEnvironment,
    HelpOptions,
    HelpAll,
    Version,
    LongVersion,
}

/// Options of one start (`PyConfig`).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    pub program: Program,
    /// `sys.argv[1:]`
    pub arguments: Vec<OsString>,
    /// `sys.orig_argv`
    pub original: Vec<OsString>,
    pub information: Option<Information>,
    pub bytes_warning: i32,
    pub dont_write_bytecode: bool,
    pub debug: i32,
    pub ignore_environment: bool,
    pub inspect: bool,
    pub isolated: bool,
    pub optimize: i32,
    pub safe_path: bool,
    pub quiet: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub unbuffered: bool,
    pub verbose: i32,
    pub skip_first_line: bool,
    pub warnings: Vec<OsString>,
    pub x_options: Vec<OsString>,
    pub check_hash_pycs: Option<String>,
}

/// Why the command line cannot be used: a line for standard error before the usage.
pub type UsageError = String;

const WITH_ARGUMENT: &[u8] = b"cmWX";

/// Parses a command line; the first item is the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, UsageError> {
    let original: Vec<OsString> = arguments.into_iter().collect();
    let mut options = Options { original: original.clone(), ..Options::default() };
    let mut rest = original.into_iter().skip(1);
    while let Some(argument) = rest.next() {
        let bytes = argument.as_bytes();
        if bytes == b"-" || !bytes.starts_with(b"-") {
            if bytes != b"-" {
                options.program = Program::File(argument);
            }
            options.arguments = rest.collect();
            return Ok(options);
        }
        if bytes == b"--" {
            if let Some(file) = rest.next() {
                options.program = Program::File(file);
            }
            options.arguments = rest.collect();
            return Ok(options);
        }
        if let Some(long) = bytes.strip_prefix(b"--") {
            parse_long(&mut options, long, &mut rest)?;
            continue;
        }
        if parse_cluster(&mut options, &bytes[1..], &mut rest)? {
            options.arguments = rest.collect();
            return Ok(options);
        }
    }
    Ok(options)
}

fn parse_long(
    options: &mut Options,
    name: &[u8],
    rest: &mut dyn Iterator<Item = OsString>,
) -> Result<(), UsageError> {
    match name {
        b"help" => options.information = Some(Information::Help),
        b"help-env" => options.information = Some(Information::HelpEnvironment),
        b"help-xoptions" => options.information = Some(Information::HelpOptions),
        b"help-all" => options.information = Some(Information::HelpAll),
        b"version" => options.information = Some(longer_version(options.information)),
        b"check-hash-based-pycs" => {
            let mode = rest.next().unwrap_or_default();
            match mode.to_str() {
                Some("always" | "never" | "default") => {
                    options.check_hash_pycs = mode.into_string().ok();
                }
                _ => {
                    return Err(
                        "--check-hash-based-pycs must be one of 'default', 'always', or 'never'".to_owned()
                    );
                }
            }
        }
        _ => return Err(format!("Unknown option: --{}", String::from_utf8_lossy(name))),
    }
    Ok(())
}

/// `-V` given twice tells more.
fn longer_version(before: Option<Information>) -> Information {
    match before {
        Some(Information::Version | Information::LongVersion) => Information::LongVersion,
        _ => Information::Version,
    }
}

/// Parses letters behind one dash. True when the option list ends here (`-c`, `-m`).
fn parse_cluster(
    options: &mut Options,
    letters: &[u8],
    rest: &mut dyn Iterator<Item = OsString>,
) -> Result<bool, UsageError> {
    for (index, &letter) in letters.iter().enumerate() {
        if WITH_ARGUMENT.contains(&letter) {
            let attached = &letters[index + 1..];
            let value = if attached.is_empty() {
                rest.next()
                    .ok_or_else(|| format!("Argument expected for the -{} option", char::from(letter)))?
            } else {
                OsStr::from_bytes(attached).to_owned()
            };
            match letter {
                b'c' => {
                    let mut command = value.into_vec();
                    command.push(b'\n');
                    options.program = Program::Command(OsString::from_vec(command));
                    return Ok(true);
                }
                b'm' => {
                    options.program = Program::Module(value);
                    return Ok(true);
                }
                b'W' => options.warnings.push(value),
                _ => options.x_options.push(value),
            }
            return Ok(false);
        }
        parse_letter(options, letter)?;
    }
    Ok(false)
}

fn parse_letter(options: &mut Options, letter: u8) -> Result<(), UsageError> {
    match letter {
        b'b' => options.bytes_warning += 1,
        b'B' => options.dont_write_bytecode = true,
        b'd' => options.debug += 1,
        b'E' => options.ignore_environment = true,
        b'h' | b'?' => options.information = Some(Information::Help),
        b'i' => options.inspect = true,
        b'I' => options.isolated = true,
        b'O' => options.optimize += 1,
        b'P' => options.safe_path = true,
        b'q' => options.quiet = true,
        b'R' | b't' => {}
        b's' => options.no_user_site = true,
        b'S' => options.no_site = true,
        b'u' => options.unbuffered = true,
        b'v' => options.verbose += 1,
        b'V' => options.information = Some(longer_version(options.information)),
        b'x' => options.skip_first_line = true,
        _ => return Err(format!("Unknown option: -{}", char::from(letter))),
    }
    Ok(())
}

impl Options {
    /// Adds what environment variables say, unless `-E` or `-I` forbid it. `get` gives a variable's value.
    pub fn apply_environment(&mut self, get: &dyn Fn(&str) -> Option<OsString>) {
        if self.isolated {
            self.ignore_environment = true;
            self.no_user_site = true;
            self.safe_path = true;
        }
        if self.ignore_environment {
            return;
        }
        // A variable counts when it is set to a non-empty text.
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let level = |name: &str| -> i32 {
            get(name).map_or(0, |value| value.to_str().and_then(|v| v.parse().ok()).unwrap_or(1).max(1))
        };
        self.debug = self.debug.max(level("PYTHONDEBUG"));
        self.verbose = self.verbose.max(level("PYTHONVERBOSE"));
        self.optimize = self.optimize.max(level("PYTHONOPTIMIZE"));
        self.inspect |= get("PYTHONINSPECT").is_some();
        self.dont_write_bytecode |= get("PYTHONDONTWRITEBYTECODE").is_some();
        self.no_user_site |= get("PYTHONNOUSERSITE").is_some();
        self.unbuffered |= get("PYTHONUNBUFFERED").is_some();
        self.safe_path |= get("PYTHONSAFEPATH").is_some();
        if let Some(warnings) = get("PYTHONWARNINGS") {
            // Those of the command line come later, so that they win.
            let mut from_environment: Vec<OsString> = warnings
                .as_bytes()
                .split(|b| *b == b',')
                .filter(|part| !part.is_empty())
                .map(|part| OsStr::from_bytes(part).to_owned())
                .collect();
            from_environment.append(&mut self.warnings);
            self.warnings = from_environment;
        }
    }

    /// The value of `-X name[=value]`: `Some("")` for a bare name.
    pub fn x_option(&self, name: &str) -> Option<&OsStr> {
        self.x_options.iter().rev().find_map(|option| {
            let bytes = option.as_bytes();
            let (key, value) = match bytes.iter().position(|b| *b == b'=') {
                Some(at) => (&bytes[..at], &bytes[at + 1..]),
                None => (bytes, &[][..]),
            };
            (key == name.as_bytes()).then(|| OsStr::from_bytes(value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, UsageError> {
        parse(std::iter::once("krait").chain(line.split_whitespace()).map(OsString::from))
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn command_ends_the_options() {
        let options = parsed("-OBc pass -v x").expect("parses");
        assert_eq!(options.program, Program::Command("pass\n".into()));
        assert_eq!(options.arguments, words("-v x"));
        assert!(options.dont_write_bytecode);
        assert_eq!((options.optimize, options.verbose), (1, 0));
    }

    #[test]
    fn module_with_attached_name() {
        let options = parsed("-mtimeit 1+1").expect("parses");
        assert_eq!(options.program, Program::Module("timeit".into()));
        assert_eq!(options.arguments, words("1+1"));
    }

    #[test]
    fn file_and_its_arguments() {
        let options = parsed("-W error -Xdev script.py -c").expect("parses");
        assert_eq!(options.program, Program::File("script.py".into()));
        assert_eq!(options.arguments, words("-c"));
        assert_eq!(options.warnings, words("error"));
        assert_eq!(options.x_option("dev"), Some(OsStr::new("")));
    }

    /// The first lines that CPython 3.14 prints for these.
    #[test]
    fn errors() {
        assert_eq!(parsed("-Z").unwrap_err(), "Unknown option: -Z");
        assert_eq!(parsed("--foo").unwrap_err(), "Unknown option: --foo");
        assert_eq!(parsed("-c").unwrap_err(), "Argument expected for the -c option");
        assert_eq!(
            parsed("--check-hash-based-pycs bla").unwrap_err(),
            "--check-hash-based-pycs must be one of 'default', 'always', or 'never'"
        );
    }

    #[test]
    fn environment() {
        let mut options = parsed("-W b").expect("parses");
        options.apply_environment(&|name| match name {
            "PYTHONWARNINGS" => Some("a,c".into()),
            "PYTHONOPTIMIZE" => Some("2".into()),
            "PYTHONVERBOSE" => Some("yes".into()),
            "PYTHONINSPECT" => Some("".into()),
            _ => None,
        });
        assert_eq!(options.warnings, words("a c b"));
        assert_eq!((options.optimize, options.verbose, options.inspect), (2, 1, false));
    }

    #[test]
    fn isolated_ignores_the_environment() {
        let mut options = parsed("-I x.py").expect("parses");
        options.apply_environment(&|_| Some("1".into()));
        assert!(options.safe_path && options.no_user_site && !options.inspect);
    }

    #[test]
    fn version_twice_tells_more() {
        assert_eq!(parsed("-VV").expect("parses").information, Some(Information::LongVersion));
        assert_eq!(parsed("--version").expect("parses").information, Some(Information::Version));
    }
}
