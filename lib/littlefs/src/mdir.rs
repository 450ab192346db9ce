//! Metadata pairs: finding the newest valid log, and entries in it.
//!
//! Invariant: of an [`Mdir`] that [`Lfs::fetch`] gave, the bytes below `off` passed the checksum of their commit.

use crate::crc::crc;
use crate::tag::{NULL_PAIR, Pair, Tag, is_null, kind, pair_from, same_pair, word};
use crate::volume::Lfs;
use crate::{Error, Fault, Host, Res};

/// A metadata log as far as it is needed to read it and to append to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mdir {
    /// The block with the newest log comes first.
    pub(crate) pair: Pair,
    pub(crate) rev: u32,
    /// Where the next commit would begin.
    pub(crate) off: u32,
    /// The tag that the next one is combined with.
    pub(crate) etag: Tag,
    /// How many file numbers there are.
    pub(crate) count: u16,
    /// Whether the rest of the block is still erased.
    pub(crate) erased: bool,
    /// Whether the next pair of the list is a continuation of the same folder.
    pub(crate) split: bool,
    pub(crate) tail: Pair,
}

impl Mdir {
    /// The one before the first of the list.
    pub(crate) const BEFORE: Mdir =
        Mdir { pair: NULL_PAIR, rev: 0, off: 0, etag: Tag::NONE, count: 0, erased: false, split: true, tail: [0, 1] };
}

/// State that is spread over all pairs: each holds a share, and the sum (by exclusive or) is the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Global {
    /// Top bit: there may be orphans; type and number: what a rename has yet to delete; size: the count of
    /// orphans, and a bit for a superblock of an older version, which never reach the disk.
    pub(crate) tag: u32,
    pub(crate) pair: Pair,
}

impl Global {
    pub(crate) fn xor(&mut self, o: Global) {
        self.tag ^= o.tag;
        self.pair = [self.pair[0] ^ o.pair[0], self.pair[1] ^ o.pair[1]];
    }

    pub(crate) fn has_move(self) -> bool {
        Tag(self.tag).family() != 0
    }

    pub(crate) fn moves_from(self, pair: Pair) -> bool {
        self.has_move() && same_pair(self.pair, pair)
    }

    pub(crate) fn orphans(self) -> u32 {
        Tag(self.tag).size() & 0x1ff
    }

    pub(crate) fn bytes(self) -> [u8; 12] {
        let mut b = [0; 12];
        for (to, from) in b.chunks_exact_mut(4).zip([self.tag, self.pair[0], self.pair[1]]) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        b
    }
}

/// What is looked for while a log is checked.
#[derive(Clone, Copy)]
pub(crate) enum Look<'a> {
    Nothing,
    /// A file or folder.
    Name(&'a [u8]),
    Superblock,
    /// The folder whose pair this is.
    Parent(Pair),
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// It: type, number and size.
    Here(Tag),
    /// Not in this folder; its place would be this number, in this pair.
    Before(u16),
    /// Not in this pair.
    No,
}

/// How an entry compares with what is looked for. Names are sorted by bytes, but a name comes after the longer ones
/// that begin with it: so the first implementation compared, and logs are searched by that order.
enum Order {
    Less,
    Equal,
    Greater,
}

impl<'a> Look<'a> {
    fn wants(self, tag: Tag) -> bool {
        match self {
            Look::Nothing => false,
            Look::Name(_) => tag.narrow() == kind::NAME,
            Look::Superblock => tag.kind() == kind::SUPERBLOCK && tag.id() == 0,
            Look::Parent(_) => tag.kind() == kind::DIRSTRUCT && tag.size() == 8,
        }
    }

    fn name(self) -> &'a [u8] {
        match self {
            Look::Name(n) => n,
            _ => b"littlefs",
        }
    }
}

impl Lfs {
    /// Reads bytes of metadata.
    pub(crate) fn read<H: Host>(&mut self, h: &mut H, hint: u32, block: u32, off: u32, to: &mut [u8]) -> Res<(), H> {
        let mut rc = core::mem::replace(&mut self.rc, crate::cache::Cache::EMPTY);
        let r = self.g.read(h, None, &mut rc, crate::Buf::Read, hint, block, off, to);
        self.rc = rc;
        r
    }

    fn read_tag<H: Host>(&mut self, h: &mut H, hint: u32, block: u32, off: u32) -> Res<u32, H> {
        let mut b = [0; 4];
        self.read(h, hint, block, off, &mut b)?;
        Ok(u32::from_be_bytes(b))
    }

    /// Loads a pair.
    pub(crate) fn fetch<H: Host>(&mut self, h: &mut H, pair: Pair) -> Res<Mdir, H> {
        Ok(self.search(h, pair, Look::Nothing)?.0)
    }

    /// Loads a pair, and looks for something on the way.
    pub(crate) fn search<H: Host>(&mut self, h: &mut H, pair: Pair, look: Look<'_>) -> Res<(Mdir, Found), H> {
        if pair.iter().any(|&b| b >= self.g.block_count) {
            return Err(Fault::Corrupt.into());
        }
        let mut revs = [0; 2];
        let mut newest = 0;
        for i in 0..2 {
            let mut b = [0; 4];
            match self.read(h, 4, pair[i], 0, &mut b) {
                Ok(()) => {
                    revs[i] = word(&b, 0);
                    if (revs[i].wrapping_sub(revs[1 - i]) as i32) > 0 {
                        newest = i;
                    }
                }
                Err(Error::Fs(Fault::Corrupt)) => {}
                Err(e) => return Err(e),
            }
        }
        for i in [newest, 1 - newest] {
            if let Some((m, best)) = self.read_log(h, [pair[i], pair[1 - i]], revs[i], look)? {
                return Ok((m, self.verdict(&m, best)));
            }
        }
        Err(Fault::Corrupt.into())
    }

    /// Checks the log in the pair's first block; `None` if it has no valid commit.
    #[expect(clippy::too_many_lines, reason = "one pass over one format")]
    fn read_log<H: Host>(
        &mut self,
        h: &mut H,
        pair: Pair,
        rev: u32,
        look: Look<'_>,
    ) -> Res<Option<(Mdir, Option<Tag>)>, H> {
        let block = pair[0];
        let size = self.g.block_size;
        let mut m = Mdir { pair, rev, tail: NULL_PAIR, split: false, ..Mdir::BEFORE };
        let (mut off, mut ptag) = (0, Tag::NONE);
        let mut sum = crc(!0, &rev.to_le_bytes());
        // As of the tags so far, and as of the last commit.
        let (mut count, mut tail, mut split) = (0_i32, NULL_PAIR, false);
        let mut found: Option<Tag> = None;
        let mut best = None;
        let mut fcrc = None;
        let mut maybe_erased = false;
        loop {
            off += ptag.entry_size();
            let raw = match self.read_tag(h, size, block, off) {
                Ok(raw) => raw,
                Err(Error::Fs(Fault::Corrupt)) => break,
                Err(e) => return Err(e),
            };
            sum = crc(sum, &raw.to_be_bytes());
            let tag = Tag(raw ^ ptag.0);
            if !tag.is_valid() {
                maybe_erased = ptag.narrow() == kind::CCRC;
                break;
            }
            if off + tag.entry_size() > size {
                break;
            }
            ptag = tag;
            let data = off + 4;
            if tag.narrow() == kind::CCRC {
                let mut b = [0; 4];
                match self.read(h, size, block, data, &mut b) {
                    Ok(()) if word(&b, 0) == sum => {}
                    Ok(()) | Err(Error::Fs(Fault::Corrupt)) => break,
                    Err(e) => return Err(e),
                }
                ptag.0 ^= u32::from(tag.chunk() & 1) << 31;
                self.seed = crc(self.seed, &sum.to_le_bytes());
                m.off = off + tag.entry_size();
                m.etag = ptag;
                m.count = u16::try_from(count.clamp(0, 0x3fe)).unwrap_or(0);
                (m.tail, m.split) = (tail, split);
                best = found;
                sum = !0;
                continue;
            }
            fcrc = None;
            match self.g.crc(h, &mut self.rc, block, data, tag.entry_size() - 4, sum) {
                Ok(s) => sum = s,
                Err(Error::Fs(Fault::Corrupt)) => break,
                Err(e) => return Err(e),
            }
            match tag.family() {
                kind::NAME => count = count.max(i32::from(tag.id()) + 1),
                kind::SPLICE => {
                    count += tag.splice();
                    if let Some(f) = &mut found {
                        if tag.kind() == kind::DELETE && tag.id() == f.id() {
                            *f = f.invalid();
                        } else if tag.id() <= f.id() {
                            *f = f.shifted(tag.splice());
                        }
                    }
                }
                kind::TAIL => {
                    split = tag.chunk() & 1 == 1;
                    let mut b = [0; 8];
                    self.read(h, size, block, data, &mut b)?;
                    tail = pair_from(&b);
                }
                _ if tag.kind() == kind::FCRC && tag.size() >= 8 => {
                    let mut b = [0; 8];
                    self.read(h, size, block, data, &mut b)?;
                    fcrc = Some(pair_from(&b));
                }
                _ => {}
            }
            if look.wants(tag) && !tag.is_delete() {
                match self.compare(h, look, tag, block, data)? {
                    Order::Equal => found = Some(tag),
                    order => match found {
                        Some(f) if f.same(tag, Tag::new(0x7ff, 0x3ff, 0)) => found = None,
                        Some(f) if matches!(order, Order::Greater) && tag.id() <= f.id() => found = Some(tag.invalid()),
                        None if matches!(order, Order::Greater) => found = Some(tag.invalid()),
                        _ => {}
                    },
                }
            }
        }
        if m.off == 0 {
            return Ok(None);
        }
        if maybe_erased
            && m.off.is_multiple_of(self.g.prog_size)
            && let Some([len, expected]) = fcrc
        {
            if len > size - m.off.min(size) {
                m.erased = false;
            } else {
                match self.g.crc(h, &mut self.rc, block, m.off, len, !0) {
                    Ok(sum) => m.erased = sum == expected,
                    Err(Error::Fs(Fault::Corrupt)) => {}
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(Some((m, best)))
    }

    fn compare<H: Host>(&mut self, h: &mut H, look: Look<'_>, tag: Tag, block: u32, off: u32) -> Res<Order, H> {
        if let Look::Parent(pair) = look {
            let mut b = [0; 8];
            self.read(h, self.g.block_size, block, off, &mut b)?;
            return Ok(if same_pair(pair_from(&b), pair) { Order::Equal } else { Order::Less });
        }
        let name = look.name();
        let len = (name.len() as u32).min(tag.size());
        let mut at = 0;
        while at < len {
            let mut chunk = [0; 32];
            let n = (len - at).min(32);
            let on_disk = crate::host::part_mut(&mut chunk, 0, n)?;
            self.read(h, len - at, block, off + at, on_disk)?;
            match (*on_disk).cmp(crate::host::part(name, at, n)?) {
                core::cmp::Ordering::Equal => at += n,
                core::cmp::Ordering::Less => return Ok(Order::Less),
                core::cmp::Ordering::Greater => return Ok(Order::Greater),
            }
        }
        Ok(match (name.len() as u32).cmp(&tag.size()) {
            core::cmp::Ordering::Equal => Order::Equal,
            core::cmp::Ordering::Less => Order::Less,
            core::cmp::Ordering::Greater => Order::Greater,
        })
    }

    /// What a search found. The old name of a move that is under way counts as gone.
    fn verdict(&self, m: &Mdir, best: Option<Tag>) -> Found {
        let Some(mut tag) = best else { return Found::No };
        if self.is_gone(m, tag.id()) {
            tag = tag.invalid();
        }
        if tag.is_valid() {
            Found::Here(tag)
        } else if tag.id() < m.count {
            Found::Before(tag.id())
        } else {
            Found::No
        }
    }

    fn is_gone(&self, m: &Mdir, id: u16) -> bool {
        self.gdisk.moves_from(m.pair) && Tag(self.gdisk.tag).id() == id
    }

    /// The newest entry that matches `want` under `mask`: its tag, and where its data are.
    pub(crate) fn get<H: Host>(&mut self, h: &mut H, m: &Mdir, mask: Tag, want: Tag) -> Res<Option<(Tag, u32)>, H> {
        let mut off = m.off;
        let mut ntag = m.etag;
        let mut shift = 0_i32;
        if mask.id() != 0 && self.is_gone(m, want.id()) {
            return Ok(None);
        }
        while off >= 4 + ntag.entry_size() {
            off -= ntag.entry_size();
            let tag = ntag.valid();
            ntag = Tag(self.read_tag(h, self.g.block_size, m.pair[0], off)? ^ tag.0).valid();
            let wanted = want.shifted(-shift);
            if mask.id() != 0 && tag.family() == kind::SPLICE && tag.id() <= wanted.id() {
                if tag.same(Tag::new(kind::CREATE, wanted.id(), 0), Tag::new(0x7ff, 0x3ff, 0)) {
                    return Ok(None);
                }
                shift += tag.splice();
            }
            if tag.same(want.shifted(-shift), mask) {
                return Ok((!tag.is_delete()).then_some((tag.shifted(shift), off + 4)));
            }
        }
        Ok(None)
    }

    /// A file's structure: where it is, or its contents.
    pub(crate) fn get_struct<H: Host>(&mut self, h: &mut H, m: &Mdir, id: u16) -> Res<Option<(Tag, u32)>, H> {
        self.get(h, m, Tag::new(0x700, 0x3ff, 0), Tag::new(kind::STRUCT, id, 0))
    }

    /// The structure as two words: a folder's pair, or a file's head and size.
    pub(crate) fn get_pair<H: Host>(&mut self, h: &mut H, m: &Mdir, id: u16) -> Res<(Tag, Pair), H> {
        let Some((tag, off)) = self.get_struct(h, m, id)? else { return Err(Fault::NoEntry.into()) };
        if tag.kind() == kind::INLINESTRUCT {
            return Ok((tag, NULL_PAIR));
        }
        if tag.size() < 8 {
            return Err(Fault::Corrupt.into());
        }
        let mut b = [0; 8];
        self.read(h, 8, m.pair[0], off, &mut b)?;
        let pair = pair_from(&b);
        if tag.kind() == kind::CTZSTRUCT {
            self.check_size(pair[1])?;
        }
        Ok((tag, pair))
    }

    /// Adds the pair's share of the global state.
    pub(crate) fn add_share<H: Host>(&mut self, h: &mut H, m: &Mdir, to: &mut Global) -> Res<(), H> {
        let Some((tag, off)) = self.get(h, m, Tag::new(0x7ff, 0, 0), Tag::new(kind::MOVESTATE, 0, 0))? else {
            return Ok(());
        };
        let mut b = [0; 12];
        let n = tag.size().min(12);
        self.read(h, n, m.pair[0], off, crate::host::part_mut(&mut b, 0, n)?)?;
        to.xor(Global { tag: word(&b, 0), pair: [word(&b, 4), word(&b, 8)] });
        Ok(())
    }

    /// The next pair of the list of all pairs, or `None` at its end. `brent` finds a list that has become a ring.
    pub(crate) fn next_pair<E>(&self, m: &Mdir, brent: &mut Brent) -> Result<Option<Pair>, Error<E>> {
        if is_null(m.tail) {
            return Ok(None);
        }
        brent.step(m.tail)?;
        Ok(Some(m.tail))
    }
}

/// Brent's way to notice that a list leads back into itself.
pub(crate) struct Brent {
    seen: Pair,
    steps: u32,
    period: u32,
}

impl Brent {
    pub(crate) fn new() -> Brent {
        Brent { seen: NULL_PAIR, steps: 1, period: 1 }
    }

    /// Notes the next element.
    pub(crate) fn step<E>(&mut self, pair: Pair) -> Result<(), Error<E>> {
        if !is_null(self.seen) && same_pair(self.seen, pair) {
            return Err(Fault::Corrupt.into());
        }
        if self.steps == self.period {
            self.seen = pair;
            self.steps = 0;
            self.period = self.period.saturating_mul(2);
        }
        self.steps += 1;
        Ok(())
    }
}
