//! Hashing.

use crate::obj::str_::{self, StrBody};
use crate::{Raised, UnaryOp, Value, Vm};

impl Vm {
    /// The hash of `v`: equal values have equal hashes.
    ///
    /// # Errors
    /// `TypeError` if the type is not hashable; what `__hash__` raises.
    #[inline]
    pub fn hash(&mut self, v: Value) -> Result<usize, Raised> {
        if let Some(i) = v.as_small_int() {
            return Ok(i as usize);
        }
        if let Some(qs) = v.as_qstr() {
            return Ok(self.qstrs().hash(qs) as usize);
        }
        if let Some(s) = v.downcast::<StrBody>() {
            return Ok(str_::hash_of(s) as usize);
        }
        self.hash_slow(v)
    }

    #[inline(never)]
    fn hash_slow(&mut self, v: Value) -> Result<usize, Raised> {
        let ty = self.type_of(v);
        if let Some(f) = ty.slots.unary
            && let Some(h) = f(self, UnaryOp::Hash, v)?
        {
            return Ok(h.as_small_int().map_or(h.bits(), |h| h as usize));
        }
        // What has no opinion on equality either is hashed by identity.
        if ty.slots.binary.is_none() || !v.is_obj() {
            return Ok(v.bits() >> 3);
        }
        let name = self.qstr_text(ty.name);
        Err(self.type_error(format_args!("unsupported type for __hash__: '{}'", name.as_str())))
    }
}
