//! SyntaxErrors and SyntaxWarnings with their places, as CPython gives them for the sources in `errors.txt`.

use krait_compiler::{CompileOptions, ErrorKind, Warning, WarningRefused, compile};
use krait_syntax::{Mode, ParseFlags, parse_with_warnings};

/// A source that `json.dumps` wrote.
fn unquote(text: &str) -> String {
    let inner = text.trim().trim_start_matches('"').strip_suffix('"').unwrap();
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                out.push(char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap());
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// What the compiler says about a source, line by line.
fn verdict(source: &str) -> Vec<String> {
    let mut said = Vec::new();
    let parse = match parse_with_warnings(source, Mode::Exec, ParseFlags::default()) {
        Ok(parse) => parse,
        Err(e) => {
            let kind = match e.kind {
                krait_syntax::ErrorKind::Indentation => "IndentationError",
                _ => "SyntaxError",
            };
            let at = [e.lineno, e.col_offset, e.end_lineno, e.end_col_offset];
            said.push(format!("{kind} {} {} {} {}: {}", at[0], at[1], at[2], at[3], e.message));
            return said;
        }
    };
    said.extend(parse.warnings.iter().map(|w| format!("warning {}: {}", w.lineno, w.message)));
    let mut warnings = Vec::new();
    let mut warn = |warning: Warning| {
        warnings.push(format!("warning {}: {}", warning.place.lineno, warning.message));
        Ok(())
    };
    let result = compile(&parse.module, &CompileOptions::new("m"), &mut warn);
    said.extend(warnings);
    said.push(match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.place {
            Some(p) => format!(
                "SyntaxError {} {} {} {}: {}",
                p.lineno, p.offset, p.end_lineno, p.end_offset, error.message
            ),
            None => format!("{:?}: {}", error.kind, error.message),
        },
    });
    said
}

#[test]
fn errors_and_warnings_equal_those_of_cpython() {
    let text = include_str!("errors.txt");
    let mut failed = Vec::new();
    let mut lines = text.lines().peekable();
    let mut count = 0;
    while let Some(line) = lines.next() {
        let source = unquote(line.strip_prefix("# ").unwrap());
        let mut wanted = Vec::new();
        while let Some(next) = lines.next_if(|next| !next.starts_with("# ")) {
            wanted.push(next.to_owned());
        }
        let got = verdict(&source);
        count += 1;
        if got != wanted {
            failed.push(format!("{source:?}\n  wanted {wanted:?}\n  got    {got:?}"));
        }
    }
    assert!(failed.is_empty(), "{} of {count} differ:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn a_refused_warning_is_an_error_at_the_same_place() {
    let module = krait_syntax::parse("x is 1", "m", Mode::Exec, ParseFlags::default()).unwrap();
    let options = CompileOptions::new("m");
    let error = compile(&module, &options, &mut |_| Err(WarningRefused::AsError)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Syntax);
    assert_eq!(error.message, "\"is\" with 'int' literal. Did you mean \"==\"?");
    assert_eq!(error.place.map(|place| (place.lineno, place.offset)), Some((1, 1)));
    let error = compile(&module, &options, &mut |_| Err(WarningRefused::Raised)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Raised);
}

#[test]
fn deep_trees_are_refused() {
    let source = vec!["a"; 60_000].join("+");
    let module = krait_syntax::parse(&source, "m", Mode::Exec, ParseFlags::default()).unwrap();
    let error = compile(&module, &CompileOptions::new("m"), &mut |_| Ok(())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Recursion);
}
