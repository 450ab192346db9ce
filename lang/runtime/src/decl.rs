//! How native types and modules are declared: tables that live in ROM and are used in place.
//!
//! ```text
//! class! {
//!     /// A list.
//!     pub static LIST: q!(list) for List;
//!     slots { new: list_new, subscr: list_subscr }
//!     attrs { q!(append) => f2(append), q!(pop) => var(1, 2, pop), q!(__doc__) => str(q!(list)) }
//! }
//! module! {
//!     /// `errno`
//!     pub static ERRNO: q!(errno);
//!     q!(ENOENT) => int(2), q!(errorcode) => obj(&ERRORCODE)
//! }
//! ```
//! Values of a row: `f0 f1 f2 f3` (a function of that many arguments, `self` included), `var(min, max, f)` and
//! `kw(min, f)` (functions of [`crate::Args`]), `smethod(...)`/`cmethod(...)` around one of these (static and
//! class methods), `int(n)`, `str(q)`, `float(x)`, `ty(&TYPE)`, `obj(&STATIC)`, `value(v)`.

/// A body that [`class!`](crate::class) has given a type, so that objects of it can stand in ROM.
///
/// # Safety
/// `TYPE` is what `type_ptr()` of [`Object`](crate::Object) returns.
#[allow(unsafe_code)]
pub unsafe trait RomBody: crate::Object {
    /// The type.
    const TYPE: krait_memory::TypePtr;
}

/// An object for a static. Its cells, if it has any, are never written.
#[allow(unsafe_code)]
pub const fn rom_object<T: RomBody>(body: T) -> crate::Obj<T> {
    // SAFETY: by the contract of RomBody.
    unsafe { crate::Obj::new_static(T::TYPE, body) }
}

/// The number of an interned name: `q!(append)`. Names that are no identifiers have aliases, see xtask's qstr.rs.
#[macro_export]
macro_rules! q {
    ($name:ident) => {
        $crate::memory::rom::$name
    };
}

/// The value of a row of a table in ROM.
#[doc(hidden)]
#[macro_export]
macro_rules! rom_value {
    (f0($f:expr)) => { $crate::rom_fn!($crate::obj::function::NativeFn::F0($f)) };
    (f1($f:expr)) => { $crate::rom_fn!($crate::obj::function::NativeFn::F1($f)) };
    (f2($f:expr)) => { $crate::rom_fn!($crate::obj::function::NativeFn::F2($f)) };
    (f3($f:expr)) => { $crate::rom_fn!($crate::obj::function::NativeFn::F3($f)) };
    (var($min:expr, $max:expr, $f:expr)) => {
        $crate::rom_fn!($crate::obj::function::NativeFn::Var { min: $min, max: $max, f: $f })
    };
    (kw($min:expr, $f:expr)) => { $crate::rom_fn!($crate::obj::function::NativeFn::Kw { min: $min, f: $f }) };
    (smethod($($inner:tt)*)) => {
        const {
            const O: &$crate::Obj<$crate::obj::function::StaticMethod> =
                &$crate::obj::function::StaticMethod::rom($crate::rom_value!($($inner)*));
            $crate::Ref::of_static(O).value()
        }
    };
    (cmethod($($inner:tt)*)) => {
        const {
            const O: &$crate::Obj<$crate::obj::function::ClassMethod> =
                &$crate::obj::function::ClassMethod::rom($crate::rom_value!($($inner)*));
            $crate::Ref::of_static(O).value()
        }
    };
    (int($n:expr)) => { $crate::Value::small_int($n as isize) };
    (str($q:expr)) => { $crate::Value::qstr($q) };
    (float($x:expr)) => { $crate::Value::const_float($x) };
    (ty($t:expr)) => { $crate::Ref::of_static($t).value() };
    (obj($o:expr)) => { $crate::Ref::of_static($o).value() };
    (value($v:expr)) => { $v };
}

#[doc(hidden)]
#[macro_export]
macro_rules! rom_fn {
    ($kind:expr) => {
        const {
            const O: &$crate::Obj<$crate::obj::function::NativeFn> = &$crate::obj::function::NativeFn::rom($kind);
            $crate::Ref::of_static(O).value()
        }
    };
}

/// A sorted table in ROM.
#[macro_export]
macro_rules! rom_table {
    () => { &[] };
    ($(q!($key:ident) => $kind:ident ( $($arg:tt)* )),+ $(,)?) => {
        {
            const T: &[$crate::RomEntry] = &$crate::sort_rom([
                $($crate::RomEntry { key: $crate::memory::rom::$key, value: $crate::rom_value!($kind($($arg)*)) }),+
            ]);
            T
        }
    };
}

/// Declares a native type. See the module's head for the form.
///
/// `for Body` names the Rust type that is the body of its objects, which must have `fn trace(&self, &mut Tracer)`.
/// Without it the type has no objects of its own (its values are immediates, or it is abstract).
/// Optional, after the name: `flags(bits)`, `base(&STATIC)`.
#[macro_export]
macro_rules! class {
    (
        $(#[$doc:meta])*
        pub static $name:ident: q!($py:ident) for $body:ty $(, flags($flags:expr))? $(, base($base:expr))?;
        $(slots { $($slot:ident: $f:expr),* $(,)? })?
        $(attrs { $($attrs:tt)* })?
    ) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub static $name: $crate::Obj<$crate::Type> = {
            static SLOTS: $crate::Slots = $crate::Slots { $($($slot: Some($f),)*)? ..$crate::Slots::NONE };
            let body = $crate::Type::native(
                $crate::memory::TypeCore::of::<$body>(),
                $crate::memory::rom::$py,
                0 $(| $flags)?,
                $crate::class!(@base $($base)?),
                &SLOTS,
                $crate::rom_table!($($($attrs)*)?),
            );
            // SAFETY: objects of `type` have the body Type.
            unsafe { $crate::Obj::new_static($crate::obj::type_::type_ptr(), body) }
        };

        // SAFETY: the type above is this body's only one, and no other body's.
        #[allow(unsafe_code)]
        unsafe impl $crate::Object for $body {
            #[inline(always)]
            fn type_ptr() -> $crate::memory::TypePtr {
                $crate::Ref::of_static(&$name).as_ptr().cast()
            }
            #[inline(always)]
            fn trace(&self, t: &mut $crate::Tracer<'_>) {
                <$body>::trace(self, t);
            }
        }

        // SAFETY: as above.
        #[allow(unsafe_code)]
        unsafe impl $crate::RomBody for $body {
            const TYPE: $crate::memory::TypePtr = $crate::Ref::of_static(&$name).as_ptr().cast();
        }
    };
    (
        $(#[$doc:meta])*
        pub static $name:ident: q!($py:ident) $(, flags($flags:expr))? $(, base($base:expr))?;
        $(slots { $($slot:ident: $f:expr),* $(,)? })?
        $(attrs { $($attrs:tt)* })?
    ) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub static $name: $crate::Obj<$crate::Type> = {
            static SLOTS: $crate::Slots = $crate::Slots { $($($slot: Some($f),)*)? ..$crate::Slots::NONE };
            let body = $crate::Type::native(
                $crate::memory::TypeCore::of::<$crate::obj::type_::NoBody>(),
                $crate::memory::rom::$py,
                0 $(| $flags)?,
                $crate::class!(@base $($base)?),
                &SLOTS,
                $crate::rom_table!($($($attrs)*)?),
            );
            // SAFETY: objects of `type` have the body Type.
            unsafe { $crate::Obj::new_static($crate::obj::type_::type_ptr(), body) }
        };
    };
    (@base) => { None };
    (@base $base:expr) => { Some($crate::Ref::of_static($base)) };
}

/// Declares that objects with the body `$body` are followed by elements: `tailed!(Tuple, Value, |b| b.len)`.
#[macro_export]
macro_rules! tailed {
    ($body:ty, $elem:ty, |$b:ident| $len:expr) => {
        // SAFETY: the length is set at birth, from the number of elements, and only ever shrinks.
        #[allow(unsafe_code)]
        unsafe impl $crate::Tailed for $body {
            type Elem = $elem;
            #[inline(always)]
            fn tail_len(&self) -> usize {
                let $b = self;
                $len
            }
        }
    };
}

/// Declares a native module. See the module's head for the form.
#[macro_export]
macro_rules! module {
    (
        $(#[$doc:meta])*
        pub static $name:ident: q!($py:ident) $(, attr($get:expr))? $(, set_attr($set:expr))?;
        $($attrs:tt)*
    ) => {
        $(#[$doc])*
        pub static $name: $crate::Obj<$crate::obj::module::Module> = $crate::obj::module::Module::rom(
            $crate::memory::rom::$py,
            $crate::rom_table!(q!(__name__) => str($crate::memory::rom::$py), $($attrs)*),
            $crate::module!(@opt $($get)?),
            $crate::module!(@opt $($set)?),
        );
    };
    (@opt) => { None };
    (@opt $f:expr) => { Some($f) };
}

/// Bytes of a file in the image, aligned to words, which is how flash is read.
#[doc(hidden)]
#[repr(C, align(4))]
pub struct Words<T: ?Sized>(pub T);

/// Declares a table of frozen modules: `frozen_modules! { pub static ALL; "a.py" => include_bytes!("a.mpy"), ... }`,
/// ordered by path. For build scripts only, which must have verified the files.
#[macro_export]
macro_rules! frozen_modules {
    ($(#[$doc:meta])* pub static $name:ident; $($path:literal => $bytes:expr),* $(,)?) => {
        $(#[$doc])*
        #[allow(unsafe_code)]
        pub static $name: &[$crate::Frozen] = &[$({
            static FILE: &$crate::Words<[u8]> = &$crate::Words(*$bytes);
            // SAFETY: the build script has verified the file.
            unsafe { $crate::Frozen::new($path, &FILE.0) }
        }),*];
    };
}
