//! Files larger than a log's entry: a list of blocks from the last to the first, with skips (DESIGN.md, "CTZ
//! skip-lists"). Block `n` begins with pointers to the blocks `n - 1`, `n - 2`, `n - 4` … as far as `n` is even.

use crate::alloc::Visit;
use crate::cache::{CHUNK, Cache};
use crate::host::part_mut;
use crate::tag::word;
use crate::volume::Lfs;
use crate::{Buf, Fault, Host, Res};

/// Where a byte of a file is.
#[derive(Clone, Copy)]
pub(crate) struct Spot {
    pub(crate) block: u32,
    pub(crate) off: u32,
}

impl Lfs {
    /// Which block of a file holds the byte at `pos`, and at what offset.
    pub(crate) fn index_of(&self, pos: u32) -> (u32, u32) {
        let b = self.g.block_size - 8;
        let i = pos / b;
        if i == 0 {
            return (0, pos);
        }
        let i = pos.saturating_sub(4 * ((i - 1).count_ones() + 2)) / b;
        (i, pos.wrapping_sub(b.wrapping_mul(i)).wrapping_sub(4 * i.count_ones()))
    }

    /// Finds the byte at `pos` of the file whose last block is `head`, reading through the file's own buffer.
    pub(crate) fn find_spot<H: Host>(
        &mut self,
        h: &mut H,
        via: &mut Cache,
        buf: Buf,
        mut head: u32,
        size: u32,
        pos: u32,
    ) -> Res<Spot, H> {
        if size == 0 || pos >= size {
            return Err(Fault::Corrupt.into());
        }
        self.check_size(size)?;
        let (mut current, _) = self.index_of(size - 1);
        let (target, off) = self.index_of(pos);
        while current > target {
            let skip = (current - target).ilog2().min(current.trailing_zeros());
            let mut b = [0; 4];
            self.g.read(h, None, via, buf, 4, head, 4 * skip, &mut b)?;
            head = word(&b, 0);
            current -= 1 << skip;
        }
        Ok(Spot { block: head, off })
    }

    /// A place for the byte at `size`: in a copy of the last block if that is not full, or in a new block. The new
    /// block's content so far waits in the file's buffer.
    pub(crate) fn extend<H: Host>(
        &mut self,
        h: &mut H,
        pc: &mut Cache,
        buf: Buf,
        head: u32,
        size: u32,
    ) -> Res<Spot, H> {
        loop {
            let block = self.new_block(h)?;
            *pc = Cache::EMPTY;
            if !self.erase(h, block)? {
                continue;
            }
            if size == 0 {
                return Ok(Spot { block, off: 0 });
            }
            let (index, off) = self.index_of(size - 1);
            let used = off + 1;
            let r = if used == self.g.block_size {
                self.point_back(h, pc, buf, block, head, index + 1)
            } else {
                self.copy_block(h, pc, buf, head, block, used).map(|()| used)
            };
            match r {
                Err(crate::Error::Fs(Fault::Corrupt)) => {}
                r => return Ok(Spot { block, off: r? }),
            }
        }
    }

    /// Writes the pointers at the start of block number `index`; how many bytes they take.
    fn point_back<H: Host>(
        &mut self,
        h: &mut H,
        pc: &mut Cache,
        buf: Buf,
        block: u32,
        mut head: u32,
        index: u32,
    ) -> Res<u32, H> {
        let skips = index.trailing_zeros() + 1;
        for i in 0..skips {
            self.g.prog(h, pc, buf, &mut self.rc, true, block, 4 * i, &head.to_le_bytes())?;
            if i + 1 != skips {
                let mut b = [0; 4];
                self.read(h, 4, head, 4 * i, &mut b)?;
                head = word(&b, 0);
            }
        }
        Ok(4 * skips)
    }

    fn copy_block<H: Host>(&mut self, h: &mut H, pc: &mut Cache, buf: Buf, from: u32, to: u32, len: u32) -> Res<(), H> {
        let mut at = 0;
        while at < len {
            let mut chunk = [0; CHUNK as usize];
            let n = (len - at).min(CHUNK);
            let now = part_mut(&mut chunk, 0, n)?;
            self.read(h, len - at, from, at, now)?;
            self.g.prog(h, pc, buf, &mut self.rc, true, to, at, now)?;
            at += n;
        }
        Ok(())
    }

    /// Visits the blocks of a file. `over`: what is not on the disk yet.
    pub(crate) fn visit_file<H: Host>(
        &mut self,
        h: &mut H,
        over: Option<(Cache, Buf)>,
        mut head: u32,
        size: u32,
        what: &mut Visit,
    ) -> Res<(), H> {
        if size == 0 {
            return Ok(());
        }
        self.check_size(size)?;
        let (mut index, _) = self.index_of(size - 1);
        loop {
            self.visit(h, what, head)?;
            if index == 0 {
                return Ok(());
            }
            // An even block points to the one before the last, too: half the reads.
            let count = 2 - (index & 1);
            let mut b = [0; 8];
            let heads = part_mut(&mut b, 0, 4 * count)?;
            self.g.read(h, over, &mut self.rc, Buf::Read, 4 * count, head, 0, heads)?;
            let (first, second) = (word(&b, 0), word(&b, 4));
            if count == 2 {
                self.visit(h, what, first)?;
            }
            head = if count == 2 { second } else { first };
            index -= count;
        }
    }
}
