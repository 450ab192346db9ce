//! Random bytes: no panic, no end, and output that stays whole.
#![allow(missing_docs)]

mod common;

use common::*;
use krait_lineedit::Ring;
use krait_repl::*;
use proptest::prelude::*;

/// Bytes with a bias for those that mean something.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => any::<u8>().prop_map(|b| vec![b]),
        2 => (0u8..0x20).prop_map(|b| vec![b]),
        2 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        2 => prop::sample::select(vec![
            &b"\x1b[A"[..], b"\x1b[B", b"\x1b[3~", b"\x1b[1;5D", b"\x1bd", b"\x05A\x01",
            b"if 1:", b"    ", b"import ", b"ab\t", b"(", b"'''", b"\x01", b"\x02",
        ]).prop_map(|s| s.to_vec()),
    ];
    prop::collection::vec(piece, 0..200).prop_map(|v| v.concat())
}

proptest! {
    #[test]
    fn never_panics(input in bytes(), room in 0usize..80, history in 0usize..60) {
        let mut host = FakeHost {
            names: &[("", &["abc", "abd", "_x"]), ("import", &["sys", "os"])],
            ..Default::default()
        };
        let line = vec![0u8; room];
        let mut line = line;
        let ring = Ring::new(vec![0u8; history], 4);
        let mut repl = Repl::new(&mut line[..], ring, Options { window: 0, lf_is_enter: room % 2 == 0 });
        repl.start(&mut host);
        host.input.extend(&input);
        while let Some(byte) = host.read() {
            if repl.feed(byte, &mut host) != Step::Continue {
                repl.start(&mut host);
            }
        }
        // Friendly sources are UTF-8 by type; none is longer than the room.
        for (source, grammar, _) in &host.ran {
            prop_assert!(*grammar == Grammar::File || source.len() <= room);
        }
    }

    #[test]
    fn continuation_never_panics(text in any::<String>()) {
        needs_more(&text);
    }
}
