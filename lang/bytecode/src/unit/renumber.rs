//! Putting the constants of a finished text into the order that the format wants.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;

use super::{Const, OutOfMemory, Unit};
use crate::index::Index;

impl<A: Allocator + Clone> Unit<A> {
    /// Gives every constant a new index: the nth becomes number `numbers[n]`.
    ///
    /// A compiler that meets constants in another order than that of first use in the file adds
    /// them as they come and renumbers them at the end. Constants whose number is missing or beyond the
    /// table are dropped; places that no constant takes hold `None`.
    pub fn renumber_consts(&mut self, numbers: &[u32]) -> Result<(), OutOfMemory> {
        let allocator = self.text.allocator().clone();
        let mut ordered: Vec<Const, A> = Vec::new_in(allocator.clone());
        let used = numbers.iter().filter(|n| (**n as usize) < self.consts.len()).count();
        ordered.try_reserve_exact(used).map_err(|_| OutOfMemory)?;
        ordered.resize(used, Const::None);
        for (constant, number) in self.consts.iter().zip(numbers) {
            if let Some(place) = ordered.get_mut(*number as usize) {
                *place = *constant;
            }
        }
        self.consts = Vec::new_in(allocator.clone());
        self.const_index = Index::new_in(allocator);
        self.consts.try_reserve_exact(used).map_err(|_| OutOfMemory)?;
        for constant in ordered {
            self.push_const(constant)?;
        }
        Ok(())
    }
}
