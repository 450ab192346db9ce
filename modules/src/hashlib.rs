//! `hashlib`: SHA-256, SHA-1 and MD5, by the RustCrypto crates.
//!
//! As in the reference a digest ends its object: `update` and another digest are then a `ValueError`.

use core::cell::RefCell;

use krait_runtime::obj::str_::StrBody;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, StrBuf, Tracer, Type, Value, Vm, class, module};
use sha2::digest::{Digest, Output};

/// Bytes between two looks for Ctrl-C.
const PIECE: usize = 1 << 16;

module! {
    /// `hashlib`
    pub static HASHLIB: q!(hashlib);
    q!(sha256) => ty(&SHA256),
    q!(sha1) => ty(&SHA1),
    q!(md5) => ty(&MD5),
}

/// An object of this module: the state of a hash, `None` when it is final.
trait Hasher: krait_runtime::Object {
    type Of: Digest;
    fn state(&self) -> &RefCell<Option<Self::Of>>;
}

macro_rules! hash {
    ($(#[$doc:meta])* $static:ident, $name:ident, $body:ident, $of:ty) => {
        $(#[$doc])*
        pub struct $body(RefCell<Option<$of>>);

        impl $body {
            fn trace(&self, _: &mut Tracer<'_>) {}
        }

        impl Hasher for $body {
            type Of = $of;
            fn state(&self) -> &RefCell<Option<$of>> {
                &self.0
            }
        }

        class! {
            $(#[$doc])*
            pub static $static: q!($name) for $body;
            slots { new: |vm, ty, args| new(vm, ty, args, || $body(RefCell::new(Some(Digest::new())))) }
            attrs {
                q!(update) => f2(update::<$body>),
                q!(digest) => f1(digest::<$body>),
                q!(hexdigest) => f1(hexdigest::<$body>),
            }
        }
    };
}

hash! {
    /// `hashlib.sha256`
    SHA256, sha256, Sha256, sha2::Sha256
}
hash! {
    /// `hashlib.sha1`
    SHA1, sha1, Sha1, sha1::Sha1
}
hash! {
    /// `hashlib.md5`
    MD5, md5, Md5, md5::Md5
}

fn new<T: Hasher>(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>, make: fn() -> T) -> Outcome {
    vm.check_args(args, 0, 1)?;
    let h = vm.new_object(make())?.value();
    if let Some(data) = args.get(0) {
        update::<T>(vm, h, data)?;
    }
    Ok(h)
}

fn need<T: Hasher>(vm: &mut Vm, v: Value) -> Result<Ref<T>, Raised> {
    match vm.cast::<T>(v) {
        Some(h) => Ok(h),
        None => Err(vm.type_error(format_args!("hash expected"))),
    }
}

#[cold]
fn is_final(vm: &mut Vm) -> Raised {
    vm.value_error("hash is final")
}

/// `update(data)`
fn update<T: Hasher>(vm: &mut Vm, this: Value, data: Value) -> Outcome {
    let h = need::<T>(vm, this)?;
    let from = vm.need_buffer(data, false)?;
    let mut at = 0;
    loop {
        let rest = from.bytes(vm).get(at..).unwrap_or_default();
        let piece = rest.get(..PIECE).unwrap_or(rest);
        match h.state().try_borrow_mut().as_deref_mut() {
            Ok(Some(state)) => state.update(piece),
            _ => return Err(is_final(vm)),
        }
        at += piece.len();
        if piece.len() < PIECE {
            return Ok(Value::NONE);
        }
        vm.poll()?;
    }
}

/// Ends the hash.
fn finish<T: Hasher>(vm: &mut Vm, this: Value) -> Result<Output<T::Of>, Raised> {
    let h = need::<T>(vm, this)?;
    match h.state().try_borrow_mut().ok().and_then(|mut s| s.take()) {
        Some(state) => Ok(state.finalize()),
        None => Err(is_final(vm)),
    }
}

/// `digest()`
fn digest<T: Hasher>(vm: &mut Vm, this: Value) -> Outcome {
    let bytes = finish::<T>(vm, this)?;
    vm.new_bytes(&bytes)
}

/// `hexdigest()`
fn hexdigest<T: Hasher>(vm: &mut Vm, this: Value) -> Outcome {
    let bytes = finish::<T>(vm, this)?;
    let mut text: StrBuf<StrBody> = StrBuf::new();
    let digit = |n: u8| if n < 10 { b'0' + n } else { b'a' + n - 10 };
    for b in &bytes {
        text.push_bytes(vm, &[digit(b >> 4), digit(b & 15)])?;
    }
    vm.finish_str(text)
}
