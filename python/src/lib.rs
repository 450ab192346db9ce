//! Modules written in Python, our own text, that are frozen into the program's image.
//!
//! `lib/` holds the sources; `build.rs` compiles and verifies them. Absent: anything a module could do natively
//! that must be fast, and any file that was generated and committed.
#![no_std]
#![deny(unsafe_code)]

include!(concat!(env!("OUT_DIR"), "/frozen.rs"));
