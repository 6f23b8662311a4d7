//! What `--help` and `--version` print.

use crate::options::Information;

/// `krait 0.1.0, <date of the build's standard library>`
pub const VERSION: &str = concat!("krait ", env!("CARGO_PKG_VERSION"));

const OPTIONS: &str = "\
usage: krait [option] ... [-c cmd | -m mod | file | -] [arg] ...

What to run
  file           a program file, or a folder or archive with __main__.py
  -c cmd         the text of a program; ends the options
  -m mod         a module of the library; ends the options
  -              standard input (also without anything, if it is no terminal)
  arg ...        go to sys.argv[1:]

Options (in brackets: the environment variable that does the same)
  -b             warn of bytes compared with or turned into text; -bb: errors
  -B             write no .pyc files (PYTHONDONTWRITEBYTECODE)
  -E             ignore all PYTHON* variables
  -I             isolated: -E, -P and -s
  -i             show the prompt after the program (PYTHONINSPECT)
  -O, -OO        leave out assert; also documentation (PYTHONOPTIMIZE)
  -P             do not put the program's folder on sys.path (PYTHONSAFEPATH)
  -q             no banner at the prompt
  -s, -S         no user site folder (PYTHONNOUSERSITE); no site at all
  -u             unbuffered output (PYTHONUNBUFFERED)
  -v             tell what is imported (PYTHONVERBOSE)
  -V, --version  the version; -VV tells more
  -W arg         a warning filter (PYTHONWARNINGS)
  -x             skip the first line of the program
  -X opt         an option of the implementation; see --help-xoptions
  --check-hash-based-pycs always|default|never
  -h, --help, --help-env, --help-xoptions, --help-all
";

const ENVIRONMENT: &str = "\
Environment variables
  PYTHONHOME              prefix of the standard library
  PYTHONPATH              folders put before the library on sys.path, separated by ':'
  PYTHONHASHSEED          'random' or the seed of str and bytes hashes
  PYTHONIOENCODING        encoding[:errors] of the standard streams
  PYTHONPYCACHEPREFIX     folder for .pyc files
  PYTHONINTMAXSTRDIGITS   longest decimal text of an int (0: no limit)
  and those named in brackets by --help
";

const X_OPTIONS: &str = "\
-X options
  dev                     development mode
  frozen_modules=on|off   use the frozen modules of the library
  int_max_str_digits=N    longest decimal text of an int (0: no limit)
  pycache_prefix=PATH     folder for .pyc files
  utf8=0|1                UTF-8 mode
  warn_default_encoding   warn of text files opened without encoding
";

/// The text of an information option.
pub fn text(which: Information) -> String {
    match which {
        Information::Help => OPTIONS.to_owned(),
        Information::HelpEnvironment => ENVIRONMENT.to_owned(),
        Information::HelpOptions => X_OPTIONS.to_owned(),
        Information::HelpAll => format!("{OPTIONS}\n{ENVIRONMENT}\n{X_OPTIONS}"),
        Information::Version => "Python 3.14.8\n".to_owned(),
        Information::LongVersion => format!("Python 3.14.8 ({VERSION}) [rustc]\n"),
    }
}
