//! Unpacking the embedded library into a folder named by its content.
//!
//! Invariant: a folder of the final name is complete, because it is filled under a temporary name and renamed. When two
//! processes unpack at once, one rename wins and the other copy is thrown away.

use crate::archive::{self, Entry, Kind, MTIME};
use crate::{ARCHIVE, LIBRARY, NAME};
use std::fs::{self, DirBuilder, File, FileTimes};
use std::io::{self, Error, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The prefix of the unpacked library, which is unpacked when it is not there. `caches` are folders to try in order;
/// a shared folder for temporary files comes last.
pub fn prefix(caches: &[PathBuf], temporary: &Path) -> io::Result<PathBuf> {
    let mut problem = None;
    for cache in caches {
        match unpacked_in(&cache.join("krait")) {
            Ok(prefix) => return Ok(prefix),
            Err(error) => problem = Some(error),
        }
    }
    in_temporary(temporary).map_err(|error| problem.unwrap_or(error))
}

fn complete(prefix: &Path) -> bool {
    prefix.join(LIBRARY).join("os.py").is_file()
}

fn unpacked_in(folder: &Path) -> io::Result<PathBuf> {
    let prefix = folder.join(NAME);
    if complete(&prefix) {
        return Ok(prefix);
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let scratch = scratch(folder)?;
    let result = fill(&scratch, &prefix).and_then(|()| match fs::rename(&scratch, &prefix) {
        // Another process was faster.
        Err(_) if complete(&prefix) => Ok(()),
        other => other,
    });
    if scratch.exists() {
        let _ = fs::remove_dir_all(&scratch);
    }
    if NAME.ends_with("-dev") {
        remove_old_builds(folder);
    }
    result.map(|()| prefix)
}

/// Development builds leave many libraries behind: those of earlier days go.
fn remove_old_builds(folder: &Path) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    for item in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age = item.metadata().and_then(|m| m.modified()).ok().and_then(|time| time.elapsed().ok());
        if item.file_name().to_string_lossy().ends_with("-dev") && age.is_some_and(|age| age > DAY) {
            let _ = fs::remove_dir_all(item.path());
        }
    }
}

/// Anybody can make a folder of any name here, so only one that is ours and closed to others is trusted.
fn in_temporary(temporary: &Path) -> io::Result<PathBuf> {
    let probe = scratch(temporary)?;
    let owner = fs::metadata(&probe)?.uid();
    let folder = temporary.join(format!("krait-{owner}"));
    // The probe becomes the folder if there is none; otherwise it is not needed.
    if fs::symlink_metadata(&folder).is_err() {
        let _ = fs::rename(&probe, &folder);
    }
    let _ = fs::remove_dir(&probe);
    let found = fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != owner || found.mode() & 0o022 != 0 {
        return Err(Error::other(format!("{} belongs to somebody else", folder.display())));
    }
    unpacked_in(&folder)
}

/// A new folder that only this process knows.
fn scratch(folder: &Path) -> io::Result<PathBuf> {
    let process = std::process::id();
    let mut last = None;
    for attempt in 0..100 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let path = folder.join(format!(".unpack-{process}-{now}-{attempt}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::other("no scratch folder")))
}

/// Writes the library below `scratch`, which is going to be named `prefix`.
fn fill(scratch: &Path, prefix: &Path) -> io::Result<()> {
    let entries = archive::unpack(ARCHIVE).ok_or_else(|| Error::other("the embedded library is damaged"))?;
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(MTIME));
    let mut folder = PathBuf::new();
    for entry in &entries {
        let path = scratch.join(&entry.path);
        if entry.kind == Kind::Folder {
            fs::create_dir_all(&path)?;
            continue;
        }
        let parent = path.parent().unwrap_or(scratch);
        if parent != folder {
            fs::create_dir_all(parent)?;
            folder = parent.to_owned();
        }
        let mut file = File::create(&path)?;
        match entry.kind {
            Kind::Template => file.write_all(&fill_in(entry, prefix))?,
            _ => file.write_all(&entry.data)?,
        }
        file.set_times(times)?;
    }
    Ok(())
}

/// The prefix stands inside string literals of Python and JSON, so quotes and backslashes in it are escaped.
fn fill_in(entry: &Entry, prefix: &Path) -> Vec<u8> {
    let prefix = prefix.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"").replace('\'', "\\'");
    String::from_utf8_lossy(&entry.data).replace("@PREFIX@", &prefix).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> PathBuf {
        scratch(&std::env::temp_dir()).unwrap()
    }

    #[test]
    fn unpacks_once_and_completely() {
        let cache = temporary();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let cache = cache.clone();
                std::thread::spawn(move || prefix(&[cache], Path::new("/nonexistent")).unwrap())
            })
            .collect();
        let found: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert!(found.iter().all(|p| *p == found[0]));
        let library = found[0].join(LIBRARY);
        for name in [
            "os.py",
            "LICENSE.txt",
            "encodings/__init__.py",
            "_opcode_metadata.py",
            "site-packages/README.txt",
        ] {
            assert!(library.join(name).is_file(), "{name}");
        }
        assert!(library.join("lib-dynload").is_dir());
        assert!(!library.join("_pycodecs.py").exists());
        let data = fs::read_to_string(library.join("_sysconfigdata__linux_x86_64-linux-gnu.py")).unwrap();
        assert!(data.contains(&format!("'prefix': '{}'", found[0].display())));
        assert_eq!(fs::metadata(library.join("os.py")).unwrap().mtime() as u64, MTIME);
        let left: Vec<_> = fs::read_dir(cache.join("krait")).unwrap().collect();
        assert_eq!(left.len(), 1);
        fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn falls_back_to_the_temporary_folder() {
        let temporary = temporary();
        let found = prefix(&[PathBuf::from("/proc/nonexistent")], &temporary).unwrap();
        assert!(complete(&found) && found.starts_with(&temporary));
        assert_eq!(prefix(&[], &temporary).unwrap(), found);
        fs::remove_dir_all(temporary).unwrap();
    }
}
