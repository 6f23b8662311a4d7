//! Stack shuffles: runs of `SWAP` made minimal, and done at compile time by exchanging the instructions that follow.

use krait_bytecode::Opcode;

use super::Instr;

/// Replaces the run of `SWAP`s and `NOP`s at `start` by the shortest one with the same effect. Returns the place of the
/// last instruction of the run.
pub(crate) fn swaptimize(instrs: &mut [Instr], start: usize) -> usize {
    let run = instrs[start..].iter().take_while(|i| matches!(i.op, Opcode::SWAP | Opcode::NOP)).count();
    let run = &mut instrs[start..start + run];
    let swaps: Vec<usize> = run.iter().filter(|i| i.op == Opcode::SWAP).map(|i| i.arg as usize).collect();
    if swaps.len() < 2 || swaps.contains(&0) {
        return start;
    }
    let depth = swaps.iter().copied().max().unwrap_or(0);
    let mut stack: Vec<usize> = (0..depth).collect();
    for swap in swaps {
        stack.swap(0, swap - 1);
    }
    // Undoing the permutation cycle by cycle, with the steps in reverse, does it. Each cycle goes through the top.
    let mut done = vec![false; depth];
    let mut steps = Vec::new();
    for first in 0..depth {
        if done[first] || stack[first] == first {
            continue;
        }
        let mut at = first;
        loop {
            if at != 0 {
                steps.push(at as u32 + 1);
            }
            if done[at] {
                break;
            }
            done[at] = true;
            at = stack[at];
        }
    }
    let unused = run.len() - steps.len();
    for (instr, step) in run.iter_mut().rev().zip(steps) {
        instr.set(Opcode::SWAP, step);
    }
    run[..unused].iter_mut().for_each(Instr::set_nop);
    start + run.len() - 1
}

fn is_swappable(op: Opcode) -> bool {
    matches!(op, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL | Opcode::POP_TOP)
}

fn stores_to(instr: &Instr) -> Option<u32> {
    matches!(instr.op, Opcode::STORE_FAST | Opcode::STORE_FAST_MAYBE_NULL).then_some(instr.arg)
}

/// The next instruction after `n` that only pops; none when another comes first, or another line.
fn next_swappable(instrs: &[Instr], n: usize, line: Option<i32>) -> Option<usize> {
    for (place, instr) in instrs.iter().enumerate().skip(n + 1) {
        if line.is_some_and(|line| line >= 0 && instr.loc.lineno != line) {
            return None;
        }
        match instr.op {
            Opcode::NOP => {}
            op => return is_swappable(op).then_some(place),
        }
    }
    None
}

/// Applies the swaps that end at `last` to the instructions behind them.
pub(crate) fn apply_static_swaps(instrs: &mut [Instr], last: usize) {
    for n in (0..=last).rev() {
        match instrs[n].op {
            Opcode::SWAP => {}
            op if op == Opcode::NOP || is_swappable(op) => continue,
            _ => return,
        }
        let Some(first) = next_swappable(instrs, n, None) else { return };
        let line = instrs[first].loc.lineno;
        let mut second = first;
        for _ in 1..instrs[n].arg {
            match next_swappable(instrs, second, Some(line)) {
                Some(place) => second = place,
                None => return,
            }
        }
        let (a, b) = (stores_to(&instrs[first]), stores_to(&instrs[second]));
        if a.is_some() || b.is_some() {
            let clash = |i: &Instr| stores_to(i).is_some_and(|s| Some(s) == a || Some(s) == b);
            if a == b || (first + 1 < second && instrs[first + 1..second].iter().any(clash)) {
                return;
            }
        }
        instrs[n].set_nop();
        instrs.swap(first, second);
    }
}
