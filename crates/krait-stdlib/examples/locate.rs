//! Prints where the standard library of a program is, unpacking it if need be.

fn main() {
    let program = std::env::args_os().nth(1).unwrap_or_default();
    match krait_stdlib::locate(&program, &krait_stdlib::Environment::from_process(false)) {
        Ok(found) => println!("{found:#?}"),
        Err(error) => eprintln!("{error}"),
    }
}
