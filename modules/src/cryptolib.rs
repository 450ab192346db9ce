//! `cryptolib`: AES with keys of 128 and 256 bits in the modes ECB, CBC and CTR. The cipher is RustCrypto's.
//!
//! As in the reference an object either encrypts or decrypts, which its first use decides; its chain (CBC) and its
//! counter (CTR) go on from call to call.
//!
//! The surprising fact: blocks pass through a buffer on the stack, so output may be written over the input.

use core::cell::{Cell, RefCell};

use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Ref, StrBuf, Tracer, Type, Value, Vm, class, module};

const BLOCK: usize = 16;
/// Blocks that are worked on at once.
const RUN: usize = 8;

module! {
    /// `cryptolib`
    pub static CRYPTOLIB: q!(cryptolib);
    q!(aes) => ty(&AES),
    q!(MODE_ECB) => int(1),
    q!(MODE_CBC) => int(2),
    q!(MODE_CTR) => int(6),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    Ctr,
}

enum Cipher {
    Aes128(Aes128),
    Aes256(Aes256),
}

impl Cipher {
    fn encrypt(&self, blocks: &mut [Block<Aes128>]) {
        match self {
            Cipher::Aes128(c) => c.encrypt_blocks(blocks),
            Cipher::Aes256(c) => c.encrypt_blocks(blocks),
        }
    }

    fn decrypt(&self, blocks: &mut [Block<Aes128>]) {
        match self {
            Cipher::Aes128(c) => c.decrypt_blocks(blocks),
            Cipher::Aes256(c) => c.decrypt_blocks(blocks),
        }
    }
}

/// A key as it was given. Each call makes its round keys of it: they are hundreds of bytes that the heap need not
/// hold, and on some machines want an alignment that it does not have.
enum Key {
    Short([u8; 16]),
    Long([u8; 32]),
}

impl Key {
    fn cipher(&self) -> Cipher {
        match self {
            Key::Short(k) => Cipher::Aes128(Aes128::new(k.into())),
            Key::Long(k) => Cipher::Aes256(Aes256::new(k.into())),
        }
    }
}

/// What goes on from call to call.
#[derive(Clone, Copy)]
struct Chain {
    /// The last block of the chain (CBC), or the next counter (CTR).
    block: [u8; BLOCK],
    /// The key stream of the counter before, and how much of it is used.
    stream: [u8; BLOCK],
    used: usize,
}

/// An `aes` object's body.
pub struct Aes {
    key: Key,
    mode: Mode,
    /// Whether it encrypts, once known.
    encrypts: Cell<Option<bool>>,
    chain: RefCell<Chain>,
}

impl Aes {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// `cryptolib.aes`
    pub static AES: q!(aes) for Aes;
    slots { new: new }
    attrs {
        q!(encrypt) => var(2, 3, |vm, args| process(vm, args, true)),
        q!(decrypt) => var(2, 3, |vm, args| process(vm, args, false)),
    }
}

/// `aes(key, mode[, IV])`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 3)?;
    let (key, mode) = (args.get(0).unwrap_or(Value::NONE), args.get(1).unwrap_or(Value::NONE));
    let mode = match vm.need_int(mode)? {
        1 => Mode::Ecb,
        2 => Mode::Cbc,
        6 => Mode::Ctr,
        _ => return Err(vm.value_error("mode")),
    };
    let key = vm.need_buffer(key, false)?;
    let bytes = key.bytes(vm);
    let key = bytes.try_into().map(Key::Short).or_else(|_| bytes.try_into().map(Key::Long));
    let Ok(key) = key else { return Err(vm.value_error("key")) };
    let mut chain = Chain { block: [0; BLOCK], stream: [0; BLOCK], used: BLOCK };
    match args.get(2) {
        Some(iv) if !iv.is_none() => {
            let iv = vm.need_buffer(iv, false)?;
            match iv.bytes(vm).try_into() {
                Ok(block) => chain.block = block,
                Err(_) => return Err(vm.value_error("IV")),
            }
        }
        _ if mode == Mode::Ecb => {}
        _ => return Err(vm.value_error("IV")),
    }
    let chain = RefCell::new(chain);
    Ok(vm.new_object(Aes { key, mode, encrypts: Cell::new(None), chain })?.value())
}

/// Where the output goes.
enum Target {
    New(StrBuf<Bytes>),
    Into(Buffer, Value),
}

/// `encrypt(data[, out])`, `decrypt(data[, out])`
fn process(vm: &mut Vm, args: &Args<'_>, encrypt: bool) -> Outcome {
    let Some(aes) = args.get(0).and_then(|v| vm.cast::<Aes>(v)) else {
        return Err(vm.type_error(format_args!("aes expected")));
    };
    let from = vm.need_buffer(args.get(1).unwrap_or(Value::NONE), false)?;
    let len = from.bytes(vm).len();
    if aes.mode != Mode::Ctr && len % BLOCK != 0 {
        return Err(vm.value_error("blksize % 16"));
    }
    let mut to = match args.get(2) {
        Some(v) => {
            let out = vm.need_buffer(v, true)?;
            if out.bytes_mut(vm).len() < len {
                return Err(vm.value_error("output too small"));
            }
            Target::Into(out, v)
        }
        None => {
            let mut buf = StrBuf::new();
            buf.push_repeat(vm, 0, len)?;
            Target::New(buf)
        }
    };
    if aes.encrypts.get().is_some_and(|e| e != encrypt) {
        return Err(vm.value_error("can't encrypt & decrypt"));
    }
    aes.encrypts.set(Some(encrypt));
    let cipher = aes.key.cipher();
    let mut at = 0;
    while at < len {
        let mut room = [Block::<Aes128>::default(); RUN];
        let n = (len - at).min(RUN * BLOCK);
        let bytes = Block::<Aes128>::slice_as_flattened_mut(&mut room).get_mut(..n).unwrap_or_default();
        copy(bytes, from.bytes(vm).get(at..).unwrap_or_default());
        let blocks = n.div_ceil(BLOCK);
        if let Ok(mut chain) = aes.chain.try_borrow_mut() {
            let blocks = room.get_mut(..blocks).unwrap_or_default();
            match aes.mode {
                Mode::Ecb if encrypt => cipher.encrypt(blocks),
                Mode::Ecb => cipher.decrypt(blocks),
                Mode::Cbc if encrypt => cbc_encrypt(&cipher, &mut chain, blocks),
                Mode::Cbc => cbc_decrypt(&cipher, &mut chain, blocks),
                Mode::Ctr => ctr(&cipher, &mut chain, blocks, n),
            }
        }
        let bytes = Block::<Aes128>::slice_as_flattened(&room).get(..n).unwrap_or_default();
        let place = match &mut to {
            Target::New(buf) => buf.as_bytes_mut(),
            Target::Into(out, _) => out.bytes_mut(vm),
        };
        copy(place.get_mut(at..).unwrap_or_default(), bytes);
        at += n;
        vm.poll()?;
    }
    match to {
        Target::New(buf) => vm.finish_bytes(buf),
        Target::Into(_, v) => Ok(v),
    }
}

fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t = *f);
}

fn xor(to: &mut [u8], with: &[u8]) {
    to.iter_mut().zip(with).for_each(|(t, w)| *t ^= *w);
}

fn cbc_encrypt(cipher: &Cipher, chain: &mut Chain, blocks: &mut [Block<Aes128>]) {
    for block in blocks {
        xor(block, &chain.block);
        cipher.encrypt(core::slice::from_mut(block));
        copy(&mut chain.block, block);
    }
}

fn cbc_decrypt(cipher: &Cipher, chain: &mut Chain, blocks: &mut [Block<Aes128>]) {
    let mut before = [Block::<Aes128>::default(); RUN];
    for (b, block) in before.iter_mut().zip(blocks.iter()) {
        *b = *block;
    }
    cipher.decrypt(blocks);
    for (block, b) in blocks.iter_mut().zip(&before) {
        xor(block, &chain.block);
        copy(&mut chain.block, b);
    }
}

/// The first `n` bytes of `blocks`, which need not be whole blocks.
fn ctr(cipher: &Cipher, chain: &mut Chain, blocks: &mut [Block<Aes128>], n: usize) {
    let bytes = Block::<Aes128>::slice_as_flattened_mut(blocks).get_mut(..n).unwrap_or_default();
    let left = chain.stream.get(chain.used..).unwrap_or_default();
    let head = left.len().min(bytes.len());
    xor(bytes, left);
    chain.used += head;
    let rest = bytes.get_mut(head..).unwrap_or_default();
    let mut streams = [Block::<Aes128>::default(); RUN];
    let streams = streams.get_mut(..rest.len().div_ceil(BLOCK)).unwrap_or_default();
    for s in streams.iter_mut() {
        copy(s, &chain.block);
        chain.block = u128::from_be_bytes(chain.block).wrapping_add(1).to_be_bytes();
    }
    cipher.encrypt(streams);
    xor(rest, Block::<Aes128>::slice_as_flattened(streams));
    if let Some(last) = streams.last() {
        copy(&mut chain.stream, last);
        chain.used = match rest.len() % BLOCK {
            0 => BLOCK,
            used => used,
        };
    }
}
