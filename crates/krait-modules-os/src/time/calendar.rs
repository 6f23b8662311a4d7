//! `struct_time` and the conversions between seconds, broken-down time and text.

use super::now;
use crate::sys::int;
use core::ffi::CStr;
use krait_macros::pyfn;
use krait_object::args::Args;
use krait_object::errors::{overflow_error, type_error, value_error};
use krait_object::structseq::StructSeq;
use krait_object::{Dict, Float, Object, Ref, Result, Str, Tuple, id, interp};
use std::ffi::CString;

/// `time.struct_time`.
pub static STRUCT_TIME: StructSeq = StructSeq::new(
    c"time.struct_time",
    c"The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().",
    &[
        (c"tm_year", c"year, for example, 1993"),
        (c"tm_mon", c"month of year, range [1, 12]"),
        (c"tm_mday", c"day of month, range [1, 31]"),
        (c"tm_hour", c"hours, range [0, 23]"),
        (c"tm_min", c"minutes, range [0, 59]"),
        (c"tm_sec", c"seconds, range [0, 61])"),
        (c"tm_wday", c"day of week, range [0, 6], Monday is 0"),
        (c"tm_yday", c"day of year, range [1, 366]"),
        (c"tm_isdst", c"1 if summer time is in effect, 0 if not, and -1 if unknown"),
        (c"tm_zone", c"abbreviation of timezone name"),
        (c"tm_gmtoff", c"offset from UTC in seconds"),
    ],
    9,
);

fn empty_tm() -> libc::tm {
    // SAFETY: integers and a pointer, for which zero is valid.
    unsafe { core::mem::zeroed() }
}

fn zone_text(tm: &libc::tm) -> Ref<Str> {
    if tm.tm_zone.is_null() {
        return Str::new("");
    }
    // SAFETY: the zone name is a C string of the C library.
    let bytes = unsafe { CStr::from_ptr(tm.tm_zone) }.to_bytes();
    crate::sys::fs_decode(bytes).unwrap_or_else(|_| Str::new(""))
}

fn struct_time(tm: &libc::tm) -> Result {
    let fields = [
        tm.tm_year + 1900,
        tm.tm_mon + 1,
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        (tm.tm_wday + 6) % 7,
        tm.tm_yday + 1,
        tm.tm_isdst,
    ];
    let mut values: Vec<Ref<Object>> = fields.iter().map(|&f| int(f.into())).collect();
    values.push(zone_text(tm).into_object());
    values.push(int(tm.tm_gmtoff));
    STRUCT_TIME.make(values)
}

/// Seconds as a time of the platform, rounded down; the current time for None.
fn seconds_argument(value: Option<&Object>) -> Result<i64> {
    let Some(value) = value else { return now() };
    let out_of_range = || overflow_error("timestamp out of range for platform time_t");
    if let Some(float) = value.downcast::<Float>() {
        let floor = float.value().floor();
        if floor.is_nan() {
            return Err(value_error("Invalid value NaN (not a number)"));
        }
        if !(-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&floor) {
            return Err(out_of_range());
        }
        return Ok(floor as i64);
    }
    value.index()?.to_i64().ok_or_else(out_of_range)
}

fn local(seconds: i64) -> Result<libc::tm> {
    let mut tm = empty_tm();
    // SAFETY: structures to read and fill.
    if unsafe { libc::localtime_r(&seconds, &mut tm) }.is_null() {
        return Err(crate::sys::os_error(libc::EOVERFLOW));
    }
    Ok(tm)
}

/// gmtime([seconds]) -> (tm_year, tm_mon, tm_mday, tm_hour, tm_min,
///                        tm_sec, tm_wday, tm_yday, tm_isdst)
///
/// Convert seconds since the Epoch to a time tuple expressing UTC.
#[pyfn("gmtime(seconds=None, /)", nosig)]
pub fn gmtime(seconds: Option<&Object>) -> Result {
    let seconds = seconds_argument(seconds)?;
    let mut tm = empty_tm();
    // SAFETY: structures to read and fill.
    if unsafe { libc::gmtime_r(&seconds, &mut tm) }.is_null() {
        return Err(crate::sys::os_error(libc::EOVERFLOW));
    }
    tm.tm_zone = c"UTC".as_ptr();
    struct_time(&tm)
}

/// localtime([seconds]) -> (tm_year,tm_mon,tm_mday,tm_hour,tm_min,
///                           tm_sec,tm_wday,tm_yday,tm_isdst)
///
/// Convert seconds since the Epoch to a time tuple expressing local time.
#[pyfn("localtime(seconds=None, /)", nosig)]
pub fn localtime(seconds: Option<&Object>) -> Result {
    struct_time(&local(seconds_argument(seconds)?)?)
}

/// A broken-down time with its zone name kept alive.
struct Broken {
    tm: libc::tm,
    _zone: Option<CString>,
}

fn from_tuple(value: &Object, function: &str) -> Result<Broken> {
    let Some(tuple) = value.downcast::<Tuple>() else {
        return Err(type_error("Tuple or struct_time argument required"));
    };
    if tuple.len() != 9 {
        return Err(type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut fields = [0i32; 9];
    for (field, item) in fields.iter_mut().zip(tuple.as_slice()) {
        *field = match item.index()?.to_i64().map(i32::try_from) {
            Some(Ok(number)) => number,
            _ => return Err(overflow_error("signed integer is greater than maximum")),
        };
    }
    let Some(tm_year) = fields[0].checked_sub(1900) else { return Err(overflow_error("year out of range")) };
    let mut tm = empty_tm();
    tm.tm_year = tm_year;
    tm.tm_mon = fields[1].wrapping_sub(1);
    tm.tm_mday = fields[2];
    tm.tm_hour = fields[3];
    tm.tm_min = fields[4];
    tm.tm_sec = fields[5];
    tm.tm_wday = fields[6].wrapping_add(1) % 7;
    tm.tm_yday = fields[7].wrapping_sub(1);
    tm.tm_isdst = fields[8];
    let mut zone = None;
    if value.ty().is_type(STRUCT_TIME.ty()?) {
        let offset = value.get_attr(id!("tm_gmtoff"))?;
        if !offset.is_none() {
            tm.tm_gmtoff = crate::sys::c_long(&offset)?;
        }
        let name = value.get_attr(id!("tm_zone"))?;
        if let Some(name) = name.downcast::<Str>() {
            zone = CString::new(name.to_wtf8()).ok();
            tm.tm_zone = zone.as_ref().map_or(core::ptr::null(), |z| z.as_ptr());
        }
    }
    Ok(Broken { tm, _zone: zone })
}

/// Bounds of a broken-down time for text (`checktm`): zero means "unknown" for months and days.
fn check_fields(tm: &mut libc::tm) -> Result<()> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    } else if !(0..=11).contains(&tm.tm_mon) {
        return Err(value_error("month out of range"));
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    } else if !(0..=31).contains(&tm.tm_mday) {
        return Err(value_error("day of month out of range"));
    }
    if !(0..=23).contains(&tm.tm_hour) {
        return Err(value_error("hour out of range"));
    }
    if !(0..=59).contains(&tm.tm_min) {
        return Err(value_error("minute out of range"));
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return Err(value_error("seconds out of range"));
    }
    if tm.tm_wday < 0 {
        return Err(value_error("day of week out of range"));
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    } else if !(0..=365).contains(&tm.tm_yday) {
        return Err(value_error("day of year out of range"));
    }
    Ok(())
}

fn broken_or_now(value: Option<&Object>, function: &str) -> Result<Broken> {
    let mut broken = match value {
        Some(value) => from_tuple(value, function)?,
        None => Broken { tm: local(now()?)?, _zone: None },
    };
    check_fields(&mut broken.tm)?;
    Ok(broken)
}

fn ascii_time(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    format!(
        "{} {}{:3} {:02}:{:02}:{:02} {}",
        DAYS[(tm.tm_wday.rem_euclid(7)) as usize],
        MONTHS[(tm.tm_mon.rem_euclid(12)) as usize],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        i64::from(tm.tm_year) + 1900
    )
}

/// asctime([tuple]) -> string
///
/// Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.
#[pyfn("asctime(tuple=<unrepresentable>, /)", nosig)]
pub fn asctime(value: Option<&Object>) -> Result<String> {
    broken_or_now(value, "asctime").map(|b| ascii_time(&b.tm))
}

/// ctime([seconds]) -> string
///
/// Convert a time in seconds since the Epoch to a string in local time.
#[pyfn("ctime(seconds=None, /)", nosig)]
pub fn ctime(seconds: Option<&Object>) -> Result<String> {
    Ok(ascii_time(&local(seconds_argument(seconds)?)?))
}

/// mktime(tuple) -> floating-point number
///
/// Convert a time tuple in local time to seconds since the Epoch.
#[pyfn("mktime(tuple, /)")]
pub fn mktime(value: &Object) -> Result<f64> {
    let mut broken = from_tuple(value, "mktime")?;
    broken.tm.tm_wday = -1;
    // SAFETY: a valid structure.
    let seconds = unsafe { libc::mktime(&mut broken.tm) };
    if seconds == -1 && broken.tm.tm_wday == -1 {
        return Err(overflow_error("mktime argument out of range"));
    }
    Ok(seconds as f64)
}

/// strftime(format[, tuple]) -> string
///
/// Convert a time tuple to a string according to a format specification.
#[pyfn("strftime(format, tuple=<unrepresentable>, /)", nosig)]
pub fn strftime(format: &Str, value: Option<&Object>) -> Result<Ref<Str>> {
    let mut broken = broken_or_now(value, "strftime")?;
    broken.tm.tm_isdst = broken.tm.tm_isdst.clamp(-1, 1);
    let mut out = Vec::new();
    // The C function stops at NUL: the parts between are formatted one by one.
    for (index, part) in format.to_wtf8().split(|&b| b == 0).enumerate() {
        if index > 0 {
            out.push(0);
        }
        out.extend(format_part(part, &broken.tm)?);
    }
    crate::sys::fs_decode(&out)
}

fn format_part(part: &[u8], tm: &libc::tm) -> Result<Vec<u8>> {
    if part.is_empty() {
        return Ok(Vec::new());
    }
    // A byte in front tells an empty result from a buffer that is too small.
    let Ok(format) = CString::new([b" ".as_slice(), part].concat()) else {
        return Err(value_error("embedded null character"));
    };
    let mut size = 256;
    loop {
        let mut buffer = vec![0u8; size];
        // SAFETY: the buffer is as long as said; format and time are valid.
        let len = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), size, format.as_ptr(), tm) };
        if len > 0 {
            return Ok(buffer[1..len].to_vec());
        }
        if size > 256 * part.len().max(256) {
            return Err(krait_object::errors::memory_error());
        }
        size *= 2;
    }
}

/// strptime(string, format) -> struct_time
///
/// Parse a string to a time tuple according to a format specification.
#[pyfn("strptime(*args)", nosig)]
pub fn strptime(args: Args<'_>) -> Result {
    let Some(import) = interp::current().hooks.import_module.get() else {
        return Err(krait_object::errors::import_error("No module named '_strptime'"));
    };
    let module = import("_strptime")?;
    module.call_method(id!("_strptime_time"), args.as_slice())
}

/// The names and offsets of the local zone, from the C library's view of midwinter and midsummer of this year.
pub fn add_zone(dict: &Dict) -> Result<()> {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    let start = now()? / YEAR * YEAR;
    let (first, second) = (local(start)?, local(start + YEAR / 2)?);
    let (january_west, july_west) = (-first.tm_gmtoff, -second.tm_gmtoff);
    // In the southern hemisphere January is in summer time.
    let (standard, summer, west, summer_west) = if january_west < july_west {
        (&second, &first, july_west, january_west)
    } else {
        (&first, &second, january_west, july_west)
    };
    dict.set_str(id!("timezone"), &int(west))?;
    dict.set_str(id!("altzone"), &int(summer_west))?;
    dict.set_str(id!("daylight"), &int(i64::from(january_west != july_west)))?;
    let names = Tuple::from_vec(vec![zone_text(standard).into_object(), zone_text(summer).into_object()]);
    dict.set_str(id!("tzname"), &names)
}

/// tzset()
///
/// Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].
#[pyfn("tzset($module, /)")]
pub fn tzset(module: &krait_object::module::Module) -> Result<()> {
    // SAFETY: the environment is changed only with the GIL held.
    unsafe { c_tzset() };
    add_zone(&module.dict())
}

unsafe extern "C" {
    #[link_name = "tzset"]
    fn c_tzset();
}
