//! How fast a file compiles: `cargo run --release -p krait-compiler --example throughput FILE`.

use std::time::Instant;

use allocator_api2::alloc::Global;
use krait_compiler::{CompileOptions, compile};

fn main() {
    for path in std::env::args().skip(1) {
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        let mut best = f64::MAX;
        for _ in 0..10 {
            let start = Instant::now();
            if let Err(error) = compile(&mut text.as_slice(), &CompileOptions::default(), Global) {
                eprintln!("{path}: line {}: {error}", error.line);
                break;
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{path}: {} bytes in {:.1} ms, {:.1} MB/s", text.len(), best * 1e3, text.len() as f64 / best / 1e6);
    }
}
