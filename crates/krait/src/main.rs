//! The command `krait`: parses its arguments, starts the interpreter, runs the program, ends with its status.
//!
//! - `options`: the command line and the environment
//! - `help`: what is printed for `--help` and `--version`

mod help;
mod options;

use krait_modules_core::{config, lifecycle};
use krait_object::Result;
use krait_object::module::ModuleDef;
use options::{Options, Program};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

fn main() {
    std::process::exit(run());
}

fn run() -> i32 {
    let arguments: Vec<_> = std::env::args_os().collect();
    let mut options = match options::parse(arguments) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\nusage: krait [option] ... [-c cmd | -m mod | file | -] [arg] ...");
            eprintln!("Try `krait -h' for more information.");
            return 2;
        }
    };
    if let Some(which) = options.information {
        print!("{}", help::text(which));
        return 0;
    }
    options.apply_environment(&|name| std::env::var_os(name));
    if let Err(message) = configure(&options) {
        eprintln!("Fatal Python error: {message}");
        return 1;
    }
    let status = match start_and_run(&options) {
        Ok(()) => 0,
        Err(raised) => lifecycle::report(raised),
    };
    lifecycle::finish(status)
}

fn start_and_run(options: &Options) -> Result<()> {
    lifecycle::start()?;
    lifecycle::start_library()?;
    run_program(options)
}

/// All native modules of the program.
fn modules() -> Vec<&'static ModuleDef> {
    [
        krait_modules_core::MODULES,
        krait_modules_io::MODULES,
        krait_modules_os::MODULES,
        krait_modules_data::MODULES,
        krait_modules_runtime::MODULES,
    ]
    .concat()
}

/// Makes the configuration from the options.
fn configure(options: &Options) -> std::result::Result<(), String> {
    let variable = |name: &str| {
        if options.ignore_environment { None } else { std::env::var_os(name).filter(|v| !v.is_empty()) }
    };
    let seed = match variable("PYTHONHASHSEED").as_deref().and_then(OsStr::to_str) {
        None | Some("random") => None,
        Some(text) => match text.parse::<u32>() {
            Ok(seed) => Some(seed),
            Err(_) => {
                return Err(
                    "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]".to_owned()
                );
            }
        },
    };
    krait_object::hash::set_secret(seed);
    let environment = krait_stdlib::Environment::from_process(options.ignore_environment);
    let program = options.original.first().cloned().unwrap_or_default();
    let prefixes = krait_stdlib::locate(&program, &environment)
        .map_err(|error| format!("the standard library cannot be unpacked: {error}"))?;
    let digits = options.x_option("int_max_str_digits").map(OsStr::to_owned);
    let digits = digits.or_else(|| variable("PYTHONINTMAXSTRDIGITS"));
    let digits = match digits.as_deref().and_then(OsStr::to_str) {
        None => 4300,
        Some(text) => text
            .parse::<i32>()
            .ok()
            .filter(|n| *n == 0 || *n >= 640)
            .ok_or("int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.")?,
    };
    let io = variable("PYTHONIOENCODING").and_then(|v| v.into_string().ok());
    let (io_encoding, io_errors) = match io.as_deref().map(|v| v.split_once(':').unwrap_or((v, ""))) {
        Some((encoding, errors)) => {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            (some(encoding), some(errors))
        }
        None => (None, None),
    };
    let bytes = |values: &[std::ffi::OsString]| values.iter().map(|v| v.as_bytes().to_vec()).collect();
    config::set(config::Config {
        modules: modules(),
        prefixes,
        argv: argv(options),
        orig_argv: bytes(&options.original),
        warn_options: bytes(&options.warnings),
        x_options: bytes(&options.x_options),
        debug: options.debug,
        inspect: options.inspect,
        interactive: options.inspect,
        optimize: options.optimize,
        dont_write_bytecode: options.dont_write_bytecode,
        no_user_site: options.no_user_site,
        no_site: options.no_site,
        ignore_environment: options.ignore_environment,
        verbose: options.verbose,
        bytes_warning: options.bytes_warning,
        quiet: options.quiet,
        hash_randomization: seed != Some(0),
        isolated: options.isolated,
        dev_mode: options.x_option("dev").is_some(),
        utf8_mode: i32::from(options.x_option("utf8").is_some_and(|v| v != "0")),
        warn_default_encoding: options.x_option("warn_default_encoding").is_some(),
        safe_path: options.safe_path,
        int_max_str_digits: digits,
        unbuffered: options.unbuffered,
        use_frozen_modules: options.x_option("frozen_modules").is_none_or(|v| v != "off"),
        check_hash_pycs: options.check_hash_pycs.clone().unwrap_or_else(|| "default".to_owned()),
        pycache_prefix: options
            .x_option("pycache_prefix")
            .map(OsStr::to_owned)
            .or_else(|| variable("PYTHONPYCACHEPREFIX"))
            .map(OsStringExt::into_vec)
            .filter(|p| !p.is_empty()),
        io_encoding,
        io_errors,
        version: help::VERSION,
    });
    Ok(())
}

/// `sys.argv`: the program first.
fn argv(options: &Options) -> Vec<Vec<u8>> {
    let first = match &options.program {
        Program::Stdin => b"".to_vec(),
        Program::Command(_) => b"-c".to_vec(),
        Program::Module(_) => b"-m".to_vec(),
        Program::File(file) => file.as_bytes().to_vec(),
    };
    std::iter::once(first).chain(options.arguments.iter().map(|a| a.as_bytes().to_vec())).collect()
}

fn run_program(options: &Options) -> Result<()> {
    match &options.program {
        Program::Command(command) => lifecycle::run_command(command.as_bytes()),
        Program::File(file) => lifecycle::run_file(file, options.skip_first_line),
        Program::Module(name) => lifecycle::run_module(name.as_bytes()),
        Program::Stdin => lifecycle::run_stdin(),
    }
}
