//! The optimiser against CPython's: `tests/flowgraph/*.txt` hold instruction sequences and what
//! `optimize_cfg` and then `assemble_code_object` (without flags and names) of CPython's `_testinternalcapi`
//! make of them. `KRAIT_FLOWGRAPH` names more such files.

use krait_bytecode::{Const, Int, Opcode, Str, StrConst};
use krait_compiler::assemble;
use krait_compiler::constants::{ConstCache, Consts};
use krait_compiler::flowgraph::{self, Optimized};
use krait_compiler::instruction_sequence::{Instruction, InstructionSequence, Location};
use krait_compiler::unit::{NameTable, UnitMetadata};
use num_bigint::BigInt;

/// Reader of the notation of constants in the fixtures.
struct Notation<'a>(&'a [u8]);

impl Notation<'_> {
    fn word(&mut self, accept: impl Fn(u8) -> bool) -> String {
        let length = self.0.iter().take_while(|b| accept(**b)).count();
        let (word, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8(word.to_vec()).unwrap()
    }

    fn hex(&mut self) -> Vec<u8> {
        let digits = self.word(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        (0..digits.len()).step_by(2).map(|n| u8::from_str_radix(&digits[n..n + 2], 16).unwrap()).collect()
    }

    fn floats(&mut self) -> Vec<f64> {
        let bytes = self.hex();
        bytes.chunks(8).map(|c| f64::from_bits(u64::from_be_bytes(c.try_into().unwrap()))).collect()
    }

    fn items(&mut self, end: u8) -> Vec<Const> {
        let mut items = Vec::new();
        while self.0[0] != end {
            items.push(self.value());
            self.0 = &self.0[1..];
        }
        self.0 = &self.0[1..];
        items
    }

    fn value(&mut self) -> Const {
        let kind = self.0[0];
        self.0 = &self.0[1..];
        match kind {
            b'N' => Const::None,
            b'T' => Const::True,
            b'F' => Const::False,
            b'E' => Const::Ellipsis,
            b'I' => {
                let digits = self.word(|b| b.is_ascii_digit() || b == b'-');
                Const::int(Int::from(digits.parse::<BigInt>().unwrap()))
            }
            b'D' => Const::float(self.floats()[0]),
            b'C' => {
                let parts = self.floats();
                Const::complex(parts[0], parts[1])
            }
            b'S' => Const::Str(StrConst::new(Str::from_bytes(self.hex()).unwrap())),
            b'B' => Const::bytes(self.hex()),
            b'(' => Const::tuple(self.items(b')')),
            b'{' => Const::FrozenSet(self.items(b'}').into()),
            other => panic!("constant of kind {other}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn notation(value: &Const) -> String {
    let items = |items: &[Const]| items.iter().map(|c| notation(c) + ",").collect::<Vec<_>>();
    match value {
        Const::None => "N".into(),
        Const::True => "T".into(),
        Const::False => "F".into(),
        Const::Ellipsis => "E".into(),
        Const::Int(n) => format!("I{}", n.to_big()),
        Const::Float(n) => format!("D{:016x}", n.to_bits()),
        Const::Complex(c) => format!("C{:016x}{:016x}", c.real.to_bits(), c.imag.to_bits()),
        Const::Str(s) => format!("S{}", hex(s.as_bytes())),
        Const::Bytes(b) => format!("B{}", hex(b)),
        Const::Tuple(t) => format!("({})", items(t).concat()),
        Const::FrozenSet(t) => {
            let mut items = items(t);
            items.sort();
            format!("{{{}}}", items.concat())
        }
        other => panic!("{other:?}"),
    }
}

fn instruction(line: &str) -> Instruction {
    let fields: Vec<&str> = line.split(' ').collect();
    let number = |n: usize| fields[n].parse::<i32>().unwrap();
    let op = Opcode::from_name(fields[1]).unwrap();
    Instruction::new(op, number(2) as u32, Location::new(number(3), number(4), number(5), number(6)))
}

fn show(instr: &Instruction) -> String {
    let l = instr.loc;
    format!("i {} {} {} {} {} {}", instr.op.name(), instr.arg, l.lineno, l.end_lineno, l.col, l.end_col)
}

fn name_table(names: impl Iterator<Item = String>) -> NameTable {
    let mut table = NameTable::new();
    names.for_each(|name| {
        table.add(&StrConst::from(&*name));
    });
    table
}

/// The line for the code object: numbers of cells, of free variables and of cells that share a local's place, stack
/// size, and bytes.
fn assembled(header: &str, sequence: InstructionSequence, nlocals: usize) -> String {
    let fields: Vec<&str> = header.split(' ').collect();
    let [cells, frees, shared] = [1, 2, 3].map(|n| fields[n].parse::<usize>().unwrap());
    let cell = |n: usize| if n < shared { format!("v{n}") } else { format!("c{n}") };
    let unit = UnitMetadata {
        name: "n".into(),
        qualname: "q".into(),
        consts: Consts::new(),
        names: NameTable::new(),
        varnames: name_table((0..nlocals).map(|n| format!("v{n}"))),
        cellvars: name_table((0..cells).map(cell)),
        freevars: name_table((0..frees).map(|n| format!("f{n}"))),
        fasthidden: Default::default(),
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        firstlineno: 1,
    };
    let lowered = Optimized::unoptimized(sequence).and_then(|graph| flowgraph::lower(graph, &unit, 0));
    let mut cache = ConstCache::new();
    let code = lowered.and_then(|(instrs, shape)| {
        assemble::assemble(&unit, instrs, shape, Vec::new(), 0, &"f.py".into(), &mut cache)
    });
    match code {
        Ok(code) => {
            let tables = [&code.code, &code.linetable, &code.exceptiontable].map(|bytes| hex(bytes));
            format!("assembled {cells} {frees} {shared} {} {}", code.stacksize, tables.join(" "))
        }
        Err(error) => format!("error {error}"),
    }
}

/// What ours makes of a unit, in the notation of the fixtures.
fn optimize(input: &[&str], assembly: &str) -> Vec<String> {
    let nlocals = input[0].strip_prefix("unit ").unwrap().parse().unwrap();
    let mut cache = ConstCache::new();
    let Const::Tuple(consts) = Notation(input[1].strip_prefix("consts ").unwrap().as_bytes()).value() else {
        panic!("constants are not a tuple")
    };
    let mut consts: Vec<Const> = consts.to_vec();
    let mut sequence = InstructionSequence::new();
    input[2..].iter().for_each(|line| sequence.push(instruction(line)));
    let graph = flowgraph::optimize(sequence, &mut consts, &mut cache, nlocals, 0);
    match graph.and_then(flowgraph::Optimized::into_sequence) {
        Ok(sequence) => {
            let mut lines = vec![format!("consts {}", notation(&Const::tuple(consts)))];
            lines.extend(sequence.instrs().iter().map(show));
            lines.push(assembled(assembly, sequence, nlocals));
            lines
        }
        Err(error) => vec![format!("error {error}")],
    }
}

/// Labels differ after any other difference.
fn same_but_labels(a: &str, b: &str) -> bool {
    let fields = |line: &str| -> Vec<String> { line.split(' ').map(String::from).collect() };
    let (mut a, mut b) = (fields(a), fields(b));
    for line in [&mut a, &mut b] {
        if Opcode::from_name(&line[1]).is_some_and(|op| op.has_target()) {
            line.remove(2);
        }
    }
    a == b
}

fn check(text: &str, failures: &mut Vec<String>) -> usize {
    let mut units = 0;
    for unit in text.split("# ").filter(|u| !u.trim().is_empty()) {
        let lines: Vec<&str> = unit.lines().collect();
        let split = lines.iter().position(|l| *l == "expect").unwrap();
        let (input, expected) = (&lines[1..split], &lines[split + 1..]);
        let got = optimize(input, lines[lines.len() - 1]);
        units += 1;
        if got != *expected {
            let n = got.iter().zip(expected).take_while(|(a, b)| same_but_labels(a, b)).count();
            let context = expected[n.saturating_sub(4)..n].join("\n");
            let (a, b) = (expected.get(n..).unwrap_or_default(), got.get(n..).unwrap_or_default());
            failures.push(format!(
                "{} {}\n{context}\n expected {:#?}\n got {:#?}",
                lines[0],
                input[2],
                &a[..a.len().min(4)],
                &b[..b.len().min(4)]
            ));
        }
    }
    units
}

#[test]
fn same_as_cpython() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flowgraph");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.extend(std::env::var_os("KRAIT_FLOWGRAPH").map(Into::into));
    let mut failures = Vec::new();
    let mut units = 0;
    for file in files {
        units += check(&std::fs::read_to_string(file).unwrap(), &mut failures);
    }
    println!("{units} units");
    let shown: Vec<String> = failures.iter().take(8).cloned().collect();
    assert!(failures.is_empty(), "{} of {units} differ\n{}", failures.len(), shown.join("\n\n"));
}
