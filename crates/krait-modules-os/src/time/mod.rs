//! `time`: clocks, sleeping, calendar times. CPython: `Modules/timemodule.c`.
//!
//! - this file: clocks and `sleep`; `calendar`: `struct_time` and its conversions

mod calendar;

use crate::sys::{self, check};
use krait_macros::pyfn;
use krait_object::errors::{overflow_error, type_error, value_error};
use krait_object::module::{Module, ModuleDef};
use krait_object::{Dict, Float, Int, MethodDef, Object, Ref, Result, Str, interp, object};

/// The module.
pub static MODULE: ModuleDef = ModuleDef::new(c"time")
    .doc(c"This module provides various functions to manipulate time values.")
    .methods(METHODS)
    .exec(exec);

#[rustfmt::skip]
static METHODS: &[MethodDef] = &[
    time::DEF, time_ns::DEF, clock_gettime::DEF, clock_gettime_ns::DEF, clock_settime::DEF, clock_settime_ns::DEF,
    clock_getres::DEF, pthread_getcpuclockid::DEF, sleep::DEF, monotonic::DEF, monotonic_ns::DEF, perf_counter::DEF,
    perf_counter_ns::DEF, process_time::DEF, process_time_ns::DEF, thread_time::DEF, thread_time_ns::DEF,
    get_clock_info::DEF, calendar::gmtime::DEF, calendar::localtime::DEF, calendar::asctime::DEF,
    calendar::ctime::DEF, calendar::mktime::DEF, calendar::strftime::DEF, calendar::strptime::DEF,
    calendar::tzset::DEF,
    MethodDef::SENTINEL,
];

static CLOCKS: &[(&str, i32)] = &[
    ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
    ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
    ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
    ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
    ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
    ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
    ("CLOCK_TAI", libc::CLOCK_TAI),
];

fn exec(module: &Module) -> Result<()> {
    for &(name, value) in CLOCKS {
        module.add_int(name, value.into())?;
    }
    module.add_int("_STRUCT_TM_ITEMS", 11)?;
    module.add("struct_time", calendar::STRUCT_TIME.ty()?)?;
    calendar::add_zone(&module.dict())
}

const BILLION: i128 = 1_000_000_000;

/// A time in nanoseconds.
type Nanos = i128;

fn read_clock(clock: i32) -> Result<Nanos> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a structure to fill.
    check(unsafe { libc::clock_gettime(clock, &mut now) })?;
    Ok(Nanos::from(now.tv_sec) * BILLION + Nanos::from(now.tv_nsec))
}

fn resolution(clock: i32) -> Result<f64> {
    let mut step = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a structure to fill.
    check(unsafe { libc::clock_getres(clock, &mut step) })?;
    Ok(step.tv_sec as f64 + 1e-9 * step.tv_nsec as f64)
}

/// Seconds as a float, correctly rounded where the nanoseconds are exact.
fn seconds(nanos: Nanos) -> f64 {
    if nanos % BILLION == 0 { (nanos / BILLION) as f64 } else { nanos as f64 / 1e9 }
}

macro_rules! clocks {
    ($($doc:literal $sig:literal $name:ident, $ns_doc:literal $ns_sig:literal $ns:ident = $clock:ident;)*) => { $(
        #[doc = $doc]
        #[pyfn($sig)]
        fn $name() -> Result<f64> {
            read_clock(libc::$clock).map(seconds)
        }

        #[doc = $ns_doc]
        #[pyfn($ns_sig)]
        fn $ns() -> Result<Ref<Int>> {
            read_clock(libc::$clock).map(Int::from_i128)
        }
    )* };
}

clocks! {
    "Return the current time in seconds since the Epoch." "time()" time,
        "Return the current time in nanoseconds since the Epoch." "time_ns()" time_ns = CLOCK_REALTIME;
    "Monotonic clock, cannot go backward." "monotonic()" monotonic,
        "Monotonic clock, cannot go backward, as nanoseconds." "monotonic_ns()" monotonic_ns = CLOCK_MONOTONIC;
    "Performance counter for benchmarking." "perf_counter()" perf_counter,
        "Performance counter for benchmarking as nanoseconds." "perf_counter_ns()" perf_counter_ns = CLOCK_MONOTONIC;
    "Process time for profiling: sum of the kernel and user-space CPU time." "process_time()" process_time,
        "Process time for profiling as nanoseconds." "process_time_ns()" process_time_ns = CLOCK_PROCESS_CPUTIME_ID;
    "Thread time for profiling: sum of the kernel and user-space CPU time." "thread_time()" thread_time,
        "Thread time for profiling as nanoseconds." "thread_time_ns()" thread_time_ns = CLOCK_THREAD_CPUTIME_ID;
}

/// Return the time of the specified clock clk_id as a float.
#[pyfn("clock_gettime(clk_id, /)")]
fn clock_gettime(clk_id: i32) -> Result<f64> {
    read_clock(clk_id).map(seconds)
}

/// Return the time of the specified clock clk_id as nanoseconds (int).
#[pyfn("clock_gettime_ns(clk_id, /)")]
fn clock_gettime_ns(clk_id: i32) -> Result<Ref<Int>> {
    read_clock(clk_id).map(Int::from_i128)
}

fn set_clock(clock: i32, nanos: Nanos) -> Result<()> {
    let Ok(tv_sec) = i64::try_from(nanos.div_euclid(BILLION)) else {
        return Err(overflow_error("timestamp out of range for platform time_t"));
    };
    let value = libc::timespec { tv_sec, tv_nsec: nanos.rem_euclid(BILLION) as i64 };
    // SAFETY: a valid time.
    check(unsafe { libc::clock_settime(clock, &value) }).map(drop)
}

/// clock_settime(clk_id, time)
///
/// Set the time of the specified clock clk_id.
#[pyfn("clock_settime(clk_id, time, /)", nosig)]
fn clock_settime(clk_id: i32, time: &Object) -> Result<()> {
    set_clock(clk_id, nanos_from(time, Rounding::Floor)?)
}

/// clock_settime_ns(clk_id, time)
///
/// Set the time of the specified clock clk_id with nanoseconds.
#[pyfn("clock_settime_ns(clk_id, time, /)", nosig)]
fn clock_settime_ns(clk_id: i32, time: i64) -> Result<()> {
    set_clock(clk_id, time.into())
}

/// clock_getres(clk_id) -> floating-point number
///
/// Return the resolution (precision) of the specified clock clk_id.
#[pyfn("clock_getres(clk_id, /)", nosig)]
fn clock_getres(clk_id: i32) -> Result<f64> {
    resolution(clk_id)
}

/// pthread_getcpuclockid(thread_id) -> int
///
/// Return the clk_id of a thread's CPU time clock.
#[pyfn("pthread_getcpuclockid(thread_id, /)", nosig)]
fn pthread_getcpuclockid(thread_id: u64) -> Result<i32> {
    let mut clock = 0;
    // SAFETY: a clock id to fill; the thread id is the caller's word.
    match unsafe { libc::pthread_getcpuclockid(thread_id, &mut clock) } {
        0 => Ok(clock),
        number => Err(sys::os_error(number)),
    }
}

/// How a fraction of a nanosecond is rounded.
#[derive(Clone, Copy)]
pub enum Rounding {
    Floor,
    /// Away from zero, for timeouts.
    Up,
}

/// A number of seconds in nanoseconds (`_PyTime_FromSecondsObject`).
pub fn nanos_from(value: &Object, rounding: Rounding) -> Result<Nanos> {
    let out_of_range = || overflow_error("timestamp out of range for C PyTime_t");
    if let Some(float) = value.downcast::<Float>() {
        if float.value().is_nan() {
            return Err(value_error("Invalid value NaN (not a number)"));
        }
        let scaled = float.value() * 1e9;
        let scaled = match rounding {
            Rounding::Floor => scaled.floor(),
            Rounding::Up if scaled >= 0.0 => scaled.ceil(),
            Rounding::Up => scaled.floor(),
        };
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&scaled) {
            return Err(out_of_range());
        }
        return Ok(scaled as Nanos);
    }
    if !value.is_index() {
        let actual = value.type_name();
        return Err(type_error(format!("'{actual}' object cannot be interpreted as an integer")));
    }
    let nanos = value.index()?.to_i64().map(|s| Nanos::from(s) * BILLION);
    nanos.filter(|&n| i64::try_from(n).is_ok()).ok_or_else(out_of_range)
}

/// Delay execution for a given number of seconds.
#[pyfn("sleep(seconds, /)")]
fn sleep(timeout: &Object) -> Result<()> {
    let nanos = nanos_from(timeout, Rounding::Up)?;
    if nanos < 0 {
        return Err(value_error("sleep length must be non-negative"));
    }
    let deadline = read_clock(libc::CLOCK_MONOTONIC)? + nanos;
    let tv_sec = i64::try_from(deadline / BILLION).unwrap_or(i64::MAX);
    let until = libc::timespec { tv_sec, tv_nsec: (deadline % BILLION) as i64 };
    crate::posix::numbered(move || {
        // SAFETY: a valid time; the remainder is not asked for with an absolute one.
        unsafe {
            libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, core::ptr::null_mut())
        }
    })
}

/// get_clock_info(name: str) -> dict
///
/// Get information of the specified clock.
#[pyfn("get_clock_info(name, /)", nosig)]
fn get_clock_info(name: &str) -> Result {
    let (clock, text, adjustable) = match name {
        "time" => (libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", true),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", false),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", false),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", false),
        _ => return Err(value_error("unknown clock")),
    };
    let dict = Dict::new();
    dict.set(&Str::new("implementation"), &Str::new(text))?;
    dict.set(&Str::new("monotonic"), object::bool_object(!adjustable))?;
    dict.set(&Str::new("adjustable"), object::bool_object(adjustable))?;
    dict.set(&Str::new("resolution"), &Float::new(resolution(clock)?))?;
    let modules = interp::current().modules.get();
    let types = match modules.and_then(|m| m.get_str(krait_object::id!("types"))) {
        Some(found) => found,
        None => match interp::current().hooks.import_module.get() {
            Some(import) => import("types")?,
            None => return Ok(dict.into_object()),
        },
    };
    let namespace = types.get_attr(krait_object::id!("SimpleNamespace"))?;
    namespace.call(&[&dict])
}

/// The current time in seconds.
fn now() -> Result<i64> {
    Ok(read_clock(libc::CLOCK_REALTIME)?.div_euclid(BILLION) as i64)
}
