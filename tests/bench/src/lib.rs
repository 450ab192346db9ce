//! Benchmarks: Krait and a peer, turn by turn on the same machine, compared by ratio.
//!
//! Milliseconds of a shared machine mean little; the ratio of two runs a moment apart means more,
//! and counted instructions mean most. Every figure comes with its spread, and every program's
//! answer is compared too: a wrong answer is no speed.
//!
//! Absent from this crate: any knowledge of how Krait works. It starts programs and reads figures.
#![forbid(unsafe_code)]

mod cli;
mod compiling;
mod heap;
mod machine;
mod programs;
mod stats;
mod timing;

pub use cli::{Options, run};
