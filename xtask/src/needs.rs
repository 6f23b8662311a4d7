//! What the commands need from outside, and the message when it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// A file of the folder with runners and reference data.
pub fn shared(path: &str) -> Result<PathBuf, String> {
    let folder = std::env::var_os("KRAIT_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let file = folder.join(path);
    if file.exists() {
        return Ok(file);
    }
    Err(format!("{path} is missing in {}: set KRAIT_SHARED to the folder with it", folder.display()))
}

/// The folder of the reference interpreter.
pub fn oracle() -> Result<PathBuf, String> {
    let default = || {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
        cache.or(home).unwrap_or_default().join("krait-oracle")
    };
    let folder = std::env::var_os("KRAIT_ORACLE").map_or_else(default, PathBuf::from);
    if folder.join("bin/cpython3.14").exists() {
        return Ok(folder);
    }
    Err(format!(
        "no reference interpreter in {}: run oracle/setup of the shared folder and set KRAIT_ORACLE to what it prints \
         (without /bin)",
        folder.display()
    ))
}

/// The reference interpreter.
pub fn oracle_python() -> Result<PathBuf, String> {
    oracle().map(|folder| folder.join("bin/cpython3.14"))
}

/// Takes `--name VALUE` out of the arguments.
pub fn take_option(arguments: &mut Vec<String>, name: &str) -> Option<String> {
    let at = arguments.iter().position(|a| a == name)?;
    arguments.remove(at);
    (at < arguments.len()).then(|| arguments.remove(at))
}

/// Takes a flag out of the arguments.
pub fn take_flag(arguments: &mut Vec<String>, name: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|a| a != name);
    arguments.len() != before
}

/// The Krait to test: `--python`, else `KRAIT`, else the release build.
pub fn krait(arguments: &mut Vec<String>) -> Result<PathBuf, String> {
    let given = take_option(arguments, "--python").or_else(|| std::env::var("KRAIT").ok());
    let path = given.map_or_else(|| root().join("target/release/krait"), PathBuf::from);
    if path.exists() {
        return Ok(path);
    }
    Err(format!("no Krait in {}: cargo build --release, or name one with --python", path.display()))
}

/// A folder for results.
pub fn results(name: &str) -> Result<PathBuf, String> {
    let folder = root().join("target").join(name);
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// A command without the variables that change how Python writes compiled files and output.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_remove("PYTHONDONTWRITEBYTECODE").env_remove("PYTHONUNBUFFERED");
    command
}

/// Runs a command; the result tells whether it succeeded.
pub fn status(command: &mut Command) -> Result<bool, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.status().map(|status| status.success()).map_err(|e| format!("{name}: {e}"))
}
