//! `array`: the module of one type.

use krait_runtime::module;
use krait_runtime::obj::array::ARRAY;

module! {
    /// `array`
    pub static ARRAY_MODULE: q!(array);
    q!(array) => ty(&ARRAY)
}
