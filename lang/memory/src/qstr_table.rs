//! GENERATED
use crate::Qstr;
/// n
pub const COUNT: usize = 1;
/// t
pub static TEXTS: [&str; COUNT] = [""];
/// null
pub const null: Qstr = Qstr::from_index(0);
