//! `weakref`: references that do not keep their object, and calls for when it has gone.

use krait_runtime::module;
use krait_runtime::obj::weakref::{FINALIZE, REF};

module! {
    /// `weakref`
    pub static WEAKREF: q!(weakref);
    q!(r#ref) => ty(&REF),
    q!(finalize) => ty(&FINALIZE),
}
