//! Lists of what does not work yet: sorted lines `id<TAB>kind<TAB>reason` in a file of the repository, whose length only
//! falls. What is not listed must work, and what is listed must not.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Kind and reason of what does not work, by id. An id `file.*` stands for everything in the file.
pub type Failures = BTreeMap<String, (String, String)>;

/// A list in a file.
pub struct List {
    path: PathBuf,
    header: &'static str,
    pub expected: Failures,
}

impl List {
    /// Reads the file; an absent one is empty. `header` is what comments say at its top.
    pub fn read(path: PathBuf, header: &'static str) -> Result<List, String> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let expected = entries
            .map(|line| {
                let mut fields = line.splitn(3, '\t').map(str::to_owned);
                let mut next = || fields.next().unwrap_or_default();
                (next(), (next(), next()))
            })
            .collect();
        Ok(List { path, header, expected })
    }

    /// Is it expected to fail, by itself or with its whole file?
    pub fn covers(&self, id: &str) -> bool {
        if self.expected.contains_key(id) {
            return true;
        }
        let file = id.split('.').next().unwrap_or(id);
        self.expected.contains_key(&format!("{file}.*"))
    }

    /// Replaces the entries for which `known` holds by `found`, and writes the file.
    pub fn bless(mut self, found: Failures, known: impl Fn(&str) -> bool) -> Result<bool, String> {
        let before = self.expected.len();
        self.expected.retain(|id, _| !known(id));
        self.expected.extend(found);
        let mut text: String = self.header.lines().map(|line| format!("# {line}\n")).collect();
        for (id, (kind, reason)) in &self.expected {
            text.push_str(format!("{id}\t{kind}\t{reason}").trim_end());
            text.push('\n');
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        fs::write(&self.path, text).map_err(|e| format!("{}: {e}", self.path.display()))?;
        println!("{}: {before} entries before, {} now", self.path.display(), self.expected.len());
        Ok(true)
    }

    /// Prints what differs from the list; true when nothing does. `passed` are ids that were tried and work.
    pub fn check(&self, found: &Failures, passed: impl Iterator<Item = String>) -> bool {
        let unexpected: Vec<_> = found.iter().filter(|(id, _)| !self.covers_found(id)).collect();
        let mended: Vec<String> = passed.filter(|id| self.covers(id)).collect();
        for (id, (kind, reason)) in unexpected.iter().take(100) {
            println!("unexpected failure: {id}: {kind} {reason}");
        }
        for id in mended.iter().take(100) {
            println!("unexpected pass: {id} (take it off the list: --bless)");
        }
        println!("{} unexpected failures, {} unexpected passes", unexpected.len(), mended.len());
        unexpected.is_empty() && mended.is_empty()
    }

    /// A whole file that fails is expected only when the list says so of the whole file.
    fn covers_found(&self, id: &str) -> bool {
        if id.ends_with(".*") { self.expected.contains_key(id) } else { self.covers(id) }
    }
}
