//! `cargo xtask COMMAND`: what developers run. Each command is a thin driver; what it needs and where that comes from is
//! said when it is missing.
//!
//! The runners and reference data of conformance, identity and bench live in a folder beside this repository
//! (`KRAIT_SHARED`, default `../shared`); the reference interpreter in `KRAIT_ORACLE` (what that folder's `oracle/setup`
//! prints).
#![forbid(unsafe_code)]

mod abi;
mod bench;
mod bless;
mod conformance;
mod fuzz;
mod identity;
mod needs;
mod shrinking;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND [OPTIONS]

  conformance [--bless] [--python KRAIT] [RUNNER OPTIONS]
                 CPython's test suite; fails on what conformance/expected-failures.txt does not say.
                 Runner options are those of suite_run.py: --only 'test_dict test_list', --area language, --jobs 2 …
  identity [--python KRAIT] [ROOT ...]
                 compiles every module under the roots (default: the reference's library) with both and compares
  bench [micro | core | extra] [--python KRAIT] [RUNNER OPTIONS]
                 speed as a ratio to the reference
  abi-check [--bless] [--python KRAIT]
                 exported C symbols against those of the headers
  bless PYTHON   makes the fixtures of the crates' tests anew with a python3.14
  fuzz [syntax | marshal] [--seconds N] [--seed N]
                 mutated inputs; nothing may crash
";

/// Why a command could not be run.
pub type Outcome = Result<bool, String>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_str() {
        "conformance" => conformance::run(rest),
        "identity" => identity::run(rest),
        "bench" => bench::run(rest),
        "abi-check" => abi::run(rest),
        "bless" => bless::run(rest),
        "fuzz" => fuzz::run(rest),
        _ => {
            print!("{USAGE}");
            return ExitCode::from(u8::from(!command.is_empty() && command != "--help"));
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("xtask {command}: {message}");
            ExitCode::from(2)
        }
    }
}
