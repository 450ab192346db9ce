//! From reset to the program: messages, modes, errors, causes, and the state that the program finds.

mod common;

use common::asm::{Asm, image};
use common::{Program, RTC, WDT};
use krait_soc::pads::Drive;
use krait_soc::time::ms;
use krait_soc::{Config, Machine, Stop};

fn text(machine: &mut Machine) -> String {
    String::from_utf8_lossy(&machine.take_output(0)).into_owned()
}

#[test]
fn the_messages_are_the_roms() {
    let mut machine = Machine::new(Config::default()).expect("valid");
    let forever = |at: u32, bytes: usize| {
        let mut asm = Asm::new(at);
        asm.j(at);
        let mut code = asm.bytes();
        code.resize(bytes, 0);
        (at, code)
    };
    let flash =
        image(0x4010_0000, &[forever(0x4010_0000, 24236), (0x3FFE_8000, vec![1; 3008]), (0x3FFE_8BC0, vec![0; 4816])]);
    assert!(machine.load_flash(0, &flash));
    assert_eq!(machine.run_for(ms(500)), Stop::Time);
    let text = text(&mut machine);
    // The places, lengths and rooms of a log of the vendor's SDK on a real chip.
    let lines = [
        " ets Jan  8 2013,rst cause:1, boot mode:(3,7)",
        "load 0x40100000, len 24236, room 16 ",
        "tail 12",
        "ho 0 tail 12 room 4",
        "load 0x3ffe8000, len 3008, room 12 ",
        "tail 4",
        "load 0x3ffe8bc0, len 4816, room 4 ",
        "tail 12",
    ];
    let mut rest = text.as_str();
    for line in lines {
        let at = rest.find(&format!("{line}\n")).unwrap_or_else(|| panic!("{line:?} in {text}"));
        rest = &rest[at + line.len()..];
    }
    assert!(rest.contains("csum 0x"), "{text}");
}

#[test]
fn the_program_finds_what_the_rom_leaves() {
    let program = Program::new()
        .with(|asm| {
            asm.rsr(3, 230);
            asm.s32i(3, 12, 0x100);
            asm.rsr(3, 231);
            asm.s32i(3, 12, 0x104);
            asm.rsr(3, 228);
            asm.s32i(3, 12, 0x108);
            asm.s32i(1, 12, 0x10C);
        })
        .peek(common::UART0 + 0x14)
        .peek(common::DPORT + 0x0C)
        .peek(WDT);
    let (mut machine, results) = program.run();
    assert_eq!(results, [694, 0, 0]);
    let word = |machine: &mut Machine, at| machine.read_word(common::RESULTS + at);
    assert_eq!(word(&mut machine, 0x100), Some(0x20));
    assert_eq!(word(&mut machine, 0x104), Some(0x4000_0000));
    assert_eq!(word(&mut machine, 0x108), Some(0));
    let sp = word(&mut machine, 0x10C).expect("RAM");
    assert!((0x3FFF_FF00..0x4000_0000).contains(&sp) && sp % 16 == 0);
}

#[test]
fn what_cannot_start_says_why() {
    let boot = |flash: &[u8]| {
        let mut machine = Machine::new(Config::default()).expect("valid");
        assert!(machine.load_flash(0, flash));
        match machine.run_for(ms(500)) {
            Stop::BootFailed(why) => why,
            other => panic!("{other:?}"),
        }
    };
    assert!(boot(&[]).contains("empty"));
    assert!(boot(&[0xEA, 4, 0, 0]).contains("second-stage"));
    let mut bad = image(0x4010_0000, &[(0x4010_0000, vec![0; 16])]);
    *bad.last_mut().expect("not empty") ^= 1;
    assert!(boot(&bad).contains("checksum"));
    assert!(boot(&image(0, &[(0x4020_0000, vec![0; 16])])).contains("no RAM"));
}

#[test]
fn strapping_chooses() {
    let mut machine = Machine::new(Config::default()).expect("valid");
    machine.set_pin(0, Drive::Low);
    machine.power_cycle();
    assert_eq!(machine.run_for(ms(100)), Stop::Time);
    assert!(text(&mut machine).contains("boot mode:(1,7)"));
    machine.set_pin(0, Drive::Release);
    machine.set_pin(15, Drive::High);
    machine.reset();
    assert!(matches!(machine.run_for(ms(100)), Stop::BootFailed(_)));
    assert!(text(&mut machine).contains("rst cause:2, boot mode:(7,7)"));
}

#[test]
fn causes_of_resets() {
    // By software, for ever; the pause lets the ROM's text leave.
    let program = Program::new().poke(RTC + 0x30, 0x5A5A).spin(1_000_000).poke(RTC, 1 << 31);
    let image = program.image();
    let mut machine = Machine::new(Config::default()).expect("valid");
    assert!(machine.load_flash(0, &image));
    machine.run_for(ms(200));
    assert!(machine.reboots() >= 1);
    let said = text(&mut machine);
    assert!(said.contains("rst cause:1") && said.contains("rst cause:3"), "{said}");
    assert_eq!(machine.read_word(RTC + 0x30), Some(0x5A5A), "scratch words outlive a reset");
}

#[test]
fn an_exception_without_a_handler_is_a_crash() {
    for (address, cause) in [(0u32, 28u32), (0x4010_0000, 3), (0x6000_0002, 9)] {
        let program = Program::new().with(|asm| {
            asm.li(2, address);
            if cause == 3 { asm.l8ui(3, 2, 1) } else { asm.l32i(3, 2, 0) }
        });
        let mut machine = Machine::new(Config::default()).expect("valid");
        assert!(machine.load_flash(0, &program.image()));
        let stop = machine.run_for(ms(500));
        let Stop::Crash(crash) = stop else { panic!("{stop:?}") };
        assert_eq!(crash.cause, cause);
        assert!(crash.pc > 0x4010_0100);
        machine.run_for(ms(50));
        assert!(text(&mut machine).contains(&format!("Fatal exception ({cause})")));
    }
}
