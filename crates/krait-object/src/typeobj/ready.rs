//! temporary
pub fn ready(_t: &'static crate::TypeObject) -> crate::Result<()> {
    todo!()
}
