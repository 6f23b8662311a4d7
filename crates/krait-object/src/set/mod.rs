//! set
pub fn frozenset_from(_items: Vec<crate::Ref<crate::Object>>) -> crate::Result<crate::Ref<crate::Object>> {
    todo!()
}
