//! `FrameBuffer.blit`.
//!
//! The surprising fact: source and target may be one buffer, and overlap. Then pixels go one by one, in rows from the
//! upper left, and what was drawn is read again, as in the reference; else they go in runs.

use krait_runtime::{Args, Outcome, Raised, Value, Vm};

use super::{FrameBuffer, make, this};

/// Pixels that are read before they are written.
const RUN: usize = 64;

/// A frame buffer to read: one, or a tuple or list of the arguments for one.
fn readable(vm: &mut Vm, v: Value) -> Result<FrameBuffer, Raised> {
    if let Some(fb) = vm.cast::<FrameBuffer>(v) {
        return Ok(*fb);
    }
    let items = if let Some(t) = vm.cast::<krait_runtime::obj::tuple::Tuple>(v) {
        let mut all = [Value::NONE; 6];
        all.iter_mut().zip(t.tail()).for_each(|(to, v)| *to = *v);
        (all, t.tail().len())
    } else if let Some(l) = vm.cast::<krait_runtime::obj::list::List>(v) {
        let mut all = [Value::NONE; 6];
        all.iter_mut().enumerate().for_each(|(i, to)| *to = l.items.get(i).unwrap_or(Value::NONE));
        (all, l.items.len())
    } else {
        return Err(vm.type_error(format_args!("object not a tuple or list")));
    };
    match items.0.get(..items.1).filter(|given| (4..=5).contains(&given.len())) {
        Some(given) => make(vm, given, false),
        None => Err(vm.value_error("4 or 5 items expected")),
    }
}

/// `blit(source, x, y, key=-1, palette=None)`
pub(super) fn blit(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let fb = this(vm, args.get(0))?;
    let source = readable(vm, args.get(1).unwrap_or(Value::NONE))?;
    let x = vm.need_int(args.get(2).unwrap_or(Value::NONE))? as i64;
    let y = vm.need_int(args.get(3).unwrap_or(Value::NONE))? as i64;
    let key = match args.get(4) {
        Some(v) => vm.need_int(v)?,
        None => -1,
    } as u32;
    let palette = match args.get(5) {
        Some(v) if !v.is_none() => Some(readable(vm, v)?),
        _ => None,
    };
    let from_x = x.saturating_neg().max(0);
    let from_y = y.saturating_neg().max(0);
    let (to_x, to_y) = (x.max(0), y.max(0));
    let width = (i64::from(source.geometry.width) - from_x).min(i64::from(fb.geometry.width) - to_x);
    let height = (i64::from(source.geometry.height) - from_y).min(i64::from(fb.geometry.height) - to_y);
    let shared = |other: &FrameBuffer| other.buffer.owner == fb.buffer.owner;
    let run = if shared(&source) || palette.as_ref().is_some_and(shared) { 1 } else { RUN as i64 };
    let mut colours = [0u32; RUN];
    for row in 0..height.max(0) {
        vm.poll()?;
        let mut done = 0;
        while done < width {
            let n = run.min(width - done);
            let part = colours.get_mut(..n as usize).unwrap_or_default();
            let bytes = source.buffer.bytes(vm);
            for (x, colour) in (from_x + done..).zip(part.iter_mut()) {
                *colour = source.geometry.read(bytes, x as u32, (from_y + row) as u32);
            }
            if let Some(palette) = &palette {
                let bytes = palette.buffer.bytes(vm);
                part.iter_mut().for_each(|c| *c = palette.geometry.read(bytes, *c, 0));
            }
            let mut canvas = fb.canvas(vm);
            for (x, colour) in (to_x + done..).zip(part.iter()) {
                if *colour != key {
                    canvas.set(x, to_y + row, *colour);
                }
            }
            done += n;
        }
    }
    Ok(Value::NONE)
}
