//! Mutated inputs for what reads input. The work runs in a child process, so that a crash of any kind is caught, and the
//! input that caused it is kept in `target/fuzz`.

use crate::Outcome;
use crate::needs;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One kind of input.
struct Target {
    name: &'static str,
    /// File names of its corpus end so.
    extension: &'static str,
    run: fn(&[u8]),
}

const TARGETS: &[Target] = &[
    Target { name: "syntax", extension: ".py", run: syntax },
    Target { name: "marshal", extension: ".marshal", run: marshal },
];

fn syntax(input: &[u8]) {
    for mode in [krait_syntax::Mode::Exec, krait_syntax::Mode::Eval, krait_syntax::Mode::Single] {
        let _ = krait_syntax::parse_bytes(
            input,
            mode,
            krait_syntax::ParseFlags::default(),
            &mut |encoding, _| Err(format!("unknown encoding: {encoding}")),
        );
    }
}

fn marshal(input: &[u8]) {
    if let Ok(krait_bytecode::Const::Code(code)) = krait_bytecode::marshal::loads(input) {
        let _ = krait_bytecode::marshal::dumps(&code);
    }
}

/// `cargo xtask fuzz`.
pub fn run(mut arguments: Vec<String>) -> Outcome {
    let number = |text: Option<String>| text.and_then(|t| t.parse::<u64>().ok());
    let seconds = number(needs::take_option(&mut arguments, "--seconds")).unwrap_or(60);
    let seed = number(needs::take_option(&mut arguments, "--seed")).unwrap_or(0);
    let child = needs::take_flag(&mut arguments, "--child");
    let wanted = |target: &&Target| arguments.is_empty() || arguments.iter().any(|a| a == target.name);
    let targets: Vec<&Target> = TARGETS.iter().filter(wanted).collect();
    if targets.is_empty() {
        return Err(format!("targets are {}", TARGETS.iter().map(|t| t.name).collect::<Vec<_>>().join(", ")));
    }
    let folder = needs::results("fuzz")?;
    let mut good = true;
    for target in targets {
        if child {
            work(target, &folder, seconds, seed)?;
        } else {
            good &= watch(target, &folder, seconds, seed)?;
        }
    }
    Ok(good)
}

/// Runs the child and tells how it ended.
fn watch(target: &Target, folder: &Path, seconds: u64, seed: u64) -> Outcome {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = needs::command(program);
    command.args([
        "fuzz",
        target.name,
        "--child",
        "--seconds",
        &seconds.to_string(),
        "--seed",
        &seed.to_string(),
    ]);
    if needs::status(&mut command)? {
        return Ok(true);
    }
    let kept = folder.join(format!("{}-crash-{seed}{}", target.name, target.extension));
    let _ = fs::rename(folder.join(format!("{}-current", target.name)), &kept);
    println!("{}: crashed on {}", target.name, kept.display());
    Ok(false)
}

fn work(target: &Target, folder: &Path, seconds: u64, seed: u64) -> Result<(), String> {
    let mut corpus = Vec::new();
    collect(&needs::root().join("crates"), target.extension, &mut corpus);
    if let Ok(oracle) = needs::oracle() {
        collect(&oracle.join("lib/python3.14"), target.extension, &mut corpus);
    }
    corpus.sort();
    if corpus.is_empty() {
        return Err(format!("no {} files to start from", target.extension));
    }
    let current = folder.join(format!("{}-current", target.name));
    let (mut random, begun, mut runs) = (Random(seed ^ 0x9e37_79b9_7f4a_7c15), Instant::now(), 0u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let Ok(start) = fs::read(&corpus[random.below(corpus.len())]) else { continue };
        let start = excerpt(&start, &mut random);
        for _ in 0..50 {
            let input = mutate(&start, &mut random);
            fs::write(&current, &input).map_err(|e| e.to_string())?;
            (target.run)(&input);
            runs += 1;
        }
    }
    println!("{}: {runs} inputs, no crash", target.name);
    Ok(())
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() {
            collect(&path, extension, files);
        } else if path.to_string_lossy().ends_with(extension) {
            files.push(path);
        }
    }
}

/// The xorshift generator: the same seed gives the same inputs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A few kilobytes of a file, so that many mutations are tried.
fn excerpt(input: &[u8], random: &mut Random) -> Vec<u8> {
    let len = input.len().min(4096);
    let start = if random.below(2) == 0 { 0 } else { random.below(input.len() - len + 1) };
    input[start..start + len].to_vec()
}

/// One to four small changes.
fn mutate(input: &[u8], random: &mut Random) -> Vec<u8> {
    const TOKENS: &[&[u8]] = &[
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b"\n",
        b"\t",
        b"    ",
        b"\\\n",
        b"'",
        b"\"\"\"",
        b"f'{",
        b"t\"",
        b"!r}",
        b"lambda ",
        b"await ",
        b"yield ",
        b"match x:\n case ",
        b"**",
        b"*",
        b":=",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"# coding: latin-1\n",
        b"0x",
        b"1_",
        b"1e",
        b"async ",
        b"if ",
        b"else ",
        b"except* ",
        b"not ",
        b"\x0c",
    ];
    let mut out = input.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(out.len() + 1);
        let end = (at + 1 + random.below(16)).min(out.len());
        match random.below(6) {
            0 => drop(out.drain(at..end)),
            1 => {
                let copy = out[at..end].to_vec();
                let to = random.below(out.len() + 1);
                out.splice(to..to, copy);
            }
            2 => {
                let token = TOKENS[random.below(TOKENS.len())].repeat(1 + random.below(3));
                out.splice(at..at, token);
            }
            3 => {
                let token = TOKENS[random.below(TOKENS.len())].repeat(1000 + random.below(20_000));
                out.splice(at..at, token);
            }
            4 if at < out.len() => out[at] ^= 1 << random.below(8),
            _ => out.truncate(at),
        }
    }
    out
}
