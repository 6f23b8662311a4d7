//! The evaluation loop. CPython: `Python/ceval.c`, `Python/bytecodes.c`.
//!
//! - `regs`: the loop's registers
//! - `unwind`: from a raised exception to its handler
//! - `breaker`: what other threads and signal handlers ask for
//!
//! One `match` over opcodes, one line for each instruction; the bodies are in [`crate::ops`] and, for the specialised
//! forms, in [`crate::specialize`]. A call of a Python function pushes a frame and goes on in the same loop; a native
//! activation ends when the frame that it began with ends.

pub mod breaker;
mod regs;
mod unwind;

pub use regs::Regs;

use crate::frame::{self, Frame};
use crate::ops::{
    attributes, binary, calls, classes, compare, containers, exceptions, formatting, generators, globals,
    imports, intrinsics, iteration, jumps, loads_stores, matching, variables,
};
use crate::specialize::{self, call_forms, forms, name_forms};
use krait_bytecode::opcode::{Opcode, raw};
use krait_object::errors::system_error;
use krait_object::thread::{self, ThreadState};
use krait_object::{Raised, Result};

/// Counts a Python frame in; RecursionError at the limit (`_Py_EnterRecursivePy`).
#[inline(always)]
pub fn enter_recursion(ts: &ThreadState) -> Result<()> {
    let remaining = ts.recursion_remaining.get();
    if remaining <= 0 {
        over_limit(ts)?;
    }
    ts.recursion_remaining.set(remaining - 1);
    Ok(())
}

/// Counts a Python frame out.
#[inline(always)]
pub fn leave_recursion(ts: &ThreadState) {
    ts.recursion_remaining.set(ts.recursion_remaining.get() + 1);
}

#[cold]
fn over_limit(ts: &ThreadState) -> Result<()> {
    if ts.recursion_headroom.get() > 0 && ts.recursion_remaining.get() > -50 {
        return Ok(());
    }
    ts.recursion_headroom.set(ts.recursion_headroom.get() + 1);
    let raised = krait_object::errors::recursion_error("maximum recursion depth exceeded");
    ts.recursion_headroom.set(ts.recursion_headroom.get() - 1);
    Err(raised)
}

/// Runs a new frame from native code.
///
/// # Safety
/// The frame is the topmost of the data stack, complete and not linked.
pub unsafe fn eval_entry(ts: &'static ThreadState, frame: *mut Frame) -> Result {
    // SAFETY: the caller's promise.
    unsafe {
        if let Err(raised) = enter_native(ts) {
            frame::clear_and_pop(ts, frame);
            return Err(raised);
        }
        (*frame).previous = frame::current_frame(ts);
        frame::set_current_frame(ts, frame);
        run(ts, frame, false)
    }
}

fn enter_native(ts: &ThreadState) -> Result<()> {
    thread::check_recursion("")?;
    enter_recursion(ts)
}

/// Goes on with a suspended generator's frame from native code; its state has been set to executing. With `throw` the
/// current exception is raised where the frame stopped.
///
/// # Safety
/// The frame is a generator's and not linked.
pub unsafe fn eval_generator(ts: &'static ThreadState, frame: *mut Frame, throw: bool) -> Result {
    // SAFETY: the caller's promise.
    unsafe {
        if let Err(raised) = enter_native(ts) {
            frame::clear_and_pop(ts, frame);
            return Err(raised);
        }
        (*frame).previous = frame::current_frame(ts);
        frame::set_current_frame(ts, frame);
        run(ts, frame, throw)
    }
}

/// The loop.
///
/// # Safety
/// `entry` is linked as the thread's current frame and ready to go on.
unsafe fn run(ts: &'static ThreadState, entry: *mut Frame, throw: bool) -> Result {
    let mut r = Regs::load(ts, entry);
    let mut op: u8;
    let mut arg: usize;
    let mut thrown = throw;

    // The next instruction; the frame always knows which one is executing.
    macro_rules! fetch {
        () => {{
            // SAFETY: `ip` is within the code.
            unsafe {
                (*r.frame).instr_ptr = r.ip;
                let unit = r.ip.read();
                r.ip = r.ip.add(1);
                op = unit as u8;
                arg = (unit >> 8) as usize;
            }
        }};
    }
    macro_rules! skip {
        ($caches:literal) => {
            // SAFETY: the caches follow the instruction.
            r.ip = unsafe { r.ip.add($caches) }
        };
    }

    // A body that is not inlined gets a copy of the registers, so that they themselves never have an address.
    macro_rules! outlined {
        ($body:path $(, $operand:expr)*) => {{
            let mut copy = r;
            let result = $body(&mut copy $(, $operand)*);
            r = copy;
            result
        }};
    }

    'raised: loop {
        'run: {
            if thrown {
                break 'run;
            }
            fetch!();
            macro_rules! may_raise {
                ($body:expr) => {
                    if $body.is_err() {
                        break 'run;
                    }
                };
            }
            // What is raised again keeps its traceback as it is.
            macro_rules! raised_again {
                () => {
                    match unwind::unwind(r, entry, unwind::Origin::Reraise) {
                        Some(next) => r = next,
                        None => return Err(Raised),
                    }
                };
            }
            macro_rules! may_raise_again {
                ($body:expr) => {
                    if $body.is_err() {
                        raised_again!();
                    }
                };
            }
            macro_rules! check_breaker {
                () => {
                    if breaker::is_set(ts) {
                        may_raise!(breaker::handle(ts));
                    }
                };
            }
            // Goes on in another frame, if the body gives one.
            macro_rules! enter {
                ($body:expr) => {
                    match $body {
                        Ok(new) if new.is_null() => {}
                        Ok(new) => {
                            // SAFETY: a new frame on top of the data stack, or a generator's.
                            unsafe {
                                r.save_sp();
                                if enter_recursion(ts).is_err() {
                                    frame::clear_and_pop(ts, new);
                                    break 'run;
                                }
                                (*new).previous = r.frame;
                            }
                            frame::set_current_frame(ts, new);
                            r = Regs::load(ts, new);
                        }
                        Err(Raised) => break 'run,
                    }
                };
            }
            // A call: what is not entered may have taken long.
            macro_rules! call {
                ($body:expr) => {
                    match $body {
                        Ok(new) if new.is_null() => check_breaker!(),
                        entered => enter!(entered),
                    }
                };
            }
            // An instruction with caches that may become a specialised one.
            macro_rules! adaptive {
                ($specialize:expr) => {
                    // SAFETY: the first cache word is the counter.
                    unsafe {
                        let counter = r.ip.read();
                        if counter < specialize::UNREACHABLE {
                            r.ip = r.ip.sub(1);
                            $specialize(r, arg);
                            fetch_again!();
                            continue;
                        }
                        r.ip.write(counter - (1 << specialize::BACKOFF_BITS));
                    }
                };
            }
            // The instruction as it is after specialisation, with the operand that may have been extended.
            macro_rules! fetch_again {
                () => {{
                    op = r.ip.read() as u8;
                    r.ip = r.ip.add(1);
                }};
            }
            // A specialised instruction; when its guard fails the base form does the work.
            macro_rules! special {
                ($caches:literal, $base:ident, $body:expr) => {{
                    skip!($caches);
                    match $body {
                        Ok(true) => {}
                        Ok(false) => {
                            // SAFETY: back behind the instruction word.
                            r.ip = unsafe { r.ip.sub($caches) };
                            op = raw::$base;
                            continue;
                        }
                        Err(Raised) => break 'run,
                    }
                }};
            }
            // A specialised instruction that may enter a frame: `None` when its guard fails.
            macro_rules! special_enter {
                ($caches:literal, $base:ident, $body:expr) => {{
                    skip!($caches);
                    match $body {
                        Ok(Some(new)) => call!(Ok::<_, Raised>(new)),
                        Ok(None) => {
                            // SAFETY: back behind the instruction word.
                            r.ip = unsafe { r.ip.sub($caches) };
                            op = raw::$base;
                            continue;
                        }
                        Err(Raised) => break 'run,
                    }
                }};
            }
            // A specialised call of native code, after which requests are looked at.
            macro_rules! special_call {
                ($body:expr) => {{
                    special!(3, CALL, $body);
                    check_breaker!();
                }};
            }
            // Back to the frame below with a value, or out of the loop.
            macro_rules! leave {
                ($ended:expr, $previous:expr, $value:expr, $offset:expr) => {{
                    if core::ptr::eq($ended, entry) {
                        return Ok($value.into_ref());
                    }
                    r = Regs::load(ts, $previous);
                    r.jump($offset as isize);
                    r.push($value);
                }};
            }

            loop {
                match op {
                    raw::NOP | raw::NOT_TAKEN => {}
                    raw::RESUME_CHECK => check_breaker!(),
                    raw::RESUME => {
                        // SAFETY: the instruction word precedes `ip`.
                        unsafe { specialize::set_opcode(r.ip.sub(1), raw::RESUME_CHECK) };
                        check_breaker!();
                    }
                    raw::EXTENDED_ARG => {
                        let upper = arg;
                        fetch!();
                        arg |= upper << 8;
                        continue;
                    }

                    raw::LOAD_FAST => loads_stores::load_fast(&mut r, arg),
                    raw::LOAD_FAST_BORROW => loads_stores::load_fast_borrow(&mut r, arg),
                    raw::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                        loads_stores::load_fast_borrow_pair(&mut r, arg)
                    }
                    raw::LOAD_FAST_LOAD_FAST => loads_stores::load_fast_pair(&mut r, arg),
                    raw::LOAD_FAST_CHECK => may_raise!(loads_stores::load_fast_check(&mut r, arg)),
                    raw::LOAD_FAST_AND_CLEAR => loads_stores::load_fast_and_clear(&mut r, arg),
                    raw::STORE_FAST => loads_stores::store_fast(&mut r, arg),
                    raw::STORE_FAST_LOAD_FAST => loads_stores::store_fast_load_fast(&mut r, arg),
                    raw::STORE_FAST_STORE_FAST => loads_stores::store_fast_pair(&mut r, arg),
                    raw::DELETE_FAST => may_raise!(loads_stores::delete_fast(&mut r, arg)),
                    raw::LOAD_CONST | raw::LOAD_CONST_MORTAL | raw::LOAD_CONST_IMMORTAL => {
                        loads_stores::load_const(&mut r, arg)
                    }
                    raw::LOAD_SMALL_INT => loads_stores::load_small_int(&mut r, arg),
                    raw::LOAD_COMMON_CONSTANT => {
                        may_raise!(outlined!(loads_stores::load_common_constant, arg))
                    }
                    raw::POP_TOP | raw::END_FOR => loads_stores::pop_top(&mut r),
                    raw::POP_ITER => iteration::pop_iter(&mut r),
                    raw::PUSH_NULL => loads_stores::push_null(&mut r),
                    raw::END_SEND => loads_stores::end_send(&mut r),
                    raw::COPY => loads_stores::copy(&mut r, arg),
                    raw::SWAP => loads_stores::swap(&mut r, arg),

                    raw::MAKE_CELL => outlined!(variables::make_cell, arg),
                    raw::COPY_FREE_VARS => variables::copy_free_vars(&mut r, arg),
                    raw::LOAD_DEREF => may_raise!(variables::load_deref(&mut r, arg)),
                    raw::STORE_DEREF => variables::store_deref(&mut r, arg),
                    raw::DELETE_DEREF => may_raise!(variables::delete_deref(&mut r, arg)),
                    raw::LOAD_FROM_DICT_OR_DEREF => {
                        may_raise!(variables::load_from_dict_or_deref(&mut r, arg))
                    }

                    raw::LOAD_GLOBAL => {
                        adaptive!(specialize::names::load_global);
                        skip!(4);
                        may_raise!(globals::load_global(&mut r, arg));
                    }
                    raw::LOAD_GLOBAL_MODULE => {
                        special!(4, LOAD_GLOBAL, name_forms::load_global_module(&mut r, arg))
                    }
                    raw::LOAD_GLOBAL_BUILTIN => {
                        special!(4, LOAD_GLOBAL, name_forms::load_global_builtin(&mut r, arg))
                    }
                    raw::STORE_GLOBAL => may_raise!(globals::store_global(&mut r, arg)),
                    raw::DELETE_GLOBAL => may_raise!(globals::delete_global(&mut r, arg)),
                    raw::LOAD_NAME => may_raise!(globals::load_name(&mut r, arg)),
                    raw::STORE_NAME => may_raise!(globals::store_name(&mut r, arg)),
                    raw::DELETE_NAME => may_raise!(globals::delete_name(&mut r, arg)),
                    raw::LOAD_LOCALS => may_raise!(globals::load_locals(&mut r)),
                    raw::LOAD_FROM_DICT_OR_GLOBALS => {
                        may_raise!(globals::load_from_dict_or_globals(&mut r, arg))
                    }
                    raw::LOAD_BUILD_CLASS => may_raise!(globals::load_build_class(&mut r)),
                    raw::SETUP_ANNOTATIONS => may_raise!(outlined!(globals::setup_annotations)),

                    raw::LOAD_ATTR => {
                        adaptive!(specialize::names::load_attr);
                        skip!(9);
                        may_raise!(attributes::load_attr(&mut r, arg));
                    }
                    raw::STORE_ATTR => {
                        adaptive!(specialize::names::store_attr);
                        skip!(4);
                        may_raise!(attributes::store_attr(&mut r, arg));
                    }
                    raw::LOAD_ATTR_INSTANCE_VALUE => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_instance_value(&mut r, arg))
                    }
                    raw::LOAD_ATTR_WITH_HINT => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_with_hint(&mut r, arg))
                    }
                    raw::LOAD_ATTR_MODULE => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_module(&mut r, arg))
                    }
                    raw::LOAD_ATTR_SLOT => special!(9, LOAD_ATTR, name_forms::load_attr_slot(&mut r, arg)),
                    raw::LOAD_ATTR_CLASS => special!(9, LOAD_ATTR, name_forms::load_attr_class(&mut r, arg)),
                    raw::LOAD_ATTR_METHOD_WITH_VALUES => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_method_with_values(&mut r))
                    }
                    raw::LOAD_ATTR_METHOD_NO_DICT => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_method_no_dict(&mut r))
                    }
                    raw::LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_nondescriptor_with_values(&mut r))
                    }
                    raw::LOAD_ATTR_NONDESCRIPTOR_NO_DICT => {
                        special!(9, LOAD_ATTR, name_forms::load_attr_nondescriptor_no_dict(&mut r))
                    }
                    raw::LOAD_ATTR_PROPERTY => {
                        special_enter!(9, LOAD_ATTR, name_forms::load_attr_property(&mut r))
                    }
                    raw::STORE_ATTR_INSTANCE_VALUE => {
                        special!(4, STORE_ATTR, name_forms::store_attr_instance_value(&mut r))
                    }
                    raw::STORE_ATTR_SLOT => special!(4, STORE_ATTR, name_forms::store_attr_slot(&mut r)),
                    raw::STORE_ATTR_WITH_HINT => {
                        special!(4, STORE_ATTR, name_forms::store_attr_with_hint(&mut r, arg))
                    }
                    raw::DELETE_ATTR => may_raise!(attributes::delete_attr(&mut r, arg)),
                    raw::LOAD_SUPER_ATTR => {
                        skip!(1);
                        may_raise!(attributes::load_super_attr(&mut r, arg));
                    }

                    raw::BINARY_OP => {
                        adaptive!(specialize::operators::binary_op);
                        skip!(5);
                        may_raise!(binary::binary_op(&mut r, arg));
                    }
                    raw::BINARY_OP_ADD_INT => special!(5, BINARY_OP, forms::add_int(&mut r)),
                    raw::BINARY_OP_SUBTRACT_INT => special!(5, BINARY_OP, forms::subtract_int(&mut r)),
                    raw::BINARY_OP_MULTIPLY_INT => special!(5, BINARY_OP, forms::multiply_int(&mut r)),
                    raw::BINARY_OP_ADD_FLOAT => special!(5, BINARY_OP, forms::add_float(&mut r)),
                    raw::BINARY_OP_SUBTRACT_FLOAT => special!(5, BINARY_OP, forms::subtract_float(&mut r)),
                    raw::BINARY_OP_MULTIPLY_FLOAT => special!(5, BINARY_OP, forms::multiply_float(&mut r)),
                    raw::BINARY_OP_ADD_UNICODE => special!(5, BINARY_OP, forms::add_unicode(&mut r)),
                    raw::BINARY_OP_INPLACE_ADD_UNICODE => {
                        special!(5, BINARY_OP, forms::inplace_add_unicode(&mut r))
                    }
                    raw::BINARY_OP_SUBSCR_LIST_INT => special!(5, BINARY_OP, forms::subscr_list_int(&mut r)),
                    raw::BINARY_OP_SUBSCR_TUPLE_INT => {
                        special!(5, BINARY_OP, forms::subscr_tuple_int(&mut r))
                    }
                    raw::BINARY_OP_SUBSCR_STR_INT => special!(5, BINARY_OP, forms::subscr_str_int(&mut r)),
                    raw::BINARY_OP_SUBSCR_DICT => special!(5, BINARY_OP, forms::subscr_dict(&mut r)),
                    raw::UNARY_NEGATIVE => {
                        may_raise!(binary::unary(&mut r, krait_object::protocol::number::negative))
                    }
                    raw::UNARY_INVERT => {
                        may_raise!(binary::unary(&mut r, krait_object::protocol::number::invert))
                    }
                    raw::UNARY_NOT => loads_stores::unary_not(&mut r),
                    raw::BINARY_SLICE => may_raise!(binary::binary_slice(&mut r)),
                    raw::STORE_SLICE => may_raise!(binary::store_slice(&mut r)),
                    raw::STORE_SUBSCR => {
                        adaptive!(specialize::operators::store_subscr);
                        skip!(1);
                        may_raise!(binary::store_subscr(&mut r));
                    }
                    raw::STORE_SUBSCR_LIST_INT => {
                        special!(1, STORE_SUBSCR, forms::store_subscr_list_int(&mut r))
                    }
                    raw::STORE_SUBSCR_DICT => special!(1, STORE_SUBSCR, forms::store_subscr_dict(&mut r)),
                    raw::DELETE_SUBSCR => may_raise!(binary::delete_subscr(&mut r)),
                    raw::COMPARE_OP => {
                        adaptive!(specialize::operators::compare_op);
                        skip!(1);
                        may_raise!(compare::compare_op(&mut r, arg));
                    }
                    raw::COMPARE_OP_INT => special!(1, COMPARE_OP, forms::compare_int(&mut r, arg)),
                    raw::COMPARE_OP_FLOAT => special!(1, COMPARE_OP, forms::compare_float(&mut r, arg)),
                    raw::COMPARE_OP_STR => special!(1, COMPARE_OP, forms::compare_str(&mut r, arg)),
                    raw::IS_OP => compare::is_op(&mut r, arg),
                    raw::CONTAINS_OP => {
                        adaptive!(specialize::operators::contains_op);
                        skip!(1);
                        may_raise!(compare::contains_op(&mut r, arg));
                    }
                    raw::CONTAINS_OP_DICT => special!(1, CONTAINS_OP, forms::contains_dict(&mut r, arg)),
                    raw::CONTAINS_OP_SET => special!(1, CONTAINS_OP, forms::contains_set(&mut r, arg)),

                    raw::TO_BOOL_BOOL => special!(3, TO_BOOL, forms::to_bool_bool(&mut r)),
                    raw::TO_BOOL_INT => special!(3, TO_BOOL, forms::to_bool_int(&mut r)),
                    raw::TO_BOOL_LIST => special!(3, TO_BOOL, forms::to_bool_list(&mut r)),
                    raw::TO_BOOL_STR => special!(3, TO_BOOL, forms::to_bool_str(&mut r)),
                    raw::TO_BOOL_NONE => special!(3, TO_BOOL, forms::to_bool_none(&mut r)),
                    raw::TO_BOOL_ALWAYS_TRUE => special!(3, TO_BOOL, forms::to_bool_always_true(&mut r)),
                    raw::TO_BOOL => {
                        adaptive!(specialize::operators::to_bool);
                        skip!(3);
                        may_raise!(jumps::to_bool(&mut r));
                    }
                    raw::POP_JUMP_IF_TRUE => {
                        skip!(1);
                        jumps::pop_jump_if_true(&mut r, arg);
                    }
                    raw::POP_JUMP_IF_FALSE => {
                        skip!(1);
                        jumps::pop_jump_if_false(&mut r, arg);
                    }
                    raw::POP_JUMP_IF_NONE => {
                        skip!(1);
                        jumps::pop_jump_if_none(&mut r, arg);
                    }
                    raw::POP_JUMP_IF_NOT_NONE => {
                        skip!(1);
                        jumps::pop_jump_if_not_none(&mut r, arg);
                    }
                    raw::JUMP_FORWARD => jumps::jump_forward(&mut r, arg),
                    raw::JUMP_BACKWARD | raw::JUMP_BACKWARD_NO_JIT | raw::JUMP_BACKWARD_JIT => {
                        skip!(1);
                        check_breaker!();
                        jumps::jump_backward(&mut r, arg);
                    }
                    raw::JUMP_BACKWARD_NO_INTERRUPT => jumps::jump_backward(&mut r, arg),

                    raw::BUILD_TUPLE => containers::build_tuple(&mut r, arg),
                    raw::BUILD_LIST => containers::build_list(&mut r, arg),
                    raw::BUILD_SET => may_raise!(outlined!(containers::build_set, arg)),
                    raw::BUILD_MAP => may_raise!(containers::build_map(&mut r, arg)),
                    raw::BUILD_STRING => containers::build_string(&mut r, arg),
                    raw::BUILD_SLICE => containers::build_slice(&mut r, arg),
                    raw::LIST_APPEND => may_raise!(containers::list_append(&mut r, arg)),
                    raw::LIST_EXTEND => may_raise!(outlined!(containers::list_extend, arg)),
                    raw::SET_ADD => may_raise!(containers::set_add_item(&mut r, arg)),
                    raw::SET_UPDATE => may_raise!(outlined!(containers::set_update, arg)),
                    raw::MAP_ADD => may_raise!(containers::map_add(&mut r, arg)),
                    raw::DICT_UPDATE => may_raise!(outlined!(containers::dict_update, arg)),
                    raw::DICT_MERGE => may_raise!(outlined!(calls::dict_merge, arg)),
                    raw::GET_LEN => may_raise!(outlined!(containers::get_len)),
                    raw::UNPACK_SEQUENCE => {
                        adaptive!(specialize::operators::unpack_sequence);
                        skip!(1);
                        may_raise!(containers::unpack_sequence(&mut r, arg));
                    }
                    raw::UNPACK_SEQUENCE_TWO_TUPLE => {
                        special!(1, UNPACK_SEQUENCE, forms::unpack_two_tuple(&mut r))
                    }
                    raw::UNPACK_SEQUENCE_TUPLE => {
                        special!(1, UNPACK_SEQUENCE, forms::unpack_tuple(&mut r, arg))
                    }
                    raw::UNPACK_SEQUENCE_LIST => {
                        special!(1, UNPACK_SEQUENCE, forms::unpack_list(&mut r, arg))
                    }
                    raw::UNPACK_EX => may_raise!(outlined!(containers::unpack_ex, arg)),

                    raw::GET_ITER => may_raise!(iteration::get_iter(&mut r)),
                    raw::GET_YIELD_FROM_ITER => may_raise!(outlined!(iteration::get_yield_from_iter)),
                    raw::FOR_ITER => {
                        adaptive!(specialize::operators::for_iter);
                        skip!(1);
                        enter!(iteration::for_iter(&mut r, arg));
                    }
                    raw::FOR_ITER_LIST => special!(1, FOR_ITER, forms::for_iter_list(&mut r, arg)),
                    raw::FOR_ITER_TUPLE => special!(1, FOR_ITER, forms::for_iter_tuple(&mut r, arg)),
                    raw::FOR_ITER_RANGE => special!(1, FOR_ITER, forms::for_iter_range(&mut r, arg)),
                    raw::FOR_ITER_GEN => special_enter!(1, FOR_ITER, forms::for_iter_generator(&mut r, arg)),

                    raw::CALL => {
                        adaptive!(specialize::calls::call);
                        skip!(3);
                        call!(calls::call(&mut r, arg));
                    }
                    raw::CALL_PY_EXACT_ARGS => {
                        special_enter!(3, CALL, call_forms::py_exact_args(&mut r, arg))
                    }
                    raw::CALL_PY_GENERAL => special_enter!(3, CALL, call_forms::py_general(&mut r, arg)),
                    raw::CALL_BOUND_METHOD_EXACT_ARGS => {
                        special_enter!(3, CALL, call_forms::bound_method_exact_args(&mut r, arg))
                    }
                    raw::CALL_BOUND_METHOD_GENERAL => {
                        special_enter!(3, CALL, call_forms::bound_method_general(&mut r, arg))
                    }
                    raw::CALL_ALLOC_AND_ENTER_INIT => {
                        special_enter!(3, CALL, call_forms::alloc_and_enter_init(&mut r, arg))
                    }
                    raw::CALL_BUILTIN_O => special_call!(call_forms::builtin_o(&mut r, arg)),
                    raw::CALL_BUILTIN_FAST => special_call!(call_forms::builtin_fast(&mut r, arg)),
                    raw::CALL_BUILTIN_FAST_WITH_KEYWORDS => {
                        special_call!(call_forms::builtin_fast_with_keywords(&mut r, arg))
                    }
                    raw::CALL_METHOD_DESCRIPTOR_O => {
                        special_call!(call_forms::method_descriptor_o(&mut r, arg))
                    }
                    raw::CALL_METHOD_DESCRIPTOR_NOARGS => {
                        special_call!(call_forms::method_descriptor_noargs(&mut r, arg))
                    }
                    raw::CALL_METHOD_DESCRIPTOR_FAST => {
                        special_call!(call_forms::method_descriptor_fast(&mut r, arg))
                    }
                    raw::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS => {
                        special_call!(call_forms::method_descriptor_fast_with_keywords(&mut r, arg))
                    }
                    raw::CALL_BUILTIN_CLASS => special_call!(call_forms::builtin_class(&mut r, arg)),
                    raw::CALL_NON_PY_GENERAL => special_call!(call_forms::non_py_general(&mut r, arg)),
                    raw::CALL_TYPE_1 => special_call!(call_forms::type_1(&mut r)),
                    raw::CALL_STR_1 => special_call!(call_forms::str_1(&mut r)),
                    raw::CALL_TUPLE_1 => special_call!(call_forms::tuple_1(&mut r)),
                    raw::CALL_LEN => special_call!(call_forms::len(&mut r)),
                    raw::CALL_ISINSTANCE => special_call!(call_forms::isinstance(&mut r)),
                    raw::CALL_LIST_APPEND => special!(3, CALL, call_forms::list_append(&mut r)),
                    raw::CALL_KW => {
                        skip!(3);
                        call!(calls::call_kw(&mut r, arg));
                    }
                    raw::CALL_FUNCTION_EX => call!(outlined!(calls::call_function_ex)),
                    raw::CALL_INTRINSIC_1 => may_raise!(outlined!(intrinsics::call_intrinsic_1, arg)),
                    raw::CALL_INTRINSIC_2 => may_raise!(outlined!(intrinsics::call_intrinsic_2, arg)),
                    raw::EXIT_INIT_CHECK => may_raise!(calls::exit_init_check(&mut r)),
                    raw::MAKE_FUNCTION => may_raise!(outlined!(classes::make_function)),
                    raw::SET_FUNCTION_ATTRIBUTE => {
                        may_raise!(outlined!(classes::set_function_attribute, arg))
                    }

                    raw::RETURN_VALUE => {
                        let value = r.pop().heap_safe();
                        let ended = r.frame;
                        r.save_sp();
                        // SAFETY: the frame has ended; it is unlinked before it is cleared.
                        unsafe {
                            let previous = (*ended).previous;
                            frame::set_current_frame(ts, previous);
                            leave_recursion(ts);
                            frame::clear_and_pop(ts, ended);
                            leave!(ended, previous, value, (*previous).return_offset);
                        }
                    }
                    raw::RETURN_GENERATOR => {
                        let ended = r.frame;
                        // SAFETY: the frame moves into the generator; only its address is used afterwards.
                        unsafe {
                            let previous = (*ended).previous;
                            match outlined!(generators::return_generator) {
                                Ok(value) => {
                                    frame::set_current_frame(ts, previous);
                                    leave_recursion(ts);
                                    leave!(ended, previous, value, (*previous).return_offset);
                                }
                                Err(Raised) => break 'run,
                            }
                        }
                    }
                    raw::YIELD_VALUE => {
                        let (suspended, previous) = (r.frame, r.frame().previous);
                        let value = generators::suspend(&mut r, arg);
                        leave!(suspended, previous, value, 1 + 1);
                    }
                    raw::SEND => {
                        adaptive!(specialize::operators::send);
                        skip!(1);
                        enter!(generators::send(&mut r, arg));
                    }
                    raw::SEND_GEN => special_enter!(1, SEND, forms::send_generator(&mut r, arg)),
                    raw::GET_AWAITABLE => may_raise!(outlined!(generators::get_awaitable, arg)),
                    raw::GET_AITER => may_raise!(outlined!(generators::get_aiter)),
                    raw::GET_ANEXT => may_raise!(outlined!(generators::get_anext)),
                    raw::CLEANUP_THROW => may_raise_again!(outlined!(generators::cleanup_throw)),
                    raw::END_ASYNC_FOR => may_raise_again!(outlined!(generators::end_async_for)),

                    raw::PUSH_EXC_INFO => exceptions::push_exc_info(&mut r),
                    raw::POP_EXCEPT => exceptions::pop_except(&mut r),
                    raw::CHECK_EXC_MATCH => may_raise!(exceptions::check_exc_match(&mut r)),
                    raw::CHECK_EG_MATCH => may_raise!(outlined!(exceptions::check_eg_match)),
                    raw::RAISE_VARARGS => {
                        let again = arg == 0 && ts.handled_exception().is_some();
                        let _: Raised = outlined!(exceptions::raise_varargs, arg);
                        if !again {
                            break 'run;
                        }
                        raised_again!();
                    }
                    raw::RERAISE => {
                        let _: Raised = exceptions::reraise(&mut r, arg);
                        raised_again!();
                    }
                    raw::LOAD_SPECIAL => may_raise!(outlined!(exceptions::load_special, arg)),
                    raw::WITH_EXCEPT_START => may_raise!(outlined!(exceptions::with_except_start)),

                    raw::IMPORT_NAME => may_raise!(outlined!(imports::import_name, arg)),
                    raw::IMPORT_FROM => may_raise!(outlined!(imports::import_from, arg)),

                    raw::MATCH_MAPPING => matching::match_mapping(&mut r),
                    raw::MATCH_SEQUENCE => matching::match_sequence(&mut r),
                    raw::MATCH_KEYS => may_raise!(outlined!(matching::match_keys)),
                    raw::MATCH_CLASS => may_raise!(outlined!(matching::match_class, arg)),

                    raw::CONVERT_VALUE => may_raise!(formatting::convert_value(&mut r, arg)),
                    raw::FORMAT_SIMPLE => may_raise!(formatting::format_simple(&mut r)),
                    raw::FORMAT_WITH_SPEC => may_raise!(formatting::format_with_spec(&mut r)),
                    raw::BUILD_INTERPOLATION => may_raise!(outlined!(formatting::build_interpolation, arg)),
                    raw::BUILD_TEMPLATE => may_raise!(outlined!(formatting::build_template)),

                    other => match base_form(other) {
                        Some(base) => {
                            op = base;
                            continue;
                        }
                        None => break 'run,
                    },
                }
                fetch!();
            }
        }
        let origin = if thrown { unwind::Origin::Thrown } else { unwind::Origin::Here };
        thrown = false;
        match unwind::unwind(r, entry, origin) {
            Some(next) => r = next,
            None => return Err(Raised),
        }
        continue 'raised;
    }
}

/// The instruction to execute instead of one that has no line of its own; SystemError if there is none.
#[cold]
fn base_form(byte: u8) -> Option<u8> {
    let base = Opcode::from_byte(byte).map(Opcode::deopt).and_then(Opcode::byte);
    match base.filter(|base| *base != byte) {
        Some(base) => Some(base),
        None => {
            let _: Raised = system_error("unknown opcode");
            None
        }
    }
}
