//! Template strings: `Template` and `Interpolation` (PEP 750). CPython: `Objects/templateobject.c`,
//! `Objects/interpolationobject.c`.

use core::cell::Cell;
use core::mem::offset_of;
use krait_macros::pyfn;
use krait_object::args::parse_init;
use krait_object::dealloc::dealloc_gc;
use krait_object::defs::member::{READONLY, T_OBJECT};
use krait_object::errors::{type_error, value_error};
use krait_object::generic_alias::GenericAlias;
use krait_object::result::NextResult;
use krait_object::slots::SequenceMethods;
use krait_object::typeobj::flags;
use krait_object::{
    Dict, GetSetDef, MemberDef, MethodDef, Object, Ref, Result, Slot, Str, Tuple, TypeObject, alloc, none,
};

/// `string.templatelib.Interpolation`.
#[repr(C)]
pub struct Interpolation {
    ob_base: Object,
    value: Slot,
    expression: Slot,
    conversion: Slot,
    format_spec: Slot,
}

krait_object::object_type!(Interpolation, _PyInterpolation_Type);

const fn member(name: &'static core::ffi::CStr, offset: usize, doc: &'static core::ffi::CStr) -> MemberDef {
    MemberDef::new(name, T_OBJECT, offset, READONLY).doc(doc)
}

/// The type `string.templatelib.Interpolation`.
#[unsafe(no_mangle)]
pub static _PyInterpolation_Type: TypeObject = TypeObject::of::<Interpolation>(
    c"string.templatelib.Interpolation",
)
.flags(flags::HAVE_GC)
.doc(c"Interpolation(value, expression='', conversion=None, format_spec='')\n--\n\nInterpolation object")
.tp_dealloc(dealloc_gc::<Interpolation>)
.tp_traverse(interpolation_traverse)
.tp_new(interpolation_new)
.tp_repr(interpolation_repr)
.methods(&[interpolation_reduce::DEF, interpolation_alias::DEF, MethodDef::SENTINEL])
.members(&[
    member(c"value", offset_of!(Interpolation, value), c"Value"),
    member(c"expression", offset_of!(Interpolation, expression), c"Expression"),
    member(c"conversion", offset_of!(Interpolation, conversion), c"Conversion"),
    member(c"format_spec", offset_of!(Interpolation, format_spec), c"Format specifier"),
    MemberDef::SENTINEL,
]);

krait_object::traverse!(interpolation_traverse, Interpolation, |this, v| {
    v.slot(&this.value)?;
    v.slot(&this.expression)?;
    v.slot(&this.conversion)?;
    v.slot(&this.format_spec)?;
});

/// An interpolation; `conversion` is 0 or that of `CONVERT_VALUE`.
pub fn new_interpolation(value: &Object, text: &Object, conversion: usize, spec: &Object) -> Ref<Object> {
    let conversion = match conversion {
        1 => Str::new("s").into_object(),
        2 => Str::new("r").into_object(),
        3 => Str::new("a").into_object(),
        _ => none().to_ref(),
    };
    make_interpolation(value, text, &conversion, spec)
}

fn make_interpolation(value: &Object, text: &Object, conversion: &Object, spec: &Object) -> Ref<Object> {
    alloc::new_tracked(Interpolation {
        ob_base: Object::new(&_PyInterpolation_Type),
        value: Slot::new(value.to_ref()),
        expression: Slot::new(text.to_ref()),
        conversion: Slot::new(conversion.to_ref()),
        format_spec: Slot::new(spec.to_ref()),
    })
    .into_object()
}

extern "C" fn interpolation_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    let params = ["value", "expression", "conversion", "format_spec"];
    let kwargs = kwargs.and_then(|k| k.downcast::<Dict>());
    let values = parse_init("Interpolation", &params, 1, args, kwargs)?;
    let text = |index: usize| -> Result {
        match values[index].as_deref() {
            None => Ok(Str::empty().to_ref()),
            Some(text) if text.downcast::<Str>().is_some() => Ok(text.to_ref()),
            Some(other) => Err(type_error(format!(
                "Interpolation() argument '{}' must be str, not {}",
                params[index],
                if other.is_none() { "None" } else { other.type_name() }
            ))),
        }
    };
    let expression = text(1)?;
    let conversion = match values[2].as_deref() {
        None => none().to_ref(),
        Some(c) if c.is_none() => c.to_ref(),
        Some(c) => match c.downcast::<Str>() {
            Some(s) if s.eq_str("s") || s.eq_str("a") || s.eq_str("r") => c.to_ref(),
            Some(_) => {
                return Err(value_error(
                    "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'",
                ));
            }
            None => {
                return Err(type_error(format!(
                    "Interpolation() argument 'conversion' must be str, not {}",
                    c.type_name()
                )));
            }
        },
    };
    let spec = text(3)?;
    Ok(make_interpolation(values[0].as_deref().unwrap_or(none()), &expression, &conversion, &spec))
}

fn text_of(slot: &Slot) -> Result<String> {
    Ok(slot.get().unwrap_or_else(|| none().to_ref()).repr()?.to_string_lossy())
}

extern "C" fn interpolation_repr(object: &Object) -> Result {
    let this = object.expect::<Interpolation>();
    let text = format!(
        "Interpolation({}, {}, {}, {})",
        text_of(&this.value)?,
        text_of(&this.expression)?,
        text_of(&this.conversion)?,
        text_of(&this.format_spec)?
    );
    Ok(Str::new(&text).into_object())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn interpolation_reduce(this: &Interpolation) -> Result {
    let fields = [&this.value, &this.expression, &this.conversion, &this.format_spec];
    let args = Tuple::from_vec(fields.iter().filter_map(|f| f.get()).collect());
    Ok(Tuple::from_vec(vec![this.ty().to_ref(), args.into_object()]).into_object())
}

/// See PEP 585
#[pyfn("__class_getitem__($type, object, /)", class)]
fn interpolation_alias(class: &TypeObject, object: &Object) -> Result {
    Ok(GenericAlias::new(class, object).into_object())
}

/// `string.templatelib.Template`.
#[repr(C)]
pub struct Template {
    ob_base: Object,
    strings: Slot<Tuple>,
    interpolations: Slot<Tuple>,
}

krait_object::object_type!(Template, _PyTemplate_Type);

static AS_SEQUENCE: SequenceMethods = SequenceMethods::EMPTY.sq_concat(concat);

/// The type `string.templatelib.Template`.
#[unsafe(no_mangle)]
pub static _PyTemplate_Type: TypeObject = TypeObject::of::<Template>(c"string.templatelib.Template")
    .flags(flags::HAVE_GC)
    .doc(c"Template object")
    .tp_dealloc(dealloc_gc::<Template>)
    .tp_traverse(template_traverse)
    .tp_new(template_new)
    .tp_repr(template_repr)
    .tp_iter(template_iter)
    .as_sequence(&AS_SEQUENCE)
    .methods(&[template_reduce::DEF, template_alias::DEF, MethodDef::SENTINEL])
    .members(&[
        member(c"strings", offset_of!(Template, strings), c"Strings"),
        member(c"interpolations", offset_of!(Template, interpolations), c"Interpolations"),
        MemberDef::SENTINEL,
    ])
    .getset(&[GetSetDef::getter(c"values", values).doc(c"Values of interpolations"), GetSetDef::SENTINEL]);

krait_object::traverse!(template_traverse, Template, |this, v| {
    v.slot(&this.strings)?;
    v.slot(&this.interpolations)?;
});

/// A template of strings and the interpolations between them.
pub fn new_template(strings: &Tuple, interpolations: &Tuple) -> Ref<Object> {
    alloc::new_tracked(Template {
        ob_base: Object::new(&_PyTemplate_Type),
        strings: Slot::new(Ref::from_borrowed(strings)),
        interpolations: Slot::new(Ref::from_borrowed(interpolations)),
    })
    .into_object()
}

impl Template {
    fn parts(&self) -> (Ref<Tuple>, Ref<Tuple>) {
        let or_empty = |slot: &Slot<Tuple>| slot.get().unwrap_or_else(|| Ref::from_borrowed(Tuple::empty()));
        (or_empty(&self.strings), or_empty(&self.interpolations))
    }
}

/// Puts strings and interpolations in turn, beginning and ending with a string; neighbours are joined.
fn from_items<'a>(items: impl Iterator<Item = &'a Object>) -> Result {
    let (mut strings, mut interpolations, mut pending) = (Vec::new(), Vec::new(), Str::empty().to_ref());
    for item in items {
        if item.downcast::<Str>().is_some() {
            pending = krait_object::protocol::number::add(&pending, item)?;
        } else if item.downcast::<Interpolation>().is_some() {
            strings.push(core::mem::replace(&mut pending, Str::empty().to_ref()));
            interpolations.push(item.to_ref());
        } else {
            return Err(type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                item.type_name()
            )));
        }
    }
    strings.push(pending);
    Ok(new_template(&Tuple::from_vec(strings), &Tuple::from_vec(interpolations)))
}

extern "C" fn template_new(_: &TypeObject, args: &Tuple, kwargs: Option<&Object>) -> Result {
    if kwargs.and_then(|k| k.downcast::<Dict>()).is_some_and(|d| !d.is_empty()) {
        return Err(type_error("Template.__new__ only accepts *args arguments"));
    }
    from_items(args.as_objects().iter().copied())
}

extern "C" fn template_repr(object: &Object) -> Result {
    let (strings, interpolations) = object.expect::<Template>().parts();
    let text = format!(
        "Template(strings={}, interpolations={})",
        Object::repr(&strings)?,
        Object::repr(&interpolations)?
    );
    Ok(Str::new(&text).into_object())
}

fn interleaved(template: &Template) -> Vec<Ref<Object>> {
    let (strings, interpolations) = template.parts();
    let mut items = Vec::new();
    for (index, text) in strings.as_slice().iter().enumerate() {
        items.push(text.clone());
        items.extend(interpolations.as_slice().get(index).cloned());
    }
    items
}

extern "C" fn concat(a: &Object, b: &Object) -> Result {
    let (Some(x), Some(y)) = (a.downcast::<Template>(), b.downcast::<Template>()) else {
        let shown = if a.downcast::<Template>().is_some() { b } else { a };
        return Err(type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
            shown.type_name()
        )));
    };
    let mut items = interleaved(x);
    items.extend(interleaved(y));
    from_items(items.iter().map(|i| &**i))
}

extern "C" fn values(object: &Object, _: *mut core::ffi::c_void) -> Result {
    let (_, interpolations) = object.expect::<Template>().parts();
    let values = interpolations.as_objects().iter();
    Ok(Tuple::from_vec(
        values.filter_map(|i| i.downcast::<Interpolation>().and_then(|i| i.value.get())).collect(),
    )
    .into_object())
}

/// Helper for pickle.
#[pyfn("__reduce__($self, /)")]
fn template_reduce(this: &Template) -> Result {
    let items = Tuple::from_vec(interleaved(this));
    Ok(Tuple::from_vec(vec![this.ty().to_ref(), items.into_object()]).into_object())
}

/// See PEP 585
#[pyfn("__class_getitem__($type, object, /)", class)]
fn template_alias(class: &TypeObject, object: &Object) -> Result {
    Ok(GenericAlias::new(class, object).into_object())
}

/// Iterator over the parts that are not empty strings.
#[repr(C)]
pub struct TemplateIter {
    ob_base: Object,
    items: Slot<Tuple>,
    next: Cell<usize>,
}

krait_object::object_type!(TemplateIter, _PyTemplateIter_Type);

/// The type `string.templatelib.TemplateIter`.
#[unsafe(no_mangle)]
pub static _PyTemplateIter_Type: TypeObject =
    TypeObject::of::<TemplateIter>(c"string.templatelib.TemplateIter")
        .flags(flags::HAVE_GC)
        .doc(c"Template iterator object")
        .tp_dealloc(dealloc_gc::<TemplateIter>)
        .tp_traverse(iter_traverse)
        .tp_iter(itself)
        .tp_iternext(iter_next);

krait_object::traverse!(iter_traverse, TemplateIter, |this, v| {
    v.slot(&this.items)?;
});

extern "C" fn itself(object: &Object) -> Result {
    Ok(object.to_ref())
}

extern "C" fn template_iter(object: &Object) -> Result {
    let items = interleaved(object.expect::<Template>());
    let items = items.into_iter().filter(|i| i.downcast::<Str>().is_none_or(|s| !s.is_empty()));
    Ok(alloc::new_tracked(TemplateIter {
        ob_base: Object::new(&_PyTemplateIter_Type),
        items: Slot::new(Tuple::from_vec(items.collect())),
        next: Cell::new(0),
    })
    .into_object())
}

extern "C" fn iter_next(object: &Object) -> NextResult {
    let this = object.expect::<TemplateIter>();
    let at = this.next.get();
    let item = this.items.get()?.get(at)?.to_ref();
    this.next.set(at + 1);
    Some(item)
}
