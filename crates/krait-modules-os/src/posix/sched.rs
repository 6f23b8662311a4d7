//! Scheduling: priorities' bounds and processor affinity.

use crate::sys::{self, check, int};
use krait_macros::pyfn;
use krait_object::errors::{type_error, value_error};
use krait_object::{Int, Object, Ref, Result, Set};

/// Voluntarily relinquish the CPU.
#[pyfn("sched_yield()")]
pub fn sched_yield() -> Result<()> {
    // SAFETY: a plain call.
    sys::once(|| unsafe { libc::sched_yield() }).map(drop).map_err(sys::os_error)
}

/// Get the maximum scheduling priority for policy.
#[pyfn("sched_get_priority_max(policy)")]
pub fn sched_get_priority_max(policy: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::sched_get_priority_max(policy) })
}

/// Get the minimum scheduling priority for policy.
#[pyfn("sched_get_priority_min(policy)")]
pub fn sched_get_priority_min(policy: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::sched_get_priority_min(policy) })
}

/// Get the scheduling policy for the process identified by pid.
#[pyfn("sched_getscheduler(pid, /)")]
pub fn sched_getscheduler(pid: i32) -> Result<i32> {
    // SAFETY: a plain call.
    check(unsafe { libc::sched_getscheduler(pid) })
}

/// Return the round-robin quantum for the process identified by pid, in seconds.
#[pyfn("sched_rr_get_interval(pid, /)")]
pub fn sched_rr_get_interval(pid: i32) -> Result<f64> {
    let mut interval = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a valid structure to fill.
    check(unsafe { libc::sched_rr_get_interval(pid, &mut interval) })?;
    Ok(interval.tv_sec as f64 + 1e-9 * interval.tv_nsec as f64)
}

/// Words of the largest processor mask that is asked for.
const MASK_WORDS: usize = 1024;

/// The processors of a process (0: the calling one).
pub fn affinity(pid: i32) -> Result<Vec<usize>> {
    let mut mask = [0u64; MASK_WORDS];
    // SAFETY: the mask is as long as said.
    check(unsafe { libc::sched_getaffinity(pid, size_of_val(&mask), mask.as_mut_ptr().cast()) })?;
    Ok((0..MASK_WORDS * 64).filter(|&cpu| mask[cpu / 64] >> (cpu % 64) & 1 == 1).collect())
}

/// Return the affinity of the process identified by pid (or the current process if zero).
#[pyfn("sched_getaffinity(pid, /)")]
pub fn sched_getaffinity(pid: i32) -> Result<Ref<Set>> {
    let set = Set::new();
    for cpu in affinity(pid)? {
        set.add(&int(cpu as i64))?;
    }
    Ok(set)
}

/// Set the CPU affinity of the process identified by pid to mask.
#[pyfn("sched_setaffinity(pid, mask, /)")]
pub fn sched_setaffinity(pid: i32, mask: &Object) -> Result<()> {
    let mut bits = [0u64; MASK_WORDS];
    for item in mask.iter()?.collect()? {
        if item.downcast::<Int>().is_none() {
            let actual = item.type_name();
            return Err(type_error(format!("expected an iterator of ints, but iterator yielded {actual}")));
        }
        let cpu = sys::c_long(&item)?;
        match usize::try_from(cpu) {
            Ok(cpu) if cpu < MASK_WORDS * 64 => bits[cpu / 64] |= 1 << (cpu % 64),
            Ok(_) => return Err(sys::os_error(libc::EINVAL)),
            Err(_) => return Err(value_error("negative CPU number")),
        }
    }
    // SAFETY: the mask is as long as said.
    check(unsafe { libc::sched_setaffinity(pid, size_of_val(&bits), bits.as_ptr().cast()) }).map(drop)
}
