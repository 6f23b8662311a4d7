//! "Did you mean": the nearest of some names. CPython: `Python/suggestions.c`.

use krait_object::{Ref, Str};

const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;
const MAX_CANDIDATES: usize = 750;
const MAX_NAME: usize = 40;

fn substitution_cost(a: u8, b: u8) -> usize {
    match () {
        () if a == b => 0,
        () if a.eq_ignore_ascii_case(&b) => CASE_COST,
        () => MOVE_COST,
    }
}

/// Weighted edit distance; anything above `max` may come out as `max + 1`.
fn distance(a: &[u8], b: &[u8], max: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (mut a, mut b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) * MOVE_COST;
    }
    if a.len() > MAX_NAME || b.len() > MAX_NAME {
        return max + 1;
    }
    if b.len() < a.len() {
        core::mem::swap(&mut a, &mut b);
    }
    if (b.len() - a.len()) * MOVE_COST > max {
        return max + 1;
    }
    let mut row: Vec<usize> = (1..=a.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (index, &code) in b.iter().enumerate() {
        let mut diagonal = index * MOVE_COST;
        result = diagonal;
        let mut minimum = usize::MAX;
        for (cell, &other) in row.iter_mut().zip(a) {
            let substitute = diagonal + substitution_cost(code, other);
            diagonal = *cell;
            result = substitute.min(result.min(diagonal) + MOVE_COST);
            *cell = result;
            minimum = minimum.min(result);
        }
        if minimum > max {
            return max + 1;
        }
    }
    result
}

/// The candidate nearest to `name`, if one is near enough (`_Py_CalculateSuggestions`).
pub fn nearest(candidates: &[Ref<Str>], name: &Str) -> Option<Ref<Str>> {
    if candidates.len() >= MAX_CANDIDATES {
        return None;
    }
    let wanted = name.to_wtf8();
    let mut best: Option<(usize, &Ref<Str>)> = None;
    for candidate in candidates {
        if candidate.eq(name) {
            continue;
        }
        let text = candidate.to_wtf8();
        let mut max = (wanted.len() + text.len() + 3) * MOVE_COST / 6;
        if let Some((found, _)) = best {
            max = max.min(found.saturating_sub(1));
        }
        let d = distance(&wanted, &text, max);
        if d <= max && best.is_none_or(|(found, _)| d < found) {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, found)| found.clone())
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn weights() {
        assert_eq!(distance(b"abc", b"abc", 10), 0);
        assert_eq!(distance(b"abc", b"ABC", 10), 3);
        assert_eq!(distance(b"abc", b"abd", 10), 2);
        assert_eq!(distance(b"kitten", b"sitting", 10), 6);
    }
}
