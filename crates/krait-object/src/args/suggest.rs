//! The nearest name for "Did you mean". CPython: `Python/suggestions.c`.

/// More candidates than this are not searched.
const MAX_CANDIDATES: usize = 750;
/// Longer names (without common ends) are not compared.
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

/// The candidate most like `name`, if one is like enough.
pub fn closest<'a>(name: &str, candidates: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
    if candidates.len() >= MAX_CANDIDATES {
        return None;
    }
    let mut best: Option<(&str, usize)> = None;
    for candidate in candidates.filter(|&c| c != name) {
        let limit = (name.len() + candidate.len() + 3) * MOVE_COST / 6;
        let limit = best.map_or(limit, |(_, cost)| limit.min(cost.saturating_sub(1)));
        match distance(name.as_bytes(), candidate.as_bytes(), limit) {
            Some(cost) if best.is_none_or(|(_, least)| cost < least) => best = Some((candidate, cost)),
            _ => {}
        }
    }
    best.map(|(candidate, _)| candidate)
}

/// The cost of editing one name into the other, unless it exceeds `limit`.
pub fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        return Some(long.len() * MOVE_COST).filter(|&cost| cost <= limit);
    }
    if long.len() > MAX_LENGTH || (long.len() - short.len()) * MOVE_COST > limit {
        return None;
    }
    let mut row: Vec<usize> = (1..=short.len()).map(|i| i * MOVE_COST).collect();
    for (index, &code) in long.iter().enumerate() {
        let mut diagonal = index * MOVE_COST;
        let mut left = diagonal + MOVE_COST;
        for (cell, &other) in row.iter_mut().zip(short) {
            let moved = left.min(*cell) + MOVE_COST;
            left = moved.min(diagonal + substitution(code, other));
            diagonal = *cell;
            *cell = left;
        }
        if row.iter().min().is_some_and(|&least| least > limit) {
            return None;
        }
    }
    row.last().copied().filter(|&cost| cost <= limit)
}

fn substitution(a: u8, b: u8) -> usize {
    match (a == b, a.eq_ignore_ascii_case(&b)) {
        (true, _) => 0,
        (_, true) => CASE_COST,
        _ => MOVE_COST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_as_cpython_does() {
        // From `_suggestions._generate_suggestions(candidates, name)` of CPython 3.14.
        let cases: &[(&str, &[&str], Option<&str>)] = &[
            ("oount", &["count"], Some("count")),
            ("mdo", &["base", "exp", "mod"], None),
            ("byteoder", &["bytes", "byteorder", "signed"], Some("byteorder")),
            ("Blech", &["blech", "fluch", "bluch"], Some("blech")),
            ("bluchin", &["blech", "fluch", "bluch"], Some("bluch")),
            ("rel", &["rel_tol", "abs_tol"], None),
            ("somethingverywrong", &["a", "b"], None),
            ("nwline", &["newline"], Some("newline")),
        ];
        for &(name, candidates, expected) in cases {
            assert_eq!(closest(name, candidates.iter().copied()), expected, "{name}");
        }
    }
}
