//! The machine as a test bench: the same run twice, snapshots, power cuts, breakpoints, limits.

mod common;

use common::asm::{Asm, image};
use common::{GPIO, Program, SPI0, TIMER, UART0};
use krait_soc::pads::Drive;
use krait_soc::time::{TICKS_PER_S, ms, us};
use krait_soc::{Config, Machine, Stop};

/// Waits for a timer with `waiti`, reads the random numbers' register, drives a pin, sends a character, and again.
fn busy() -> Vec<u8> {
    let mut vectors = vec![0u8; 0x50];
    let mut handler = Asm::new(0x4010_0250);
    handler.li(9, 1 << 9);
    handler.wsr(9, 227);
    handler.rfe();
    vectors.extend(handler.bytes());
    let mut main = Asm::new(0x4010_0400);
    main.li(2, 0x4010_0200);
    main.wsr(2, 231);
    for (address, value) in [(0x3FF0_0004, 2), (TIMER, 0x10_0000), (TIMER + 8, 0xC4), (GPIO + 0x10, 1 << 4)] {
        main.li(4, address);
        main.li(5, value);
        main.s32i(5, 4, 0);
    }
    main.li(3, 1 << 9);
    main.wsr(3, 228);
    main.li(6, 0x3FF2_0E44);
    main.li(7, UART0);
    main.li(8, GPIO);
    let again = main.here();
    main.waiti(0);
    main.l32i(3, 6, 0);
    main.s32i(3, 7, 0);
    main.s32i(3, 8, 0);
    main.j(again);
    image(0x4010_0400, &[(0x4010_0200, vectors), (0x4010_0400, main.bytes())])
}

fn machine(seed: u64, image: &[u8]) -> Machine {
    let mut machine = Machine::new(Config { seed, ..Config::default() }).expect("valid");
    assert!(machine.load_flash(0, image));
    machine
}

#[test]
fn an_hour_twice_is_the_same_hour() {
    let run = |seed: u64, slice: u64| {
        let mut machine = machine(seed, &busy());
        let mut inputs = 0;
        while machine.now() < 3600 * TICKS_PER_S {
            let next = machine.now() / slice * slice + slice;
            assert_eq!(machine.run_to(next.min(3600 * TICKS_PER_S)), Stop::Time);
            if machine.now() / (600 * TICKS_PER_S) > inputs {
                inputs += 1;
                machine.send(0, b"x");
                machine.set_pin(5, if inputs % 2 == 0 { Drive::Low } else { Drive::High });
            }
        }
        (machine.trace_hash(), machine.cpu().instructions())
    };
    let first = run(7, 600 * TICKS_PER_S);
    assert_eq!(first, run(7, 600 * TICKS_PER_S));
    assert_eq!(first, run(7, 100 * TICKS_PER_S), "how the time is cut into runs does not matter");
    assert_ne!(first.0, run(8, 600 * TICKS_PER_S).0);
    assert!(first.1 > 10_000);
}

#[test]
fn a_snapshot_goes_on_as_the_original() {
    let mut one = machine(1, &busy());
    one.run_for(ms(1500));
    let mut two = one.clone();
    one.run_for(ms(2000));
    two.run_for(ms(2000));
    assert_eq!(one.trace_hash(), two.trace_hash());
    assert_eq!(one.take_output(0), two.take_output(0));
    two.send(0, b"!");
    two.run_for(ms(1));
    one.run_for(ms(1));
    assert_ne!(one.trace_hash(), two.trace_hash());
}

#[test]
fn power_cuts_in_the_middle_of_an_operation() {
    let wait = |p: Program| p.wait(SPI0, u32::MAX, 0);
    let erase = |p: Program, at: u32| {
        let p = wait(p.poke(SPI0, 1 << 30));
        wait(p.poke(SPI0 + 4, at).poke(SPI0, 1 << 24)).spin(2_000_000)
    };
    let program = erase(erase(Program::new(), 0x10_0000), 0x10_1000);
    let mut machine = machine(3, &program.image());
    assert!(machine.load_flash(0x10_0000, &[0; 8192]));
    machine.flash_mut().cut_power_at(Some(2));
    assert_eq!(machine.run_for(ms(2000)), Stop::PowerCut);
    let bytes = &machine.flash().bytes()[0x10_0000..0x10_2000];
    assert!(bytes[..4096].iter().all(|b| *b == 0xFF));
    assert!(bytes[4096..].iter().any(|b| *b != 0xFF) && bytes[4096..].iter().any(|b| *b != 0));
    machine.flash_mut().cut_power_at(None);
    machine.power_cycle();
    assert_eq!(machine.run_for(ms(1000)), Stop::Time);
    assert!(machine.flash().bytes()[0x10_1000..0x10_2000].iter().all(|b| *b == 0xFF));
}

#[test]
fn limits_breakpoints_and_conditions() {
    let mut machine = machine(0, &busy());
    let mut seen = Vec::new();
    assert_eq!(machine.run_until_text(0, "boot mode", ms(500), &mut seen), Stop::Condition);
    machine.cpu_mut().set_breakpoint(0x4010_0250);
    loop {
        match machine.run_for(ms(1000)) {
            Stop::Breakpoint => break,
            Stop::Time => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(machine.cpu().pc(), 0x4010_0250);
    machine.cpu_mut().clear_breakpoint(0x4010_0250);
    let limit = machine.cpu().instructions() + 100;
    machine.set_instructions_max(limit);
    assert_eq!(machine.run_for(ms(60_000)), Stop::Instructions);
    assert!(machine.cpu().instructions().abs_diff(limit) < 4);
    let idle = Program::new().with(|asm| asm.waiti(0));
    let mut machine = Machine::new(Config::default()).expect("valid");
    assert!(machine.load_flash(0, &idle.image()));
    assert_eq!(machine.run_to(u64::MAX), Stop::Idle);
    assert!(machine.is_idle());
}

#[test]
fn strict_mode_names_the_sin_and_its_place() {
    let program = Program::new()
        .peek(0x3FFE_F000)
        .poke(0x4000_0000, 1)
        .peek(0x4020_0000)
        .poke(GPIO + 0x7C, 1)
        .poke(0x3FFE_F000, 1)
        .peek(0x3FFE_F000);
    let config = Config { strict: true, stack_limit: Some(0x4000_0000), ..Config::default() };
    let (mut machine, _) = program.run_on(config, ms(2000), |_| {});
    let texts: Vec<String> = machine.take_findings().iter().map(ToString::to_string).collect();
    for word in
        ["never written: 0x3ffef000", "read-only memory: 0x40000000", "cache is off", "unknown register", "stack below"]
    {
        assert!(texts.iter().any(|t| t.contains(word)), "{word} in {texts:#?}");
    }
    assert!(texts.iter().all(|t| t.contains("pc 0x401")), "{texts:#?}");
}

#[test]
fn held_in_reset_nothing_runs() {
    let mut machine = machine(0, &busy());
    machine.hold_reset(true);
    machine.run_for(ms(100));
    assert!(machine.take_output(0).is_empty());
    machine.hold_reset(false);
    machine.run_for(ms(100) + us(1));
    assert!(String::from_utf8_lossy(&machine.take_output(0)).contains("rst cause:2"));
}

#[test]
fn sizes_are_checked() {
    for size in [0, 1000, 3 << 20, 32 << 20] {
        assert!(Machine::new(Config { flash_size: size, ..Config::default() }).is_err());
    }
    assert!(Machine::new(Config { rom: Some(vec![0; 100]), ..Config::default() }).is_err());
}

#[test]
fn strapping_is_read_when_reset_ends() {
    let mut machine = machine(0, &busy());
    machine.hold_reset(true);
    machine.run_for(ms(10));
    machine.set_pin(0, Drive::Low);
    machine.hold_reset(false);
    machine.run_for(ms(100));
    assert!(String::from_utf8_lossy(&machine.take_output(0)).contains("boot mode:(1,7)"));
}
