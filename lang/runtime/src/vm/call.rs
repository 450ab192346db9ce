//! Calls: from natives into Python, and the fitting of arguments to parameters.

use krait_bytecode::prelude::flags;

use super::code::{CellBox, Function};
use super::frame::{self, Return};
use super::run::{Event, run};
use super::stack;
use crate::obj::function::NativeFn;
use crate::obj::tuple::Tuple;
use crate::ops::attr::Found;
use crate::{Args, Gc, NewObject, Outcome, Qstr, Raised, Ref, Tailed, Value, Vm};

/// Arguments of a call that gets more in front: beyond so many they go through a list.
const INLINE_ARGS: usize = 8;

impl Vm {
    /// Calls `f` with positional arguments.
    ///
    /// # Errors
    /// What the call raises.
    #[inline]
    pub fn call(&mut self, f: Value, args: &[Value]) -> Outcome {
        self.call_args(f, &Args::positional(args))
    }

    /// Calls `f`.
    ///
    /// # Errors
    /// What the call raises; `TypeError` if it cannot be called.
    #[inline]
    pub fn call_args(&mut self, f: Value, args: &Args<'_>) -> Outcome {
        if let Some(fun) = f.downcast::<Function>() {
            return self.call_function(fun, args);
        }
        if let Some(native) = f.downcast::<NativeFn>() {
            return native.invoke(self, args);
        }
        match self.type_of(f).slots.call {
            Some(call) => {
                self.check_stack()?;
                call(self, f, args)
            }
            None => {
                let name = self.qstr_text(self.type_of(f).name);
                Err(self.type_error(format_args!("'{}' object isn't callable", name.as_str())))
            }
        }
    }

    /// Calls the method `name` of `v`.
    ///
    /// # Errors
    /// `AttributeError`; what the call raises.
    pub fn call_method(&mut self, v: Value, name: Qstr, args: &[Value]) -> Outcome {
        self.call_method_args(v, name, &Args::positional(args))
    }

    /// As [`Vm::call_method`], with keywords.
    ///
    /// # Errors
    /// `AttributeError`; what the call raises.
    pub fn call_method_args(&mut self, v: Value, name: Qstr, args: &Args<'_>) -> Outcome {
        match self.load_method(v, name)? {
            Found::Plain(f) => self.call_args(f, args),
            Found::Method(f, this) => self.call_with_first(f, this, args),
        }
    }

    /// Calls `f` with `first` in front of the arguments.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call_with_first(&mut self, f: Value, first: Value, args: &Args<'_>) -> Outcome {
        let n = args.pos.len();
        if n < INLINE_ARGS {
            let mut all = [first; INLINE_ARGS];
            if let Some(rest) = all.get_mut(1..n + 1) {
                rest.copy_from_slice(args.pos);
            }
            let pos = all.get(..n + 1).unwrap_or(&[]);
            return self.call_args(f, &Args { pos, kw: args.kw });
        }
        let all = self.new_tuple_of(n + 1)?;
        for (to, v) in all.tail_cells().iter().zip(core::iter::once(&first).chain(args.pos)) {
            to.set(*v);
        }
        self.call_args(f, &Args { pos: all.tail(), kw: args.kw })
    }

    /// Calls a Python function from a native.
    pub(super) fn call_function(&mut self, fun: Ref<Function>, args: &Args<'_>) -> Outcome {
        let code = fun.code;
        if code.has(flags::GENERATOR) {
            return self.new_generator(fun, None, args);
        }
        self.check_stack()?;
        let bytes = frame::frame_bytes(&code);
        let f = stack::push(self, bytes)?;
        // SAFETY: the frame has room for the code, and is initialised before it joins the chain.
        unsafe {
            frame::init(f, fun, Return::Native);
            if let Err(r) = self.bind_args(fun, None, args, frame::slots(f)) {
                stack::pop(self, f, bytes);
                return Err(r);
            }
            (*f).prev = self.st.frame;
        }
        self.st.frame = f;
        match run(self, f)? {
            Event::Returned(v) | Event::Yielded(v) => Ok(v),
        }
    }

    /// Fits arguments to the parameters of `fun`, whose locals they become. `first` goes in front of them.
    ///
    /// # Safety
    /// `locals` points to the cleared locals of a frame of `fun`.
    pub(super) unsafe fn bind_args(
        &mut self,
        fun: Ref<Function>,
        first: Option<Value>,
        args: &Args<'_>,
        locals: *mut Option<Value>,
    ) -> Result<(), Raised> {
        let code = fun.code;
        let n_closed = fun.n_closed as usize;
        // Closed-over cells are the first parameters.
        for (i, cell) in fun.tail().iter().take(n_closed).enumerate() {
            // SAFETY: a verified code has at least as many locals as parameters.
            unsafe { locals.add(i).write(Some(*cell)) };
        }
        let n_pos = (code.n_pos as usize).saturating_sub(n_closed);
        // SAFETY: as above; parameters follow the cells.
        let params = unsafe { locals.add(n_closed) };
        let given = args.pos.len() + usize::from(first.is_some());
        for (i, v) in first.iter().chain(args.pos).take(n_pos).enumerate() {
            // SAFETY: i < n_pos.
            unsafe { params.add(i).write(Some(*v)) };
        }
        if given == n_pos
            && args.kw.is_empty()
            && code.n_kwonly == 0
            && code.flags & (flags::VAR_ARGS | flags::VAR_KEYWORDS) == 0
        {
            // SAFETY: locals of the frame.
            return unsafe { self.make_cells(fun, locals) };
        }
        let outer = self.st.binding.replace((locals, code.n_locals as usize));
        // SAFETY: as above.
        let bound = unsafe { self.bind_rest(fun, first, args, params, n_pos) };
        self.st.binding = outer;
        bound?;
        // SAFETY: as above.
        unsafe { self.make_cells(fun, locals) }
    }

    /// Defaults, keywords, `*args` and `**kwargs`.
    #[inline(never)]
    unsafe fn bind_rest(
        &mut self,
        fun: Ref<Function>,
        first: Option<Value>,
        args: &Args<'_>,
        params: *mut Option<Value>,
        n_pos: usize,
    ) -> Result<(), Raised> {
        let code = fun.code;
        let n_kwonly = code.n_kwonly as usize;
        let extra = usize::from(first.is_some());
        let given = args.pos.len() + extra;
        let mut next = n_pos + n_kwonly;
        if code.has(flags::VAR_ARGS) {
            let rest = match (first, n_pos) {
                (Some(v), 0) => {
                    let t = self.new_tuple_of(given)?;
                    for (to, v) in t.tail_cells().iter().zip(core::iter::once(&v).chain(args.pos)) {
                        to.set(*v);
                    }
                    t
                }
                _ => self.new_tuple(args.pos.get(n_pos - extra..).unwrap_or(&[]))?,
            };
            // SAFETY: the slot after the named parameters is that of `*args`.
            unsafe { params.add(next).write(Some(rest.value())) };
            next += 1;
        } else if given > n_pos {
            return Err(self.arg_count_error(fun, n_pos, given));
        }
        let mut rest_kw = None;
        if code.has(flags::VAR_KEYWORDS) {
            let d = self.new_dict()?;
            // SAFETY: the slot of `**kwargs`.
            unsafe { params.add(next).write(Some(d.value())) };
            rest_kw = Some(d);
        }
        let Some(prelude) = code.prelude() else { return Ok(()) };
        let n_closed = fun.n_closed as usize;
        'keywords: for pair in args.kw.chunks_exact(2) {
            let [name, v] = *pair else { continue };
            for (i, at) in prelude.arg_names().skip(n_closed).take(n_pos + n_kwonly).enumerate() {
                if code.unit.tail().get(at as usize) == Some(&name) {
                    // SAFETY: i < n_pos + n_kwonly.
                    unsafe {
                        if (*params.add(i)).is_some() {
                            let text = self.str_or_empty(name);
                            let f = self.qstr_text(fun.name());
                            return Err(self.type_error(format_args!(
                                "{}() got multiple values for argument '{}'",
                                f.as_str(),
                                text.as_str()
                            )));
                        }
                        params.add(i).write(Some(v));
                    }
                    continue 'keywords;
                }
            }
            match rest_kw {
                Some(d) => {
                    let Some(name) = name.as_qstr() else {
                        return Err(self.type_error(format_args!("unexpected keyword argument")));
                    };
                    d.set_qstr(self, name, v)?;
                }
                None => {
                    let text = self.str_or_empty(name);
                    return Err(self.type_error(format_args!("unexpected keyword argument '{}'", text.as_str())));
                }
            }
        }
        let n_def = fun.n_defaults as usize;
        for i in 0..n_pos {
            // SAFETY: i < n_pos.
            let slot = unsafe { params.add(i) };
            // SAFETY: as above.
            if unsafe { (*slot).is_some() } {
                continue;
            }
            let default = (i + n_def).checked_sub(n_pos).and_then(|d| fun.tail().get(n_closed + d));
            match default {
                // SAFETY: as above.
                Some(v) => unsafe { slot.write(Some(*v)) },
                None if args.kw.is_empty() => return Err(self.arg_count_error(fun, n_pos, given)),
                None => {
                    return Err(
                        self.type_error(format_args!("function missing required positional argument #{}", i + 1))
                    );
                }
            }
        }
        for i in n_pos..n_pos + n_kwonly {
            // SAFETY: i is below the number of named parameters.
            let slot = unsafe { params.add(i) };
            // SAFETY: as above.
            if unsafe { (*slot).is_some() } {
                continue;
            }
            let name = prelude.arg_names().nth(n_closed + i).and_then(|at| code.unit.tail().get(at as usize).copied());
            let default = match (fun.kw_defaults, name) {
                // By identity: no Python runs while arguments are bound.
                (Some(d), Some(name)) => name.as_qstr().and_then(|q| d.table.get_qstr(self, q)),
                _ => None,
            };
            match default {
                // SAFETY: as above.
                Some(v) => unsafe { slot.write(Some(v)) },
                None => {
                    let text = self.str_or_empty(name.unwrap_or(Value::NONE));
                    return Err(
                        self.type_error(format_args!("function missing required keyword argument '{}'", text.as_str()))
                    );
                }
            }
        }
        Ok(())
    }

    fn str_or_empty(&self, v: Value) -> crate::Str {
        self.as_str(v).unwrap_or(crate::Str::from_static(""))
    }

    /// Turns the locals that inner functions share into cells.
    #[inline(always)]
    unsafe fn make_cells(&mut self, fun: Ref<Function>, locals: *mut Option<Value>) -> Result<(), Raised> {
        if fun.code.n_cells == 0 {
            return Ok(());
        }
        let outer = self.st.binding.replace((locals, fun.code.n_locals as usize));
        // SAFETY: by contract of the caller.
        let made = unsafe { self.make_cells_slow(fun, locals) };
        self.st.binding = outer;
        made
    }

    #[inline(never)]
    unsafe fn make_cells_slow(&mut self, fun: Ref<Function>, locals: *mut Option<Value>) -> Result<(), Raised> {
        let Some(prelude) = fun.code.prelude() else { return Ok(()) };
        for i in prelude.cells() {
            // SAFETY: cells are numbers of locals (verified).
            let slot = unsafe { locals.add(*i as usize) };
            // SAFETY: as above.
            let v = unsafe { *slot };
            let cell = self.new_object(CellBox { v: core::cell::Cell::new(v) })?;
            // SAFETY: as above.
            unsafe { slot.write(Some(cell.value())) };
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn arg_count_error(&mut self, fun: Ref<Function>, want: usize, given: usize) -> Raised {
        let f = self.qstr_text(fun.name());
        self.type_error(format_args!("{}() takes {want} positional arguments but {given} were given", f.as_str()))
    }

    /// The arguments of a call with `*` and `**`: what stands on the stack, flattened into `pos` and `kw`.
    ///
    /// `star` is the bitmap of starred positional arguments, as the bytecode has it.
    pub(super) fn flatten_args(
        &mut self,
        pos: &[Value],
        kw: &[Option<Value>],
        star: usize,
        first: Option<Value>,
    ) -> Result<FlatArgs, Raised> {
        let flat = FlatArgs { pos: self.new_list(&[])?, kw: self.new_list(&[])? };
        if let Some(v) = first {
            flat.pos.items.push(self, v)?;
        }
        for (i, v) in pos.iter().enumerate() {
            if i < usize::BITS as usize && star >> i & 1 != 0 {
                if let Some(t) = v.downcast::<Tuple>() {
                    flat.pos.items.reserve_exact(self, flat.pos.items.len() + t.tail_len())?;
                    for v in t.tail() {
                        flat.pos.items.push(self, *v)?;
                    }
                } else {
                    self.extend_from_iter(&flat.pos.items, *v)?;
                }
            } else {
                flat.pos.items.push(self, *v)?;
            }
        }
        for pair in kw.chunks_exact(2) {
            match *pair {
                [Some(name), Some(v)] => self.add_keyword(&flat, name, v)?,
                [None, Some(mapping)] => self.add_mapping(&flat, mapping)?,
                _ => {}
            }
        }
        Ok(flat)
    }

    fn add_keyword(&mut self, flat: &FlatArgs, name: Value, v: Value) -> Result<(), Raised> {
        let name = match self.as_str(name) {
            Some(text) if !name.is_qstr() => Value::qstr(self.intern(&text)?),
            Some(_) => name,
            None => return Err(self.type_error(format_args!("keywords must be strings"))),
        };
        if flat.kw.items.cells(self.heap()).iter().step_by(2).any(|c| c.get() == name) {
            let text = self.str_or_empty(name);
            return Err(self.type_error(format_args!("function got multiple values for argument '{}'", text.as_str())));
        }
        flat.kw.items.push(self, name)?;
        flat.kw.items.push(self, v)
    }

    fn add_mapping(&mut self, flat: &FlatArgs, mapping: Value) -> Result<(), Raised> {
        if let Some(d) = self.as_dict(mapping) {
            let mut place = 0;
            while let Some((next, k, v)) = d.next_entry(place) {
                place = next;
                self.add_keyword(flat, k, v)?;
            }
            return Ok(());
        }
        // Any other mapping: its `keys()` and items.
        let keys = self.call_method(mapping, crate::q!(keys), &[])?;
        let it = self.get_iter(keys)?;
        while let Some(k) = self.iter_next(it)? {
            let v = self.subscr(mapping, k)?;
            self.add_keyword(flat, k, v)?;
        }
        Ok(())
    }
}

/// Flattened arguments, on the heap.
pub(super) struct FlatArgs {
    pub(super) pos: Ref<crate::obj::list::List>,
    pub(super) kw: Ref<crate::obj::list::List>,
}
