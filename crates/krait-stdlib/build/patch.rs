//! Corrections to files of the library that were edited for another interpreter.
//!
//! The data file has, for each file, `@ path`; then edits in the order of the lines: `- first last hash` takes lines
//! out (their hash proves that they are still the ones that were meant), and `+text` lines after it are put there.

use crate::archive::content_hash;

/// The edits of one file.
pub struct Patch {
    pub path: String,
    edits: Vec<Edit>,
}

struct Edit {
    /// Lines taken out, from 1, inclusive.
    first: usize,
    last: usize,
    hash: String,
    text: Vec<String>,
}

/// Reads the data file.
pub fn parse(text: &str) -> Vec<Patch> {
    let mut patches: Vec<Patch> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let wrong = || panic!("corrections.txt:{}: not understood: {line}", number + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(path) = line.strip_prefix("@ ") {
            patches.push(Patch { path: path.to_owned(), edits: Vec::new() });
            continue;
        }
        let Some(patch) = patches.last_mut() else { wrong() };
        if let Some(added) = line.strip_prefix('+') {
            let Some(edit) = patch.edits.last_mut() else { wrong() };
            edit.text.push(added.to_owned());
            continue;
        }
        let fields: Vec<&str> = line.split(' ').collect();
        match fields.as_slice() {
            ["-", first, last, hash] => patch.edits.push(Edit {
                first: first.parse().unwrap_or_else(|_| wrong()),
                last: last.parse().unwrap_or_else(|_| wrong()),
                hash: (*hash).to_owned(),
                text: Vec::new(),
            }),
            _ => wrong(),
        }
    }
    patches
}

impl Patch {
    /// The corrected text.
    pub fn apply(&self, text: &str) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut out = String::new();
        let mut next = 0;
        for edit in &self.edits {
            let (start, end) = (edit.first - 1, edit.last.min(lines.len()));
            let old = lines[start..end].concat();
            let found = &content_hash(old.as_bytes())[..16];
            assert_eq!(
                found, edit.hash,
                "{}: lines {}-{} are not what corrections.txt was written for:\n{old}",
                self.path, edit.first, edit.last
            );
            out.extend(lines[next..start].iter().copied());
            edit.text.iter().for_each(|line| {
                out.push_str(line);
                out.push('\n');
            });
            next = end;
        }
        out.extend(lines[next..].iter().copied());
        out
    }
}
