//! A stable, adaptive merge sort for comparisons that may fail: natural runs, binary insertion for short ones, merges in
//! the order of powersort, galloping. CPython: `list_sort_impl` and `Objects/listsort.txt`.
//!
//! Elements are `Copy` stand-ins for owned objects. Invariant: whatever a comparison does, the slice is a permutation of
//! what it was when [`sort`] returns.

use crate::result::Result;

const MAX_MINRUN: usize = 64;
const MIN_GALLOP: usize = 7;

struct Run {
    base: usize,
    len: usize,
    power: u32,
}

struct Sorter<'a, E, F> {
    items: &'a mut [E],
    less: F,
    min_gallop: usize,
    pending: Vec<Run>,
    temp: Vec<E>,
}

/// Sorts with `less(a, b)`: is `a` before `b`?
pub fn sort<E: Copy, F: FnMut(E, E) -> Result<bool>>(items: &mut [E], less: F) -> Result<()> {
    let total = items.len();
    if total < 2 {
        return Ok(());
    }
    let minrun = minimal_run(total);
    let mut sorter = Sorter { items, less, min_gallop: MIN_GALLOP, pending: Vec::new(), temp: Vec::new() };
    let mut low = 0;
    while low < total {
        let rest = total - low;
        let mut len = sorter.count_run(low, rest)?;
        if len < minrun {
            let force = rest.min(minrun);
            sorter.binary_insertion(low, force, len)?;
            len = force;
        }
        sorter.found_run(low, len)?;
        low += len;
    }
    sorter.collapse_all()
}

fn minimal_run(mut n: usize) -> usize {
    let mut odd = 0;
    while n >= MAX_MINRUN {
        odd |= n & 1;
        n >>= 1;
    }
    n + odd
}

/// The depth in a perfectly balanced tree of merges at which two neighbouring runs meet.
fn node_power(start: usize, left: usize, right: usize, total: usize) -> u32 {
    let mut a = 2 * start + left;
    let mut b = a + left + right;
    let mut power = 0;
    loop {
        power += 1;
        if a >= total {
            a -= total;
            b -= total;
        } else if b >= total {
            return power;
        }
        a <<= 1;
        b <<= 1;
    }
}

impl<E: Copy, F: FnMut(E, E) -> Result<bool>> Sorter<'_, E, F> {
    #[inline(always)]
    fn less(&mut self, a: usize, b: usize) -> Result<bool> {
        (self.less)(self.items[a], self.items[b])
    }

    /// Length of the run at `low`, made ascending: a descending one (equal elements may lie in it) is reversed.
    fn count_run(&mut self, low: usize, rest: usize) -> Result<usize> {
        let mut n = 1;
        while n < rest && !self.less(low + n, low + n - 1)? {
            n += 1;
        }
        if n == rest {
            return Ok(n);
        }
        if n > 1 {
            if self.less(low, low + n - 1)? {
                return Ok(n);
            }
            // All equal so far: reversed now, they come out in order when the whole run is reversed.
            self.items[low..low + n].reverse();
        }
        n += 1;
        let mut equal = 0;
        while n < rest {
            if self.less(low + n, low + n - 1)? {
                self.reverse_equal(low + n, &mut equal);
            } else if self.less(low + n - 1, low + n)? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        self.reverse_equal(low + n, &mut equal);
        self.items[low..low + n].reverse();
        while n < rest && !self.less(low + n, low + n - 1)? {
            n += 1;
        }
        Ok(n)
    }

    fn reverse_equal(&mut self, end: usize, equal: &mut usize) {
        if *equal > 0 {
            self.items[end - *equal - 1..end].reverse();
            *equal = 0;
        }
    }

    /// Sorts `len` elements of which the first `sorted` are in order.
    fn binary_insertion(&mut self, low: usize, len: usize, sorted: usize) -> Result<()> {
        for at in sorted..len {
            let pivot = self.items[low + at];
            let (mut left, mut right) = (0, at);
            while left < right {
                let middle = (left + right) >> 1;
                if (self.less)(pivot, self.items[low + middle])? {
                    right = middle;
                } else {
                    left = middle + 1;
                }
            }
            self.items.copy_within(low + left..low + at, low + left + 1);
            self.items[low + left] = pivot;
        }
        Ok(())
    }

    fn found_run(&mut self, base: usize, len: usize) -> Result<()> {
        if let Some(last) = self.pending.last() {
            let power = node_power(last.base, last.len, len, self.items.len());
            while self.pending.len() > 1 && self.pending[self.pending.len() - 2].power > power {
                self.merge_at(self.pending.len() - 2)?;
            }
            if let Some(last) = self.pending.last_mut() {
                last.power = power;
            }
        }
        self.pending.push(Run { base, len, power: 0 });
        Ok(())
    }

    fn collapse_all(&mut self) -> Result<()> {
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(at)?;
        }
        Ok(())
    }

    /// Merges two neighbouring runs.
    fn merge_at(&mut self, at: usize) -> Result<()> {
        let (mut a, mut na) = (self.pending[at].base, self.pending[at].len);
        let (b, mut nb) = (self.pending[at + 1].base, self.pending[at + 1].len);
        self.pending[at].len = na + nb;
        self.pending.remove(at + 1);
        // What of `a` is before all of `b` stays, and what of `b` is after all of `a`.
        let skip = gallop_right(&mut self.less, self.items[b], &self.items[a..a + na], 0)?;
        a += skip;
        na -= skip;
        if na == 0 {
            return Ok(());
        }
        nb = gallop_left(&mut self.less, self.items[a + na - 1], &self.items[b..b + nb], nb - 1)?;
        if nb == 0 {
            return Ok(());
        }
        if na <= nb { self.merge_low(a, na, b, nb) } else { self.merge_high(a, na, b, nb) }
    }

    /// Merges from the left, `a` (the shorter) set aside. The first of `b` goes first, the last of `a` last.
    fn merge_low(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<()> {
        let mut temp = core::mem::take(&mut self.temp);
        temp.clear();
        temp.extend_from_slice(&self.items[a..a + na]);
        let mut state = Low { dest: a, left: 0, right: b, end: b + nb };
        let result = self.merge_low_steps(&temp, &mut state);
        // Whatever happened: the rest of the part set aside fills the gap, which is exactly as long.
        let rest = &temp[state.left..];
        if result == Ok(true) {
            // One element of the left is after all of the right ones.
            let right = state.end - state.right;
            self.items.copy_within(state.right..state.end, state.dest);
            self.items[state.dest + right..state.dest + right + rest.len()].copy_from_slice(rest);
        } else {
            self.items[state.dest..state.dest + rest.len()].copy_from_slice(rest);
        }
        self.temp = temp;
        result.map(|_| ())
    }

    /// `Ok(true)`: one of the left is left over, and goes behind all that remain on the right.
    fn merge_low_steps(&mut self, temp: &[E], s: &mut Low) -> Result<bool> {
        let take_right = |items: &mut [E], s: &mut Low| {
            items[s.dest] = items[s.right];
            s.dest += 1;
            s.right += 1;
        };
        take_right(self.items, s);
        if s.right == s.end {
            return Ok(false);
        }
        if temp.len() - s.left == 1 {
            return Ok(true);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut left_wins, mut right_wins) = (0, 0);
            loop {
                if (self.less)(self.items[s.right], temp[s.left])? {
                    take_right(self.items, s);
                    right_wins += 1;
                    left_wins = 0;
                    if s.right == s.end {
                        return Ok(false);
                    }
                    if right_wins >= min_gallop {
                        break;
                    }
                } else {
                    self.items[s.dest] = temp[s.left];
                    s.dest += 1;
                    s.left += 1;
                    left_wins += 1;
                    right_wins = 0;
                    if temp.len() - s.left == 1 {
                        return Ok(true);
                    }
                    if left_wins >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let k = gallop_right(&mut self.less, self.items[s.right], &temp[s.left..], 0)?;
                let left_run = k;
                if k > 0 {
                    self.items[s.dest..s.dest + k].copy_from_slice(&temp[s.left..s.left + k]);
                    s.dest += k;
                    s.left += k;
                    match temp.len() - s.left {
                        1 => return Ok(true),
                        // Only an inconsistent comparison comes here.
                        0 => return Ok(false),
                        _ => {}
                    }
                }
                take_right(self.items, s);
                if s.right == s.end {
                    return Ok(false);
                }
                let k = gallop_left(&mut self.less, temp[s.left], &self.items[s.right..s.end], 0)?;
                if k > 0 {
                    self.items.copy_within(s.right..s.right + k, s.dest);
                    s.dest += k;
                    s.right += k;
                    if s.right == s.end {
                        return Ok(false);
                    }
                }
                self.items[s.dest] = temp[s.left];
                s.dest += 1;
                s.left += 1;
                if temp.len() - s.left == 1 {
                    return Ok(true);
                }
                if left_run < MIN_GALLOP && k < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }

    /// Merges from the right, `b` (the shorter) set aside. The last of `a` goes last, the first of `b` first.
    fn merge_high(&mut self, a: usize, na: usize, b: usize, nb: usize) -> Result<()> {
        let mut temp = core::mem::take(&mut self.temp);
        temp.clear();
        temp.extend_from_slice(&self.items[b..b + nb]);
        // Ends are exclusive: `left` of `a` in place, `right` of the part set aside, `dest` of the gap.
        let mut state = High { start: a, left: a + na, right: nb, dest: b + nb };
        let result = self.merge_high_steps(&temp, &mut state);
        if result == Ok(true) {
            // One element of the right is before all that remain on the left.
            let count = state.left - state.start;
            self.items.copy_within(state.start..state.left, state.dest - count);
            let gap = state.dest - count;
            self.items[gap - state.right..gap].copy_from_slice(&temp[..state.right]);
        } else {
            self.items[state.dest - state.right..state.dest].copy_from_slice(&temp[..state.right]);
        }
        self.temp = temp;
        result.map(|_| ())
    }

    /// `Ok(true)`: one of the right is left over, and goes before all that remain on the left.
    fn merge_high_steps(&mut self, temp: &[E], s: &mut High) -> Result<bool> {
        let take_left = |items: &mut [E], s: &mut High| {
            s.dest -= 1;
            s.left -= 1;
            items[s.dest] = items[s.left];
        };
        take_left(self.items, s);
        if s.left == s.start {
            return Ok(false);
        }
        if s.right == 1 {
            return Ok(true);
        }
        let mut min_gallop = self.min_gallop;
        loop {
            let (mut left_wins, mut right_wins) = (0, 0);
            loop {
                if (self.less)(temp[s.right - 1], self.items[s.left - 1])? {
                    take_left(self.items, s);
                    left_wins += 1;
                    right_wins = 0;
                    if s.left == s.start {
                        return Ok(false);
                    }
                    if left_wins >= min_gallop {
                        break;
                    }
                } else {
                    s.dest -= 1;
                    s.right -= 1;
                    self.items[s.dest] = temp[s.right];
                    right_wins += 1;
                    left_wins = 0;
                    if s.right == 1 {
                        return Ok(true);
                    }
                    if right_wins >= min_gallop {
                        break;
                    }
                }
            }
            min_gallop += 1;
            loop {
                min_gallop -= usize::from(min_gallop > 1);
                self.min_gallop = min_gallop;
                let na = s.left - s.start;
                let left = &self.items[s.start..s.left];
                let left_run = na - gallop_right(&mut self.less, temp[s.right - 1], left, na - 1)?;
                if left_run > 0 {
                    s.dest -= left_run;
                    s.left -= left_run;
                    self.items.copy_within(s.left..s.left + left_run, s.dest);
                    if s.left == s.start {
                        return Ok(false);
                    }
                }
                s.dest -= 1;
                s.right -= 1;
                self.items[s.dest] = temp[s.right];
                if s.right == 1 {
                    return Ok(true);
                }
                let k = gallop_left(&mut self.less, self.items[s.left - 1], &temp[..s.right], s.right - 1)?;
                let right_run = s.right - k;
                if right_run > 0 {
                    s.dest -= right_run;
                    s.right -= right_run;
                    self.items[s.dest..s.dest + right_run]
                        .copy_from_slice(&temp[s.right..s.right + right_run]);
                    match s.right {
                        1 => return Ok(true),
                        // Only an inconsistent comparison comes here.
                        0 => return Ok(false),
                        _ => {}
                    }
                }
                take_left(self.items, s);
                if s.left == s.start {
                    return Ok(false);
                }
                if left_run < MIN_GALLOP && right_run < MIN_GALLOP {
                    break;
                }
            }
            min_gallop += 1;
            self.min_gallop = min_gallop;
        }
    }
}

struct Low {
    dest: usize,
    left: usize,
    right: usize,
    end: usize,
}

struct High {
    start: usize,
    left: usize,
    right: usize,
    dest: usize,
}

/// Where `key` belongs in a sorted slice, before equal elements; the search starts at `hint`.
fn gallop_left<E: Copy>(
    less: &mut impl FnMut(E, E) -> Result<bool>,
    key: E,
    items: &[E],
    hint: usize,
) -> Result<usize> {
    let (mut last, mut offset) = (0usize, 1usize);
    let (low, mut high);
    if less(items[hint], key)? {
        let max = items.len() - hint;
        while offset < max && less(items[hint + offset], key)? {
            last = offset;
            offset = offset.saturating_mul(2).saturating_add(1);
        }
        (low, high) = (hint + last + 1, hint + offset.min(max));
    } else {
        let max = hint + 1;
        while offset < max && !less(items[hint - offset], key)? {
            last = offset;
            offset = offset.saturating_mul(2).saturating_add(1);
        }
        (low, high) = (hint + 1 - offset.min(max), hint - last);
    }
    let mut low = low;
    while low < high {
        let middle = low + ((high - low) >> 1);
        if less(items[middle], key)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// Where `key` belongs in a sorted slice, behind equal elements; the search starts at `hint`.
fn gallop_right<E: Copy>(
    less: &mut impl FnMut(E, E) -> Result<bool>,
    key: E,
    items: &[E],
    hint: usize,
) -> Result<usize> {
    let (mut last, mut offset) = (0usize, 1usize);
    let (low, mut high);
    if less(key, items[hint])? {
        let max = hint + 1;
        while offset < max && less(key, items[hint - offset])? {
            last = offset;
            offset = offset.saturating_mul(2).saturating_add(1);
        }
        (low, high) = (hint + 1 - offset.min(max), hint - last);
    } else {
        let max = items.len() - hint;
        while offset < max && !less(key, items[hint + offset])? {
            last = offset;
            offset = offset.saturating_mul(2).saturating_add(1);
        }
        (low, high) = (hint + last + 1, hint + offset.min(max));
    }
    let mut low = low;
    while low < high {
        let middle = low + ((high - low) >> 1);
        if less(key, items[middle])? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(high)
}

#[cfg(test)]
mod tests {
    use super::sort;

    /// A small deterministic generator.
    fn numbers(count: usize, modulus: u64, mut seed: u64) -> Vec<u64> {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % modulus
        };
        (0..count).map(|_| next()).collect()
    }

    fn check(keys: &[u64]) {
        let mut items: Vec<(u64, usize)> = keys.iter().copied().zip(0..).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|e| e.0);
        sort(&mut items, |a: (u64, usize), b| Ok(a.0 < b.0)).expect("no comparison fails");
        assert_eq!(items, expected);
    }

    #[test]
    fn sorts_stably() {
        for count in [0, 1, 2, 3, 10, 63, 64, 65, 200, 1000, 5000] {
            for modulus in [1, 2, 5, 100, 1 << 40] {
                check(&numbers(count, modulus, count as u64 + modulus));
            }
            check(&(0..count as u64).collect::<Vec<_>>());
            check(&(0..count as u64).rev().collect::<Vec<_>>());
            check(&(0..count as u64).rev().map(|n| n / 3).collect::<Vec<_>>());
            check(&(0..count as u64).map(|n| n % 97).collect::<Vec<_>>());
            let mut runs: Vec<u64> = (0..count as u64).map(|n| n % 400).collect();
            runs.extend((0..count as u64).rev());
            check(&runs);
        }
    }

    #[test]
    fn stays_a_permutation_on_errors_and_nonsense() {
        for limit in [1, 10, 100, 500, 900, 2000, 4000] {
            let mut items: Vec<u64> = numbers(600, 1000, limit);
            let mut expected = items.clone();
            let mut count = 0;
            let result = sort(&mut items, |a, b| {
                count += 1;
                if count > limit { Err(crate::Raised) } else { Ok(a < b) }
            });
            assert_eq!(result.is_err(), count > limit);
            items.sort_unstable();
            expected.sort_unstable();
            assert_eq!(items, expected);
            let mut seed = limit;
            let mut nonsense = expected.clone();
            let _ = sort(&mut nonsense, |_, _| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                Ok(seed >> 63 == 0)
            });
            nonsense.sort_unstable();
            assert_eq!(nonsense, expected);
        }
    }
}
