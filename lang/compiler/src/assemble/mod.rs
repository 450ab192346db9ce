//! Intermediate code to a finished unit.
//!
//! The order of the unit's names and constants is what the format's reference compiler arrives at:
//! it passes over all scopes (level by level) once to find variables, meeting every other name and
//! every constant on the way, and then over each scope again, meeting the variables.

mod jumps;
mod scope;

pub(crate) use scope::effect;

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::unit::TreeFault;
use krait_bytecode::{CodeKind, Operand, Unit};

use crate::buffer::Grow;
use crate::emit::Program;
use crate::error::{Fail, Result};
use crate::ir;
use crate::names::{Name, Names};
use crate::scopes::MODULE;
use crate::viper;

/// Turns a program into the unit of its text. The source's name is the unit's first.
#[inline(never)]
pub(crate) fn assemble<A: Allocator + Clone>(
    program: &mut Program<A>,
    names: &mut Names<A>,
    source: Name,
) -> Result<Unit<A>> {
    let allocator = program.unit.allocator().clone();
    program.scopes.number()?;
    for number in 0..program.scopes.len() as u32 {
        if let Some(scope) = program.scopes.get_mut(number).filter(|s| s.is_viper) {
            viper::retype(scope, names, &mut program.fault)?;
        }
    }
    let order = by_level(program, &allocator)?;
    names.index_in(&mut program.unit, source)?;

    let mut constants = Vec::new_in(allocator.clone());
    constants.try_reserve_exact(program.unit.const_count()).map_err(|_| Fail::memory())?;
    constants.resize(program.unit.const_count(), u32::MAX);
    let mut next = 0;
    for number in &order {
        let Some(scope) = program.scopes.get(*number) else { continue };
        names.index_in(&mut program.unit, scope.name)?;
        let mut at = 0;
        while let Some(item) = ir::read(&scope.code, &mut at) {
            match ir::operand_of(item.op) {
                Operand::Name => {
                    names.index_in(&mut program.unit, Name(item.operand))?;
                }
                Operand::Const => {
                    if let Some(place) = constants.get_mut(item.operand as usize)
                        && *place == u32::MAX
                    {
                        *place = next;
                        next += 1;
                    }
                }
                _ => {}
            }
        }
    }
    program.unit.renumber_consts(&constants)?;

    for _ in &order {
        program.unit.reserve_code()?;
    }
    let mut assembler = scope::Assembler::new(allocator.clone());
    for number in &order {
        assembler.run(&program.scopes, names, &mut program.unit, &constants, *number)?;
        let bytes = assembler.take_code()?;
        program.unit.set_code(*number, CodeKind::Bytecode, bytes, assembler.children())?;
        if let Some(scope) = program.scopes.get_mut(*number) {
            scope.code = Vec::new_in(program.unit.allocator().clone());
        }
    }
    program.unit.finish(MODULE).map_err(|fault| match fault {
        TreeFault::OutOfMemory => Fail::memory(),
        _ => Fail::too_deep(),
    })?;
    Ok(core::mem::replace(&mut program.unit, Unit::new_in(allocator)))
}

/// The scopes, outer levels first.
fn by_level<A: Allocator + Clone>(program: &Program<A>, allocator: &A) -> Result<Vec<u32, A>> {
    let mut order = Vec::new_in(allocator.clone());
    let count = program.scopes.len() as u32;
    order.try_reserve_exact(count as usize).map_err(|_| Fail::memory())?;
    let mut level = 0;
    while order.len() < count as usize {
        for number in 0..count {
            if program.scopes.get(number).is_some_and(|s| s.level == level) {
                order.add(number)?;
            }
        }
        level += 1;
    }
    Ok(order)
}
