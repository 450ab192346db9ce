//! Python-visible modules, one a file, over the language, `lib` and the `hal` traits.
//!
//! Absent: any chip, any operating system. A port's manifest says which of these modules it has.
#![no_std]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

mod any_stream;
pub mod array_module;
pub mod asyncio;
mod attr_tuple;
mod base64;
pub mod binascii;
pub mod btree;
pub mod buffered_writer;
mod calendar;
pub mod cmath;
pub mod collections;
mod crc32;
pub mod cryptolib;
pub mod deflate;
pub mod deque;
pub mod errno;
pub mod framebuf;
pub mod gc;
pub mod hashlib;
pub mod heapq;
pub mod io;
pub mod json;
mod json_read;
mod json_source;
mod json_write;
pub mod machine;
pub mod marshal;
pub mod math;
pub mod memory_stream;
pub mod micropython;
mod namedtuple;
pub mod os;
pub mod platform;
pub mod random;
pub mod re;
mod re_find;
pub mod re_match;
pub mod re_walk;
pub mod ring_io;
pub mod select;
pub mod stdio;
pub mod stream;
pub mod struct_;
pub mod sys;
pub mod thread;
pub mod time;
pub mod uctypes;
pub mod vfs;
pub mod weakref;
mod wide;
mod yasmarang;
