//! `'…%s…' % (…)` as an f-string, for the formats where both always mean the same.

use krait_ast::{Constant, Expr, ExprKind, Range, Text};

/// The place of nodes that stand nowhere in the source.
const NOWHERE: Range = Range::new(u32::MAX, u32::MAX, u32::MAX, u32::MAX);
/// More digits than this in a width or precision are left to run time.
const MAX_DIGITS: usize = 3;

const PERCENT: u32 = '%' as u32;

/// The parts of the f-string, or `None` if the format must be left as it is. Takes the items out only on success.
pub fn to_fstring(text: &Text, items: &mut [Expr]) -> Option<Vec<Expr>> {
    let points: Vec<u32> = text.code_points().collect();
    let mut at = 0;
    let mut used = 0;
    let mut parts = Vec::new();
    loop {
        if let Some(literal) = literal(&points, &mut at) {
            parts.push(Part::Literal(literal));
        }
        if at >= points.len() {
            break;
        }
        if used >= items.len() {
            return None;
        }
        at += 1;
        parts.push(Part::Item(Format::parse(&points, &mut at)?));
        used += 1;
    }
    if used < items.len() {
        return None;
    }
    let mut items = items.iter_mut();
    Some(parts.into_iter().filter_map(|part| part.into_expr(&mut items)).collect())
}

enum Part {
    Literal(Text),
    Item(Format),
}

impl Part {
    fn into_expr<'a>(self, items: &mut impl Iterator<Item = &'a mut Expr>) -> Option<Expr> {
        match self {
            Part::Literal(text) => Some(Expr::new(ExprKind::constant(Constant::Str(text)), NOWHERE)),
            Part::Item(format) => items.next().map(|item| format.apply(item.take())),
        }
    }
}

/// Text up to the next conversion; `%%` is one percent sign.
fn literal(points: &[u32], at: &mut usize) -> Option<Text> {
    let mut out = Vec::new();
    while *at < points.len() {
        if points[*at] != PERCENT {
            out.push(points[*at]);
            *at += 1;
        } else if points.get(*at + 1) == Some(&PERCENT) {
            out.push(PERCENT);
            *at += 2;
        } else {
            break;
        }
    }
    (!out.is_empty()).then(|| Text::from_code_points(out))
}

/// A conversion `%-5.3s`.
struct Format {
    conversion: u8,
    left: bool,
    width: Option<u32>,
    precision: Option<u32>,
}

struct Cursor<'a> {
    points: &'a [u32],
    at: &'a mut usize,
}

impl Cursor<'_> {
    /// The next character, ASCII or 0 for any other; `None` at the end.
    fn peek(&self) -> Option<u8> {
        self.points.get(*self.at).map(|&p| if p < 0x80 { p as u8 } else { 0 })
    }

    fn next(&mut self) -> Option<u8> {
        let found = self.peek()?;
        *self.at += 1;
        Some(found)
    }

    /// A number of up to two digits; `Err` when there are more.
    fn number(&mut self) -> Result<Option<u32>, ()> {
        let mut value = None;
        let mut digits = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            *self.at += 1;
            value = Some(value.unwrap_or(0) * 10 + u32::from(digit - b'0'));
            digits += 1;
            if digits >= MAX_DIGITS {
                return Err(());
            }
        }
        Ok(value)
    }
}

impl Format {
    fn parse(points: &[u32], at: &mut usize) -> Option<Format> {
        let mut cursor = Cursor { points, at };
        let mut left = false;
        while let Some(flag @ (b'-' | b'+' | b' ' | b'#' | b'0')) = cursor.peek() {
            left |= flag == b'-';
            cursor.next();
        }
        let width = cursor.number().ok()?;
        let mut precision = None;
        if cursor.peek()? == b'.' {
            cursor.next();
            precision = Some(cursor.number().ok()?.unwrap_or(0));
        }
        let conversion = cursor.next()?;
        matches!(conversion, b's' | b'r' | b'a').then_some(Format { conversion, left, width, precision })
    }

    fn apply(self, item: Expr) -> Expr {
        let mut spec = String::new();
        if !self.left && self.width.is_some_and(|w| w > 0) {
            spec.push('>');
        }
        if let Some(width) = self.width {
            spec.push_str(&width.to_string());
        }
        if let Some(precision) = self.precision {
            spec.push_str(&format!(".{precision}"));
        }
        let range = item.range;
        let format_spec = (!spec.is_empty()).then(|| {
            let text = Expr::new(ExprKind::constant(Constant::Str(spec.into())), NOWHERE);
            Box::new(Expr::new(ExprKind::JoinedStr { values: vec![text] }, range))
        });
        let node = ExprKind::FormattedValue {
            value: Box::new(item),
            conversion: i32::from(self.conversion),
            format_spec,
        };
        Expr::new(node, range)
    }
}
