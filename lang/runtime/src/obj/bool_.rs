//! `bool`: two immediates.

use crate::{class, q};

class! {
    /// `bool`
    pub static BOOL: q!(bool);
    slots { }
}
