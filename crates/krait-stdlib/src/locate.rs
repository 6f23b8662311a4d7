//! Which standard library a start of the program uses. CPython: `Modules/getpath.py`.
//!
//! In this order: `PYTHONHOME`; the library of the interpreter that a `pyvenv.cfg` beside the program (or one folder up)
//! names; `../lib/python3.14` beside the program; the embedded library, unpacked.

use crate::{LIBRARY, unpack};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The variables of the environment that matter here.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `PATH`, to find the program by its name.
    pub path: Option<OsString>,
    /// `PYTHONHOME`.
    pub python_home: Option<OsString>,
    /// `PYTHONPATH`.
    pub python_path: Option<OsString>,
    /// `XDG_CACHE_HOME`.
    pub cache: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
}

impl Environment {
    /// From the process; with `ignore` (`-E`, `-I`) without the variables that begin with `PYTHON`.
    pub fn from_process(ignore: bool) -> Environment {
        let get = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let python = |name: &str| if ignore { None } else { get(name) };
        Environment {
            path: get("PATH"),
            python_home: python("PYTHONHOME"),
            python_path: python("PYTHONPATH"),
            cache: get("XDG_CACHE_HOME"),
            home: get("HOME"),
        }
    }

    /// Folders for the unpacked library.
    fn caches(&self) -> Vec<PathBuf> {
        let cache = self.cache.as_ref().map(PathBuf::from);
        let home = self.home.as_ref().map(|home| Path::new(home).join(".cache"));
        cache.into_iter().chain(home).filter(|path| path.is_absolute()).collect()
    }
}

/// Where everything is: the paths of the `sys` module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// `sys.executable`; empty when the program's own path cannot be told.
    pub executable: PathBuf,
    /// `sys._base_executable`.
    pub base_executable: PathBuf,
    /// `sys.prefix`: the virtual environment, if there is one.
    pub prefix: PathBuf,
    /// `sys.exec_prefix`.
    pub exec_prefix: PathBuf,
    /// `sys.base_prefix`.
    pub base_prefix: PathBuf,
    /// `sys.base_exec_prefix`.
    pub base_exec_prefix: PathBuf,
    /// `sys._stdlib_dir`.
    pub stdlib_dir: PathBuf,
    /// `sys.path` before `site` adds to it, without the script's folder.
    pub search_path: Vec<PathBuf>,
}

/// Finds the library for a program that was started as `program` (`argv[0]`).
pub fn locate(program: &OsStr, environment: &Environment) -> io::Result<Prefixes> {
    let executable = executable(program, environment);
    let venv = VirtualEnvironment::of(&executable);
    let base_executable = match &venv {
        Some(venv) => venv.base_executable(&executable),
        None => executable.clone(),
    };
    let (base_prefix, base_exec_prefix) = match &environment.python_home {
        Some(home) => split_home(home),
        None => {
            let prefix = match beside(&base_executable) {
                Some(prefix) => prefix,
                None => unpack::prefix(&environment.caches(), &std::env::temp_dir())?,
            };
            (prefix.clone(), prefix)
        }
    };
    let stdlib_dir = base_prefix.join(LIBRARY);
    let search_path = search_path(environment, &base_prefix, &base_exec_prefix);
    let (prefix, exec_prefix) = match (&environment.python_home, venv) {
        (None, Some(venv)) => (venv.root.clone(), venv.root),
        _ => (base_prefix.clone(), base_exec_prefix.clone()),
    };
    Ok(Prefixes {
        executable,
        base_executable,
        prefix,
        exec_prefix,
        base_prefix,
        base_exec_prefix,
        stdlib_dir,
        search_path,
    })
}

/// The program's absolute path, symbolic links kept: a virtual environment is found through the link.
fn executable(program: &OsStr, environment: &Environment) -> PathBuf {
    let path = Path::new(program);
    if path.components().count() > 1 || path.is_absolute() {
        return absolute(path);
    }
    let folders = environment.path.iter().flat_map(std::env::split_paths);
    let found = folders.map(|folder| folder.join(path)).find(|candidate| is_program(candidate));
    match found {
        Some(found) if !program.is_empty() => absolute(&found),
        _ => std::env::current_exe().unwrap_or_default(),
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Absolute, without `.` and `..`, and without following links.
fn absolute(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for component in full.components() {
        match component {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// A virtual environment: a `pyvenv.cfg` in the folder of the program or in the one above.
struct VirtualEnvironment {
    root: PathBuf,
    /// The folder of the base interpreter (`home` in the file).
    home: PathBuf,
}

impl VirtualEnvironment {
    fn of(executable: &Path) -> Option<VirtualEnvironment> {
        let folder = executable.parent()?;
        [Some(folder), folder.parent()].into_iter().flatten().find_map(|place| {
            let text = fs::read_to_string(place.join("pyvenv.cfg")).ok()?;
            let home = text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim().eq_ignore_ascii_case("home")).then(|| PathBuf::from(value.trim()))
            })?;
            // The folder above the program's is the environment, wherever the file was found.
            let root = folder.parent().unwrap_or(place).to_owned();
            Some(VirtualEnvironment { root, home })
        })
    }

    /// The program in the base interpreter's folder that this one stands for.
    fn base_executable(&self, executable: &Path) -> PathBuf {
        if let Ok(real) = fs::canonicalize(executable)
            && real != executable
            && real.parent() == fs::canonicalize(&self.home).ok().as_deref()
            && let Some(name) = real.file_name()
        {
            return self.home.join(name);
        }
        let own = executable.file_name().unwrap_or(OsStr::new("krait"));
        let names =
            [own, OsStr::new("krait"), OsStr::new("python3.14"), OsStr::new("python3"), OsStr::new("python")];
        let found = names.into_iter().map(|name| self.home.join(name)).find(|path| is_program(path));
        found.unwrap_or_else(|| self.home.join(own))
    }
}

/// The prefix whose library lies beside the program: `../lib/python3.14`, links followed.
fn beside(executable: &Path) -> Option<PathBuf> {
    let named = executable.parent().and_then(Path::parent).map(Path::to_owned);
    let real = fs::canonicalize(executable).ok();
    let real = real.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_owned);
    [real, named].into_iter().flatten().find(|prefix| prefix.join(LIBRARY).join("os.py").is_file())
}

/// `PYTHONHOME` is `prefix` or `prefix:exec_prefix`.
fn split_home(home: &OsStr) -> (PathBuf, PathBuf) {
    let mut parts = std::env::split_paths(home);
    let prefix = parts.next().unwrap_or_default();
    let exec_prefix = parts.next().unwrap_or_else(|| prefix.clone());
    (prefix, exec_prefix)
}

fn search_path(environment: &Environment, prefix: &Path, exec_prefix: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        environment.python_path.iter().flat_map(std::env::split_paths).map(|path| absolute(&path)).collect();
    paths.push(prefix.join("lib/python314.zip"));
    paths.push(prefix.join(LIBRARY));
    paths.push(exec_prefix.join(LIBRARY).join("lib-dynload"));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A folder with `bin/krait` and `lib/python3.14/os.py`.
    fn installation(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("krait-locate-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::create_dir_all(root.join(LIBRARY)).unwrap();
        fs::write(root.join(LIBRARY).join("os.py"), "").unwrap();
        fs::write(root.join("bin/krait"), "").unwrap();
        fs::set_permissions(root.join("bin/krait"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::canonicalize(root).unwrap()
    }

    #[test]
    fn beside_the_program() {
        let root = installation("beside");
        let found = locate(root.join("bin/../bin/krait").as_os_str(), &Environment::default()).unwrap();
        assert_eq!(found.executable, root.join("bin/krait"));
        assert_eq!(found.prefix, root);
        assert_eq!(found.search_path[0], root.join("lib/python314.zip"));
        assert_eq!(found.search_path[1], found.stdlib_dir);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn by_name_in_path() {
        let root = installation("path");
        let environment =
            Environment { path: Some(root.join("bin").into_os_string()), ..Environment::default() };
        assert_eq!(locate(OsStr::new("krait"), &environment).unwrap().executable, root.join("bin/krait"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn virtual_environment() {
        let root = installation("venv");
        let venv = root.join("env");
        fs::create_dir_all(venv.join("bin")).unwrap();
        fs::write(
            venv.join("pyvenv.cfg"),
            format!("home = {}\nversion = 3.14.8\n", root.join("bin").display()),
        )
        .unwrap();
        symlink(root.join("bin/krait"), venv.join("bin/python")).unwrap();
        let found = locate(venv.join("bin/python").as_os_str(), &Environment::default()).unwrap();
        assert_eq!(found.prefix, venv);
        assert_eq!(found.base_prefix, root);
        assert_eq!(found.executable, venv.join("bin/python"));
        assert_eq!(found.base_executable, root.join("bin/krait"));
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn python_home_and_path() {
        let environment = Environment {
            python_home: Some("/a:/b".into()),
            python_path: Some("/x:/y/../z".into()),
            ..Environment::default()
        };
        let found = locate(OsStr::new("/nonexistent/krait"), &environment).unwrap();
        assert_eq!((found.prefix, found.exec_prefix), (PathBuf::from("/a"), PathBuf::from("/b")));
        let expected =
            ["/x", "/z", "/a/lib/python314.zip", "/a/lib/python3.14", "/b/lib/python3.14/lib-dynload"];
        assert_eq!(found.search_path, expected.map(PathBuf::from));
    }
}
