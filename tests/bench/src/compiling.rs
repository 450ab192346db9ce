//! Compile throughput: a large generated file, compiled and not run.

use crate::machine::{wall, wall_and_peak};
use crate::stats::Sample;
use crate::timing::{Sides, float};
use anyhow::Result;
use std::fmt::Write as _;
use std::path::Path;

/// Python source of about `bytes` bytes: classes, functions, loops, literals, comments, the mixture
/// of ordinary programs. The same text for the same size.
pub(crate) fn generate(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1024);
    let mut n = 0_u32;
    while text.len() < bytes {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            r#"
class Store{n}:
    """Keeps readings number {n} and what follows from them."""
    LIMIT = {n} * 3 + 7

    def __init__(self, name, start=0, *, step={n}):
        self.name = name
        self.total = start
        self.step = step
        self.items = [{n}, 'a{n}', ({n}, 2.5), {{'key{n}': None, 'other': True}}]

    def add(self, value):
        # Values beyond the limit are counted, not kept.
        if value > self.LIMIT and not self.items:
            self.total += value % (self.step or 1)
        elif value < 0:
            raise ValueError("negative: %d in {n}" % value)
        else:
            for i, item in enumerate(self.items):
                if item == value:
                    continue
                self.total = (self.total << 1) ^ i & 0xff
        return self.total

    def report(self, out):
        try:
            out.write(f"{{self.name}}: {{self.total:08x}}\n")
        except (OSError, AttributeError) as problem:
            print("no report", problem, sep=" ", end="\n")
        finally:
            self.items = [x * 2 for x in self.items if isinstance(x, int)]


def make{n}(*names, **options):
    found = {{}}
    while names:
        first, *names = names
        found[first] = lambda extra, s=Store{n}(first): s.add(extra) + {n}
    return found if options.get('all', False) else None
"#
        );
        n += 1;
    }
    text
}

/// Measures both sides on the file at `path` of `bytes` bytes.
pub(crate) fn measure(sides: &Sides, path: &Path, bytes: usize, runs: u32) -> Result<()> {
    let file = path.to_string_lossy();
    let arguments = ["-X", "heapsize=64m", "-X", "compile-only", &file];
    let (mut ours, mut theirs) = ((Sample::default(), 0), (Sample::default(), 0));
    for _ in 0..runs {
        for (program, (speed, peak)) in [(&sides.krait, &mut ours), (&sides.peer, &mut theirs)] {
            let idle = wall(program, &["-c", "pass"])?;
            let (took, memory) = wall_and_peak(program, &arguments)?;
            let size = float(u64::try_from(bytes)?) / 1e6;
            speed.push(size / (took - idle).max(1e-4));
            *peak = memory.max(*peak);
        }
    }
    println!("\ncompiling {:.2} MB:", float(u64::try_from(bytes)?) / 1e6);
    for (name, (speed, peak)) in [("krait", &ours), ("peer", &theirs)] {
        let (low, high) = (speed.min(), speed.max());
        println!("  {name:6} {:.2} MB/s ({low:.2} .. {high:.2}), peak {peak} KB", speed.median());
    }
    println!("  krait / peer: {:.2} in speed", ours.0.median() / theirs.0.median().max(1e-9));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_text_is_as_large_as_asked() {
        let text = generate(100_000);
        assert!((100_000..102_000).contains(&text.len()));
        assert_eq!(text, generate(100_000));
    }
}
