//! temporary
use crate::*;
pub struct Kwargs<'a>(&'a Object);
impl<'a> Kwargs<'a> {
    pub fn iter(&self) -> impl Iterator<Item = (&'a Str, &'a Object)> + '_ {
        core::iter::empty()
    }
}
pub fn parse_init(
    _n: &str,
    _p: &[&str],
    _r: usize,
    _a: &Tuple,
    _k: Option<&Dict>,
) -> Result<Vec<Option<Ref<Object>>>> {
    todo!()
}
